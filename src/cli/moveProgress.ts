import type { MessageConnection } from 'vscode-jsonrpc/node';
import { moveStepLine } from '../core/moveSteps.ts';
import { sessionChanged } from '../protocol/protocol.ts';
import { printable } from './print.ts';

/** Says in front of a person, while a rewind or switch is done, how far it is; scripts get nothing of it. */
export async function whileTellingSteps<T>(connection: MessageConnection, session: string, work: () => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work();
  let last = '';
  const following = connection.onNotification(sessionChanged, ({ uid, movingStep }) => {
    const line = uid === session && movingStep ? `${printable(moveStepLine(movingStep))}…` : '';
    if (line !== '' && line !== last) process.stderr.write(`${line}\n`);
    last = line;
  });
  return work().finally(() => following.dispose());
}
