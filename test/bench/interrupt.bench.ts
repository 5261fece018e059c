import * as p from '../../src/protocol/protocol.ts';
import { ClaudeProduct } from '../support/claudeProduct.ts';
import type { SessionUnderTest } from '../support/sessionUnderTest.ts';
import { type Figure, median, ms, msOf, pause } from './floors.ts';

const rounds = 8;
const goalMs = 500;
/** The CLI writes the last rows of a turn up to this long after it is idle. */
const lateRowsMs = 800;

/** Esc in the real Claude Code's terminal, which no hook reports: how soon a client that follows the session sees it idle. */
export async function bench(): Promise<Figure[]> {
  const claude = await ClaudeProduct.open();
  try {
    const connection = await claude.product.connect();
    const session = await claude.start(connection);
    await connection.sendRequest(p.terminalAttach, { session: session.uid, cols: 100, rows: 30 });
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await streaming(session);
      times.push(await msOf(async () => {
        await connection.sendNotification(p.terminalInput, { session: session.uid, data: '\u001b' });
        await session.until('idle', ({ state }) => state.is === 'idle');
      }));
      await pause(lateRowsMs);
    }
    return [
      { name: `Esc typed in Claude Code's terminal → idle at a client, p50 of ${rounds}`, figure: `${ms(median(times))} (max ${ms(Math.max(...times))})`, goal: `max <= ${goalMs} ms`, ok: Math.max(...times) <= goalMs },
    ];
  } finally {
    await claude.dispose();
  }
}

/** Resolves in the midst of an answer. */
async function streaming(session: SessionUnderTest): Promise<void> {
  const begun = new Promise<void>((resolve) => {
    session.connection.onNotification(p.sessionLive, ({ live }) => { if (live.some(({ text }) => text?.startsWith('Line 1 of'))) resolve(); });
  });
  await session.send('be [[slow]]');
  await begun;
  await session.until('the turn', ({ state }) => state.is === 'busy');
}
