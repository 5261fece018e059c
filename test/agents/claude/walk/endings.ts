import process from 'node:process';
import * as p from '../../../../src/protocol/protocol.ts';
import { gone } from '../../../support/product.ts';
import { asked, names } from './calls.ts';
import type { Operation, Walker } from './walker.ts';

const endings: Record<string, (walker: Walker) => Promise<void>> = {
  stop: async (walker) => {
    await walker.connection.sendRequest(p.sessionStop, { session: walker.session.uid });
    await walker.resume();
  },
  'kill the agent': async (walker) => {
    const { pid } = await walker.connection.sendRequest(p.sessionStatus, { session: walker.session.uid });
    process.kill(pid ?? 0, 'SIGKILL');
    await walker.session.until('the end of the agent', (c) => c.state.is === 'exited');
    await walker.resume();
  },
  'kill the host': async (walker) => {
    const { product } = walker.claude;
    process.kill(product.hostPid, 'SIGKILL');
    await gone(product.hostPid);
    await walker.reconnected(await product.connect());
    await walker.resume();
  },
};

/** The agent is ended and resumed: at rest, while it speaks, and while it asks. */
const ending = (name: string, end: (walker: Walker) => Promise<void>): Operation => ({
  name,
  weight: 2,
  can: () => true,
  run: async (walker) => {
    const when = walker.random.of(['at rest', 'while it speaks', 'while it asks'] as const);
    const path = walker.random.of(names);
    walker.tell(when);
    if (when === 'at rest') await end(walker);
    else if (when === 'while it speaks') await walker.brokenTurn('prompt', () => end(walker));
    else await walker.cutOffTurn(asked(walker, path), () => end(walker));
  },
});

export const endingOperations: readonly Operation[] = Object.entries(endings).map(([name, end]) => ending(name, end));
