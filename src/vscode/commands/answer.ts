import * as vscode from 'vscode';
import { needOf } from '../../core/attention.ts';
import type { PermissionRequest, SessionSummary } from '../../core/view.ts';
import { sessionAnswer } from '../../protocol/protocol.ts';
import { viewId } from '../commandTable.ts';
import type { PanelDoing } from '../conversationPanel.ts';
import type { Parts } from '../parts.ts';
import { askedLine, askerOf } from '../requestWords.ts';
import { pick, sayInformation } from '../say.ts';
import { sessionRow } from './target.ts';

export type Answer = NonNullable<PanelDoing['answer']>;

/** Characters of a request that a list shows whole beside a window of usual width. */
const longestRow = 90;

/** Whether that can be answered to it from here. */
export const canAnswer = ({ isTerminalOnly, options }: PermissionRequest, answer: Answer): boolean =>
  !isTerminalOnly && options.some(({ option }) => option === (answer === 'why' ? 'deny' : answer));

/**
 * The requests that an answer may be for: those of the conversation in front if it asks for something, else of all
 * sessions of the window.
 */
export function answerable(parts: Parts, answer: Answer): { session: SessionSummary; request: PermissionRequest }[] {
  const asked = (session: SessionSummary) =>
    parts.requests
      .of(session.uid)
      .filter((request) => canAnswer(request, answer))
      .map((request) => ({ session, request }));
  const front = parts.panels.active === undefined ? undefined : parts.sessions.get(parts.panels.active);
  const here = front ? asked(front) : [];
  return here.length > 0 ? here : parts.tree.inScope.flatMap(asked);
}

/**
 * Answers the request that the conversation in front shows, else the one that is chosen from a list of what all
 * sessions ask for.
 */
export async function answerRequest(parts: Parts, answer: Answer): Promise<void> {
  const found = answerable(parts, answer);
  const [first] = found;
  if (!first) return void sayInformation(vscode.l10n.t('No session asks for a permission that could be answered so.'));
  // The card shows all of it, and answers for what it shows.
  if (first.session.uid === parts.panels.active)
    return parts.panels.get(first.session.uid)?.do({ what: 'answer', answer });
  const items = found.map(({ session, request }) => ({
    label: askerOf(session, request),
    description: session.agentName,
    detail: askedLine(request, longestRow).words,
    session,
    request,
  }));
  const chosen = await pick(items, { placeHolder: vscode.l10n.t('Which request?'), matchOnDetail: true });
  if (chosen) await answerChosen(parts, chosen, answer);
}

/** What a list could not show whole is allowed where it is shown whole; a reason is written there too. */
async function answerChosen(
  parts: Parts,
  { session, request }: { session: SessionSummary; request: PermissionRequest },
  answer: Answer,
): Promise<void> {
  if (answer === 'why' || (answer !== 'deny' && !askedLine(request, longestRow).isWhole)) {
    const panel = parts.panels.show(session, { preserveFocus: false });
    if (answer === 'why') panel.do({ what: 'answer', answer, request: request.request });
    return;
  }
  const { won } = await parts.link.request(sessionAnswer, {
    session: session.uid,
    request: request.request,
    option: answer,
    from: 'panel',
  });
  if (!won) void sayInformation(vscode.l10n.t('Too late: an answer from here was not waited for any more.'));
}

/** Shows the session that waits for a person; a pick of them where several do, the view where none does. */
export async function showWaiting(parts: Parts): Promise<void> {
  const waiting = parts.tree.inScope.filter((session) => needOf(session) !== null);
  if (waiting.length === 0) return void vscode.commands.executeCommand(`${viewId}.focus`);
  const items = waiting.map((session) => ({ ...sessionRow(parts, session), detail: wantOf(parts, session), session }));
  const chosen =
    waiting.length === 1
      ? items[0]
      : await pick(items, {
          placeHolder: vscode.l10n.t('Which session?'),
          matchOnDescription: true,
          matchOnDetail: true,
        });
  if (chosen) parts.panels.show(chosen.session, { preserveFocus: false });
}

function wantOf(parts: Parts, session: SessionSummary): string {
  const [request] = parts.requests.of(session.uid);
  if (request) return askedLine(request, longestRow).words;
  const need = needOf(session);
  return need?.is === 'dialog'
    ? need.message
    : need?.is === 'stall' && need.escalated !== null
      ? need.escalated
      : session.title;
}
