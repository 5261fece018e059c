import path from 'node:path';
import * as vscode from 'vscode';
import type { SessionUid } from '../core/ids.ts';
import type { ComparedFile, FileSide } from '../core/ports.ts';
import type { MoveDiff } from '../protocol/protocol.ts';
import { asLine } from './asText.ts';
import { diffUri } from './diffDocuments.ts';

export interface MoveDiffPlace {
  session: SessionUid;
  /** The session's folder. */
  folder: string;
  /** Whether the conversation has the focus of the editor area: the diff then opens beside it. */
  isActive: boolean;
}

/**
 * Opens a file of a preview as it is now ↔ as it will be after the rewind or switch. The conversation, with the confirm that is open
 * in it, stays in view and keeps the focus.
 */
export async function openMoveDiff(place: MoveDiffPlace, diff: MoveDiff, compared: ComparedFile): Promise<void> {
  const { session, folder, isActive } = place;
  const [now, will] = (['now', 'will'] as const).map((side) => diffUri({ session, path: diff.path, checkpoint: diff.checkpoint, side, folder }));
  const viewColumn = isActive ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
  await vscode.commands.executeCommand('vscode.diff', now, will, moveDiffTitle(diff, compared), {
    preview: true, preserveFocus: true, viewColumn,
  } satisfies vscode.TextDocumentShowOptions);
}

function moveDiffTitle({ how, path: file, conflict }: MoveDiff, { now, will }: ComparedFile): string {
  const { t } = vscode.l10n;
  const name = asLine(path.basename(file) || file);
  const details = [
    now.is === 'absent' ? t('comes back') : will.is === 'absent' ? t('will be removed') : '',
    permissionsPhrase(now, will),
    conflict ? t('only if you overwrite it') : '',
  ].filter((part) => part !== '').join('; ');
  const [plain, detailed] = how === 'rewind'
    ? [t('{0} (now ↔ after the rewind)', name), t('{0} (now ↔ after the rewind; {1})', name, details)]
    : [t('{0} (now ↔ after going back)', name), t('{0} (now ↔ after going back; {1})', name, details)];
  return details === '' ? plain : detailed;
}

function permissionsPhrase(now: FileSide, will: FileSide): string {
  const [was, is] = [now, will].map((side) => ('permissions' in side ? side.permissions : undefined));
  if (was === undefined || is === undefined || was === is) return '';
  return vscode.l10n.t('permissions {0} → {1}', was.toString(8), is.toString(8));
}
