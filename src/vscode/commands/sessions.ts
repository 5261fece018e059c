import * as vscode from 'vscode';
import { titleOf } from '../../core/sessionTitle.ts';
import { shownOf } from '../../core/shown.ts';
import type { SessionSummary } from '../../core/view.ts';
import { humanErrorOf } from '../../protocol/failures.ts';
import { sessionInterrupt, sessionRemove, sessionRename, sessionResume, sessionStatus, sessionStop, type ResumeOutcome } from '../../protocol/protocol.ts';
import type { PanelDoing } from '../conversationPanel.ts';
import type { Parts } from '../parts.ts';
import { offerTrust } from '../trust.ts';
import { windowEnvironment } from '../windowEnvironment.ts';
import { laneOf, sessionFor } from './target.ts';
import { ask, sayInformation } from '../say.ts';

const isAlive = ({ alive }: SessionSummary): boolean => alive;
const isBusy = ({ alive, state }: SessionSummary): boolean => alive && (state.is === 'busy' || state.is === 'waiting');
const firstSize = { cols: 120, rows: 30 };

/** On a subagent's row: its lane; else what the panel shows already. */
export async function openConversation(parts: Parts, target: unknown): Promise<void> {
  const session = await sessionFor(parts, target);
  if (!session) return;
  const panel = parts.panels.show(session, { preserveFocus: false });
  const lane = laneOf(target);
  if (lane !== undefined) panel.do({ what: 'showLane', lane });
}

export async function focusTerminal(parts: Parts, target: unknown): Promise<void> {
  const session = await sessionFor(parts, target);
  if (session) parts.terminals.show(session, { preserveFocus: false });
}

export async function interrupt(parts: Parts, target: unknown): Promise<void> {
  const session = await sessionFor(parts, target, isBusy);
  if (session) await parts.link.request(sessionInterrupt, { session: session.uid, shown: shownOf(session) });
}

/** Ends the agent. One at work is ended only after asking; what it has done stays in the record. */
export async function stopSession(parts: Parts, target: unknown): Promise<void> {
  const session = await sessionFor(parts, target, isAlive);
  if (session) await stopShown(parts, session);
}

/** Ends what was shown of it: where it has begun other work since, it is asked about that. */
async function stopShown(parts: Parts, session: SessionSummary): Promise<void> {
  if (!session.alive || (isBusy(session) && !await isStopWanted(session))) return;
  try {
    await parts.link.request(sessionStop, { session: session.uid, shown: shownOf(session) });
  } catch (error) {
    if (humanErrorOf(error).code !== 'stale') throw error;
    await stopShown(parts, await parts.link.request(sessionStatus, { session: session.uid }));
  }
}

async function isStopWanted(session: SessionSummary): Promise<boolean> {
  const stop = vscode.l10n.t('Stop Session');
  const detail = vscode.l10n.t('What it is doing now ends and does not come back. The conversation is kept and can be resumed.');
  return await ask(vscode.l10n.t('{0} is at work. Stop it?', titleOf(session)), detail, stop) === stop;
}

export async function resumeSession(parts: Parts, target: unknown): Promise<void> {
  if (!vscode.workspace.isTrusted) return offerTrust();
  const session = await sessionFor(parts, target, (each) => !each.alive);
  if (!session || session.alive) return;
  const resumed = await resumeShowing(parts, session);
  parts.panels.show(resumed, { preserveFocus: false });
  if (resumed.reason) void sayInformation(`${titleOf(resumed)}: ${resumed.reason}`);
}

/** Starts the agent of a session that is over again, in this window's environment, and shows its terminal. @throws HumanError */
export async function resumeShowing(parts: Parts, session: SessionSummary): Promise<ResumeOutcome> {
  const resumed = await parts.link.request(sessionResume, { session: session.uid, env: windowEnvironment(parts.context, session.cwd), ...firstSize });
  parts.sessions.take(resumed);
  parts.terminals.show(resumed, { preserveFocus: true });
  return resumed;
}

export async function renameSession(parts: Parts, target: unknown): Promise<void> {
  const session = await sessionFor(parts, target);
  if (!session) return;
  const id = await vscode.window.showInputBox({
    title: vscode.l10n.t('Rename Session'),
    value: session.id,
    prompt: vscode.l10n.t('The name by which terminal, view and command line call it.'),
    validateInput: (value) => value.trim() === '' ? vscode.l10n.t('A name is needed.') : undefined,
  });
  if (id === undefined || id.trim() === session.id) return;
  parts.sessions.take(await parts.link.request(sessionRename, { session: session.uid, id: id.trim(), was: session.id }));
}

/** Deletes a session that is over, after asking. */
export async function removeSession(parts: Parts, target: unknown): Promise<void> {
  const session = await sessionFor(parts, target, (each) => !each.alive);
  if (!session || session.alive) return;
  const remove = vscode.l10n.t('Remove');
  const detail = vscode.l10n.t('Its record, its checkpoints and what was kept of its agent’s histories are deleted for good. The files it worked on stay as they are.');
  if (await ask(vscode.l10n.t('Remove session {0}?', titleOf(session)), detail, remove) !== remove) return;
  await parts.link.request(sessionRemove, { session: session.uid });
}

/** A command inside the panel in use. */
export function inPanel(parts: Parts, what: PanelDoing['what']): void {
  const active = parts.panels.active;
  if (active !== undefined) parts.panels.get(active)?.do({ what });
}
