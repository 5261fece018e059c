import path from 'node:path';
import * as vscode from 'vscode';
import { HumanError } from '../core/errors.ts';
import type { SessionUid } from '../core/ids.ts';
import type { FilePlace } from '../core/links.ts';
import type { ComparedFile } from '../core/ports.ts';
import {
  workbenchCopy, workbenchCopyConversation, workbenchError, workbenchFocusTerminal, workbenchInit, workbenchOpenDiff, workbenchOpenFile,
  workbenchOpenLink, workbenchOpenMoveDiff, workbenchResumable, workbenchResume, workbenchStartAnother, type MoveDiff,
} from '../protocol/protocol.ts';
import { openFile, openLink } from './opening.ts';
import { diffUri } from './diffDocuments.ts';
import type { EndedSession } from './endedSession.ts';
import { openMoveDiff } from './moveDiff.ts';
import { windowPlace } from './windowPlace.ts';
import { asLine } from './asText.ts';

export interface PanelDeed {
  session: SessionUid;
  cwd(): string;
  focusTerminal(): void;
  /** What one does to the session once it is over. */
  ended: EndedSession;
  /** Whether the panel has the focus of the editor area. */
  isActive(): boolean;
  compare(checkpoint: string, path: string): Promise<ComparedFile>;
  report(message: string): void;
  /** The page has started and asks what it is to show. */
  ready(): void;
}

/** What a panel may ask of the workbench. Each is the consequence of a click; what it names is checked here, not there. */
export function workbenchRequests(deed: PanelDeed): Record<string, (params: unknown) => Promise<unknown> | unknown> {
  return {
    [workbenchInit.method]: () => {
      deed.ready();
      return { session: deed.session, strings: stringsForPanel(), anchor: null, window: windowPlace() };
    },
    [workbenchError.method]: (params) => deed.report(stringOf(params, 'message')),
    [workbenchOpenDiff.method]: (params) => openDiff(deed.session, stringOf(params, 'block'), stringOf(params, 'path')),
    [workbenchOpenMoveDiff.method]: async (params) => {
      const diff = moveDiffOf(params);
      // Before there is another editor that has the focus.
      const place = { session: deed.session, folder: deed.cwd(), isActive: deed.isActive() };
      await openMoveDiff(place, diff, await deed.compare(diff.checkpoint, diff.path));
    },
    [workbenchOpenFile.method]: (params) => openFile(deed.cwd(), placeOf(params)),
    [workbenchOpenLink.method]: (params) => openLink(stringOf(params, 'href')),
    [workbenchFocusTerminal.method]: () => deed.focusTerminal(),
    [workbenchResumable.method]: () => deed.ended.resumability(),
    [workbenchResume.method]: () => deed.ended.resume(),
    [workbenchStartAnother.method]: () => deed.ended.startAnother(),
    [workbenchCopyConversation.method]: () => deed.ended.copyConversation(),
    [workbenchCopy.method]: (params) => vscode.env.clipboard.writeText(stringOf(params, 'text')),
  };
}

/** The texts of the display language, by the English ones; nothing where VS Code speaks English. */
const stringsForPanel = (): Record<string, string> => vscode.l10n.bundle as Record<string, string> | undefined ?? {};

async function openDiff(session: SessionUid, block: string, file: string): Promise<void> {
  const before = diffUri({ session, block, path: file, side: 'before' });
  const after = diffUri({ session, block, path: file, side: 'after' });
  const title = vscode.l10n.t('{0} (before ↔ after this step)', asLine(path.basename(file)));
  await vscode.commands.executeCommand('vscode.diff', before, after, title, { preview: true } satisfies vscode.TextDocumentShowOptions);
}

const moveDiffOf = (params: unknown): MoveDiff => ({
  how: stringOf(params, 'how') === 'switch' ? 'switch' : 'rewind', checkpoint: stringOf(params, 'checkpoint'), path: stringOf(params, 'path'),
  conflict: (params as Record<string, unknown>)['conflict'] === true,
});

function stringOf(params: unknown, name: string): string {
  const value = (params as Record<string, unknown> | null)?.[name];
  if (typeof value !== 'string') throw new HumanError('bad-request', `The panel's request lacks “${name}”.`);
  return value;
}

function placeOf(params: unknown): FilePlace {
  const [line, endLine] = [lineOf(params, 'line'), lineOf(params, 'endLine')];
  return { path: stringOf(params, 'path'), ...(line !== undefined && { line }), ...(endLine !== undefined && { endLine }) };
}

function lineOf(params: unknown, name: string): number | undefined {
  const value = (params as Record<string, unknown> | null)?.[name];
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
}
