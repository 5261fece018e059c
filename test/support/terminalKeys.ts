import { setTimeout } from 'node:timers/promises';
import * as p from '../../src/protocol/protocol.ts';
import type { SessionUnderTest } from './sessionUnderTest.ts';

/** Without output for so long a menu is taken for drawn. */
const steadyMs = 300;

/** Presses keys one after the other, each once the screen shows what it is for. */
export async function press(session: SessionUnderTest, ...steps: [shown: RegExp, data: string][]): Promise<void> {
  for (const [shown, data] of steps) {
    await untilShown(session, shown);
    await session.connection.sendNotification(p.terminalInput, { session: session.uid, data });
  }
}

/** Resolves with the screen once it shows that; the terminal is attached then. */
export async function untilShown(session: SessionUnderTest, shown: Pick<RegExp, 'test'>): Promise<string> {
  await session.connection.sendRequest(p.terminalAttach, { session: session.uid, cols: 100, rows: 40 });
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { text } = await session.connection.sendRequest(p.terminalText, { session: session.uid });
    if (shown.test(text)) return text;
    if (Date.now() > deadline) throw new Error(`${String(shown)} is not shown:\n${text}`);
    await Promise.race([nextOutput(session), setTimeout(200)]);
  }
}

/** As `untilShown`, once no more output has come for a moment: a program may draw a menu before it knows all that is in it. */
export async function untilSteady(session: SessionUnderTest, shown: Pick<RegExp, 'test'>): Promise<string> {
  for (;;) {
    const text = await untilShown(session, shown);
    const isMoving = await Promise.race([nextOutput(session).then(() => true), setTimeout(steadyMs, false)]);
    if (!isMoving) return text;
  }
}

function nextOutput({ connection, uid }: SessionUnderTest): Promise<void> {
  return new Promise((resolve) => {
    const listening = connection.onNotification(p.terminalData, ({ session }) => {
      if (session !== uid) return;
      listening.dispose();
      resolve();
    });
  });
}
