import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { mainLane } from '../../src/core/ids.ts';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';

describe('fork', () => {
  let product: Product;
  let connection: MessageConnection;
  let source: SessionUnderTest;
  before(async () => {
    product = new Product();
    connection = await product.connect();
    source = await product.start(connection, { id: 'source' });
    await source.idle();
    await source.ask('make a plan');
  });
  after(() => product.dispose());

  const fork = async (seam: string, id?: string): Promise<SessionUnderTest> => {
    const summary = await connection.sendRequest(p.sessionFork, { session: source.uid, seam, env: product.env, cols: 80, rows: 24, ...(id ? { id } : {}) });
    const session = await SessionUnderTest.open(connection, summary.uid);
    await session.idle();
    return session;
  };
  const steps = (session: SessionUnderTest): string[] => session.steps().map((step) => step.replace(/^b\d+ /, ''));
  const lastSaid = (session: SessionUnderTest): string => {
    const block = session.conversation.chain(mainLane).at(-1);
    return block?.kind === 'text' ? block.text : '';
  };

  it('goes on beside the session with what was known at the seam, and leaves the session as it was', async () => {
    const whole = source.steps();
    const { pid } = await connection.sendRequest(p.sessionStatus, { session: source.uid });
    const forked = await fork('s5');
    assert.deepEqual(steps(forked), steps(source).slice(0, 5));
    await forked.ask('what do you remember?');
    assert.match(lastSaid(forked), /^I remember 5 steps/);
    assert.deepEqual(source.steps(), whole);
    assert.equal((await connection.sendRequest(p.sessionStatus, { session: source.uid })).pid, pid);
    const { id, logPath } = await connection.sendRequest(p.sessionStatus, { session: forked.uid });
    assert.equal(id, 'source (fork)');
    const rows = readFileSync(logPath, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);
    const row = rows.find(({ type }) => type === 'forked');
    assert.deepEqual([row?.['from_uid'], row?.['from_seam'], row?.['from_branch']], [source.uid, 's5', 'main']);
  });

  it('may begin at the tip; names fill the gaps; the fork can be rewound', async () => {
    const forked = await fork('tip');
    assert.equal((await connection.sendRequest(p.sessionStatus, { session: forked.uid })).id, 'source (fork 2)');
    assert.deepEqual(steps(forked), steps(source));
    const [, , seam] = await forked.seams();
    await forked.rewind(seam?.seam ?? '');
    assert.deepEqual(steps(forked), steps(source).slice(0, 4));
  });

  it('refuses what is no seam, in words', async () => {
    await assert.rejects(fork('s99'), { message: /There is no seam “s99”/ });
    await assert.rejects(fork('s5', 'source'), { message: /already running/ });
  });
});
