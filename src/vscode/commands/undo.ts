import * as vscode from 'vscode';
import { titleOf } from '../../core/sessionTitle.ts';
import { sessionPreviewSwitch } from '../../protocol/protocol.ts';
import type { Parts } from '../parts.ts';
import { sayInformation } from '../say.ts';
import { offerTrust } from '../trust.ts';
import { confirmSwitch, switchSession } from './branches.ts';
import { sessionFor } from './target.ts';

/**
 * Takes back the last rewind or switch, as long as no prompt went out since: to the branch that was left, its memory and files as they were.
 * Where that would end something, or leave a file that somebody else changed, it is asked first.
 */
export async function undoRewind(parts: Parts, target: unknown): Promise<void> {
  if (!vscode.workspace.isTrusted) return offerTrust();
  const session = await sessionFor(parts, target, ({ lastMove }) => Boolean(lastMove));
  if (!session) return;
  if (!session.lastMove) {
    void sayInformation(vscode.l10n.t('There is nothing to undo in session {0}: it was not rewound, or a prompt went out since.', titleOf(session)));
    return;
  }
  const preview = await parts.link.request(sessionPreviewSwitch, { session: session.uid, branch: session.lastMove.from });
  const { ends, reason, files } = preview;
  const isAsked = ends.length > 0 || Boolean(reason) || (files ?? []).some(({ conflict }) => conflict);
  const choice = isAsked ? await confirmSwitch(titleOf(session), preview, ends.length > 0) : { files: true };
  if (choice) await switchSession(parts, session, preview, { files: choice.files, interrupt: ends.length > 0 });
}
