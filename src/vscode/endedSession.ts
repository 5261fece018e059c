import * as vscode from 'vscode';
import { Conversation } from '../core/conversation.ts';
import { textOf } from '../core/conversationText.ts';
import { mainLane, type SessionUid } from '../core/ids.ts';
import { sessionPage, sessionResumable, sessionStatus, type Resumability } from '../protocol/protocol.ts';
import { startAnother } from './commands/newSession.ts';
import { resumeShowing } from './commands/sessions.ts';
import type { Parts } from './parts.ts';
import { sayBriefly } from './say.ts';
import { mustBeTrusted } from './trust.ts';
import { windowEnvironment } from './windowEnvironment.ts';

/** What a panel may do to its session once that is over. Each throws HumanError with what failed and what to do next. */
export interface EndedSession {
  resumability(): Promise<Resumability>;
  resume(): Promise<{ reason: string | null }>;
  startAnother(): Promise<null>;
  copyConversation(): Promise<null>;
}

const briefMs = 4_000;

export function endedSession(parts: Parts, uid: SessionUid): EndedSession {
  // What the window was told may be older than the panel's own news of the end.
  const summary = () => parts.link.request(sessionStatus, { session: uid });
  return {
    async resumability() {
      const { cwd } = await summary();
      return parts.link.request(sessionResumable, { session: uid, env: windowEnvironment(parts.context, cwd) });
    },
    async resume() {
      mustBeTrusted();
      const { reason } = await resumeShowing(parts, await summary());
      return { reason };
    },
    async startAnother() {
      mustBeTrusted();
      await startAnother(parts, await summary());
      return null;
    },
    async copyConversation() {
      await vscode.env.clipboard.writeText(await conversationText(parts, uid));
      sayBriefly(vscode.l10n.t('The conversation has been copied.'), briefMs);
      return null;
    },
  };
}

/** A page of the conversation that the host is asked for at once. */
const pageBlocks = 500;

/** The session's current branch from its first step on, as text. @throws HumanError */
async function conversationText({ link, sessions }: Parts, uid: SessionUid): Promise<string> {
  const conversation = Conversation.fromSnapshot(await sessions.look(uid, pageBlocks));
  for (;;) {
    const first = conversation.chain(mainLane)[0];
    if (first === undefined || first.depth === 0) return textOf(conversation);
    const { branch } = conversation;
    conversation.addPage(await link.request(sessionPage, { session: uid, lane: mainLane, branch, before: first.block, count: pageBlocks }));
  }
}
