import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { SessionEnd, SessionSummary } from '../core/view.ts';
import { shellWord } from '../core/shellWord.ts';
import { sessionStatus, sessionWaitEnd } from '../protocol/protocol.ts';
import { isHostGone, withHost } from './connection.ts';
import { endWords } from './sessionEnd.ts';

/** A session that is over: how it ended, and the `seq` of the last row of its log then. */
export interface SessionOver {
  end: SessionEnd;
  lastSeq: number;
}

const askFor = async (connection: MessageConnection, uid: string): Promise<SessionOver | null> => {
  try {
    const end = await connection.sendRequest(sessionWaitEnd, { session: uid });
    return { end, lastSeq: (await connection.sendRequest(sessionStatus, { session: uid })).lastSeq };
  } catch (error) {
    if (isHostGone(error)) return null;
    throw error;
  }
};

/**
 * Resolves once the session is over. When its host is lost the next one says what has become of it, which may have to be started.
 * `signal`: nobody waits any more, which is to be said before the connection is let go of. @throws HumanError when there is no host
 */
export const untilOver = async (connection: MessageConnection, { uid }: Pick<SessionSummary, 'uid'>, signal: AbortSignal): Promise<SessionOver> => {
  let over = await askFor(connection, uid);
  while (over === null) {
    signal.throwIfAborted();
    over = await withHost(async (next) => {
      // One that cannot even say this is not worth waiting for: that is told.
      await next.sendRequest(sessionStatus, { session: uid });
      return askFor(next, uid);
    });
  }
  return over;
};

/** Says beside what was printed of a session that it was cut off. */
export const tellInterrupted = (id: string, end: SessionEnd): void => {
  if (end.ended === 'interrupted') process.stderr.write(`backstitch: ${id} ${endWords(end)}. \`backstitch resume --id ${shellWord(id)}\` starts its agent again.\n`);
};
