import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

  describe('the files of the seams that it has copied', () => {
    const begin = async (name: string): Promise<{ folder: string; origin: SessionUnderTest }> => {
      const folder = product.folder(name);
      const origin = await product.start(connection, { id: name, cwd: folder });
      await origin.idle();
      await origin.ask('echo first');
      await origin.ask('make a plan');
      return { folder, origin };
    };
    const forkOf = async (origin: SessionUnderTest, seam: string): Promise<SessionUnderTest> => {
      const { uid } = await connection.sendRequest(p.sessionFork, { session: origin.uid, seam, env: product.env, cols: 80, rows: 24 });
      const forked = await SessionUnderTest.open(connection, uid);
      await forked.idle();
      return forked;
    };
    const stop = (session: SessionUnderTest): Promise<unknown> => connection.sendRequest(p.sessionStop, { session: session.uid });
    const seamAt = async (session: SessionUnderTest, step: string): Promise<string> => {
      const block = session.conversation.chain(mainLane).find((one) => 'text' in one && one.text === step)?.block;
      return (await session.seams()).find((seam) => seam.after === block)?.seam ?? '';
    };
    const preview = async (session: SessionUnderTest, seam: string): Promise<string[]> =>
      ((await connection.sendRequest(p.sessionPreview, { session: session.uid, seam })).files ?? []).map(({ path, is, conflict }) => `${path} ${is}${conflict ? ', asked' : ''}`);
    const there = (folder: string, ...names: string[]): boolean[] => names.map((name) => existsSync(join(folder, name)));

    it('are those of its origin’s checkpoints', async () => {
      const { folder, origin } = await begin('inherits');
      const forked = await forkOf(origin, 'tip');
      await forked.ask('now go on');
      assert.deepEqual((await forked.seams()).map(({ checkpoint }) => checkpoint !== null), (await forked.seams()).map(() => true));
      const first = await seamAt(forked, 'first');
      assert.deepEqual(await preview(forked, first), ['demo/notes.md deleted', 'demo/step-2.ts deleted', 'demo/step-3.ts deleted']);
      assert.deepEqual((await forked.rewind(first)).files, { is: 'restored', restored: ['demo/notes.md', 'demo/step-2.ts', 'demo/step-3.ts'] });
      assert.deepEqual(there(folder, 'demo/notes.md', 'demo/step-2.ts', 'demo/step-3.ts'), [false, false, false]);
      await forked.switchTo('main');
      assert.deepEqual(there(folder, 'demo/notes.md', 'demo/step-2.ts', 'demo/step-3.ts'), [true, true, true]);
    });

    it('also when it begins in the middle, and its origin is gone', async () => {
      const { folder, origin } = await begin('outlives');
      const forked = await forkOf(origin, await seamAt(origin, 'first'));
      await stop(origin);
      await connection.sendRequest(p.sessionRemove, { session: origin.uid });
      await forked.ask('echo on');
      assert.deepEqual(await preview(forked, await seamAt(forked, 'echo on')), []);
      await forked.rewind(await seamAt(forked, 'first'));
      assert.deepEqual(there(folder, 'demo/notes.md', 'demo/step-2.ts'), [false, false]);
    });

    it('also in a fork of a fork, whoever of them has made a file', async () => {
      const { folder, origin } = await begin('grandparent');
      const child = await forkOf(origin, 'tip');
      await child.ask('a child’s');
      const grandchild = await forkOf(child, 'tip');
      await grandchild.ask('a grandchild’s');
      const seam = await seamAt(grandchild, 'first');
      assert.deepEqual(await preview(grandchild, seam), ['demo/notes.md deleted', 'demo/step-2.ts deleted', 'demo/step-3.ts deleted', 'demo/step-4.ts deleted']);
      await grandchild.rewind(seam);
      assert.deepEqual(there(folder, 'demo/notes.md', 'demo/step-2.ts', 'demo/step-3.ts', 'demo/step-4.ts'), [false, false, false, false]);
    });

    it('also when its origin had been rewound, with and without files', async () => {
      const { folder, origin } = await begin('rewound');
      await origin.rewind(await seamAt(origin, 'first'), { files: false });
      await origin.ask('go on with what is there');
      const forked = await forkOf(origin, 'tip');
      await forked.ask('echo in the fork');
      const seams = await Promise.all(['first', 'go on with what is there'].map((step) => seamAt(forked, step)));
      assert.deepEqual(await preview(forked, seams[1] ?? ''), ['demo/notes.md modified']);
      await forked.rewind(seams[0] ?? '');
      assert.deepEqual(there(folder, 'demo/notes.md', 'demo/step-2.ts'), [false, false]);
    });

    it('leave alone what the origin does afterwards, and what a user has made', async () => {
      const { folder, origin } = await begin('goes-on');
      writeFileSync(join(folder, 'mine.txt'), 'mine\n');
      const forked = await forkOf(origin, 'tip');
      await forked.ask('echo in the fork');
      await origin.ask('and the origin’s');
      assert.deepEqual(await preview(forked, await seamAt(forked, 'first')), ['demo/notes.md deleted, asked', 'demo/step-2.ts deleted']);
      await forked.rewind(await seamAt(forked, 'first'));
      assert.deepEqual(there(folder, 'mine.txt', 'demo/step-3.ts', 'demo/step-2.ts'), [true, true, false]);
    });

    it('are told as not captured when its origin’s checkpoints cannot be had', async () => {
      const { folder, origin } = await begin('without');
      const objects = join(product.home, 'state', 'checkpoints', origin.uid, 'refs', 'checkpoints');
      mkdirSync(join(product.home, 'aside'));
      renameSync(objects, join(product.home, 'aside', 'checkpoints'));
      const forked = await forkOf(origin, 'tip');
      await forked.ask('echo on');
      const first = await seamAt(forked, 'first');
      const { files, filesReason } = await connection.sendRequest(p.sessionPreview, { session: forked.uid, seam: first });
      assert.deepEqual([files, filesReason], [null, 'The files were not captured at this seam.']);
      assert.deepEqual((await forked.rewind(first)).files.is, 'unavailable');
      assert.deepEqual(there(folder, 'demo/notes.md', 'demo/step-2.ts'), [true, true]);
    });
  });

  it('refuses what is no seam, in words', async () => {
    await assert.rejects(fork('s99'), { message: /There is no seam “s99”/ });
    await assert.rejects(fork('s5', 'source'), { message: /already running/ });
  });
});
