import assert from 'node:assert/strict';
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { mainLane } from '../../src/core/ids.ts';
import * as p from '../../src/protocol/protocol.ts';
import { gone, Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';

/**
 * A rewind is a transaction: whatever step fails, and wherever the host dies, the branch, the agent's memory and the files are those of
 * before, or the rewind is complete; never half.
 */
const trackedFiles = ['demo/notes.md', 'demo/step-1.ts'];
const filesOf = (folder: string): Record<string, string | null> => Object.fromEntries(
  trackedFiles.map((name) => [name, existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : null]));

interface Scene {
  product: Product;
  session: SessionUnderTest;
  folder: string;
  steps: string[];
  files: Record<string, string | null>;
}

async function scene(hostEnv: Record<string, string>, work: (scene: Scene) => Promise<void>): Promise<void> {
  const product = new Product();
  try {
    const connection = await product.connect(hostEnv);
    const folder = product.folder();
    const session = await product.start(connection, { cwd: folder, id: 'tested' });
    await session.idle();
    await session.ask('make a plan');
    await work({ product, session, folder, steps: session.steps(), files: filesOf(folder) });
  } finally {
    await product.dispose();
  }
}

const lastSaid = (session: SessionUnderTest): string => {
  const block = session.conversation.chain(mainLane).at(-1);
  return block?.kind === 'text' ? block.text : '';
};

/** Everything as before, and the agent still knows all of it. */
async function assertAsBefore({ session, folder, steps, files }: Scene): Promise<void> {
  assert.equal(session.conversation.branch, 'main');
  assert.deepEqual(session.steps(), steps);
  assert.deepEqual(filesOf(folder), files);
  await session.ask('what do you remember?');
  assert.match(lastSaid(session), new RegExp(`^I remember ${steps.length} steps`));
}

/** Writes over a file's bytes without ever making it shorter: whoever follows its growth sees none. */
function overwrite(path: string, content: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, content, 0);
  closeSync(file);
}

describe('a rewind that fails', () => {
  for (const point of ['captured', 'cut', 'verified', 'started', 'files', 'ended', 'launched'])
    it(`at “${point}” leaves everything as before and says what failed`, () => scene({ BACKSTITCH_HOST_FAIL_AT: point }, async (at) => {
      await assert.rejects(at.session.rewind('s3'), { message: new RegExp(`made to fail at “${point}”`) });
      await assertAsBefore(at);
      const failed = at.session.events.filter((event) => event.type === 'rewind_failed');
      assert.equal(failed.length, ['captured', 'cut', 'verified'].includes(point) ? 0 : 1);
      const natives = readdirSync(at.product.env['BACKSTITCH_DEMO_HOME'] ?? '', { recursive: true }).filter((name) => String(name).endsWith('.jsonl'));
      assert.equal(natives.length, 1, 'nothing is left of the new history');
    }));

  it('because the agent’s history cannot be read', () => scene({}, async (at) => {
    const { path } = at.session.conversation.native;
    const content = readFileSync(path);
    rmSync(path);
    mkdirSync(path);
    await assert.rejects(at.session.rewind('s3'), (error: Error) => error.message.length > 20);
    rmSync(path, { recursive: true });
    writeFileSync(path, content);
    assert.deepEqual(at.session.steps(), at.steps);
    assert.deepEqual(filesOf(at.folder), at.files);
  }));

  /** A line of a history with its quotes overwritten by NULs, as a failing disk leaves it. */
  const withDamage = (content: string) => {
    const lines = content.split('\n');
    const damaged = lines.findIndex((line) => line.includes('"text"'));
    return lines.map((line, index) => (index === damaged ? line.replaceAll('"', '\u0000') : line)).join('\n');
  };

  it('never because of a damaged line of which a copy is kept', () => scene({}, async (at) => {
    const { path } = at.session.conversation.native;
    overwrite(path, withDamage(readFileSync(path, 'utf8')));
    await at.session.rewind('s5');
    await at.session.switchTo('main');
    assert.deepEqual(at.session.steps(), at.steps);
  }));

  it('because a line of the agent’s history is damaged', () => scene({}, async (at) => {
    const { path } = at.session.conversation.native;
    const content = readFileSync(path, 'utf8');
    rmSync(join(at.product.env['BACKSTITCH_STATE_DIR'] ?? '', 'native'), { recursive: true });
    overwrite(path, withDamage(content));
    await assert.rejects(at.session.rewind('s5'), (error: Error) => /cannot be rewound|cannot be read/.test(error.message));
    overwrite(path, content);
    await assertAsBefore(at);
  }));

  it('because the checkpoint is missing', () => scene({}, async (at) => {
    const checkpoints = join(at.product.env['BACKSTITCH_STATE_DIR'] ?? '', 'checkpoints');
    renameSync(checkpoints, `${checkpoints}-away`);
    mkdirSync(checkpoints, { mode: 0o700 });
    await assert.rejects(at.session.rewind('s3'), (error: Error) => /files|checkpoint/.test(error.message));
    rmSync(checkpoints, { recursive: true });
    renameSync(`${checkpoints}-away`, checkpoints);
    await assertAsBefore(at);
  }));

  it('because the agent’s program has gone meanwhile', async () => {
    const bundles = new Product();
    const away = bundles.folder('bundles');
    const from = process.env['BACKSTITCH_TEST_DIST'] ?? join(import.meta.dirname, '../../dist');
    cpSync(from, away, { recursive: true });
    try {
      await scene({ BACKSTITCH_HOST_BUNDLES: away }, async (at) => {
        renameSync(join(away, 'demoAgent.mjs'), join(away, 'gone.mjs'));
        await assert.rejects(at.session.rewind('s3'), { message: /failed while starting the agent on its new history/ });
        assert.deepEqual(filesOf(at.folder), at.files);
        assert.deepEqual(at.session.steps(), at.steps);
        renameSync(join(away, 'gone.mjs'), join(away, 'demoAgent.mjs'));
        const { connection, uid } = at.session;
        await connection.sendRequest(p.sessionResume, { session: uid, env: at.product.env, cols: 100, rows: 30 });
        await at.session.idle();
        await assertAsBefore(at);
      });
    } finally {
      await bundles.dispose();
    }
  });

  it('because something is in the way of a file', () => scene({}, async (at) => {
    // A directory of somebody else's stands where a file has to go: nothing of it may be lost.
    await at.session.rewind('s3');
    mkdirSync(join(at.folder, 'demo/step-1.ts'), { recursive: true });
    writeFileSync(join(at.folder, 'demo/step-1.ts/in the way'), '');
    const outcome = await at.session.switchTo('main');
    assert.deepEqual(outcome.files.conflicts, ['demo/step-1.ts']);
    assert.ok(existsSync(join(at.folder, 'demo/step-1.ts/in the way')));
  }));
});

const natives = ({ product }: Scene): string[] => readdirSync(product.env['BACKSTITCH_DEMO_HOME'] ?? '', { recursive: true }).map(String).filter((name) => name.endsWith('.jsonl')).sort();

describe('an agent that dies in a rewind', () => {
  const resumed = async ({ session, product }: Scene): Promise<void> => {
    await session.until('the end of the agent', (c) => c.state.is === 'exited');
    await session.connection.sendRequest(p.sessionResume, { session: session.uid, env: product.env, cols: 100, rows: 30 });
    await session.idle();
  };
  const killed = ({ session }: Scene): unknown[] => session.events.flatMap((event) => (event.type === 'run_ended' ? [[event.signal, event.cause]] : []));

  // It was to be ended, and all that it knew had landed: the rewind does not need it any more.
  for (const point of ['captured', 'cut', 'verified', 'started', 'files'])
    it(`the old one, at “${point}”: the rewind is complete, and there is a way back`, () => scene({ BACKSTITCH_HOST_KILL_AGENT_AT: point }, async (at) => {
      const { session, folder, steps } = at;
      const outcome = await session.rewind('s3');
      assert.deepEqual(killed(at), [['SIGKILL', 'rewind']]);
      assert.deepEqual([outcome.branch, session.conversation.branch], ['branch-2', 'branch-2']);
      assert.deepEqual(session.steps(), steps.slice(0, 3));
      assert.deepEqual(filesOf(folder), { 'demo/notes.md': null, 'demo/step-1.ts': null });
      await session.switchTo('main');
      assert.deepEqual(session.events.filter((event) => event.type === 'rewind_failed'), []);
      await assertAsBefore(at);
    }));

  it('the new one, before it is ready: everything is as before, and what failed is said', () => scene({ BACKSTITCH_HOST_KILL_AGENT_AT: 'launching' }, async (at) => {
    const { session } = at;
    const before = { native: session.conversation.native, natives: natives(at) };
    await assert.rejects(session.rewind('s3'), { message: /^The rewind failed while starting the agent on its new history: it ended at once / });
    assert.deepEqual({ native: session.conversation.native, natives: natives(at) }, before);
    const [failed, ...others] = session.events.filter((event) => event.type === 'rewind_failed');
    assert.deepEqual([failed?.step, failed?.branch, others.length], ['starting the agent on its new history', 'main', 0]);
    await assertAsBefore(at);
    assert.equal((await session.rewind('s3')).branch, 'branch-2');
  }));

  it('the new one, ready and not yet recorded: the rewind is complete, and the agent can be started again', () => scene({ BACKSTITCH_HOST_KILL_AGENT_AT: 'launched' }, async (at) => {
    const { session, folder, steps } = at;
    assert.equal((await session.rewind('s3')).branch, 'branch-2');
    await resumed(at);
    assert.deepEqual(session.steps(), steps.slice(0, 3));
    assert.deepEqual(filesOf(folder), { 'demo/notes.md': null, 'demo/step-1.ts': null });
    await session.switchTo('main');
    await assertAsBefore(at);
  }));

  it('the new one, on the way to another branch: the session stays where it is, and that way stays open', () => scene({}, async (at) => {
    const { product, folder } = at;
    await at.session.rewind('s3');
    const first = product.hostPid;
    await at.session.connection.sendRequest(p.hostShutdown, { force: true });
    await gone(first);
    const connection = await product.connect({ BACKSTITCH_HOST_KILL_AGENT_AT: 'launching' });
    await connection.sendRequest(p.sessionResume, { session: at.session.uid, env: product.env, cols: 100, rows: 30 });
    const session = await SessionUnderTest.open(connection, at.session.uid);
    await session.idle();
    const { native } = session.conversation;
    await assert.rejects(session.switchTo('main'), { message: /failed while starting the agent on its new history: it ended at once / });
    assert.deepEqual([session.conversation.branch, session.conversation.native], ['branch-2', native]);
    assert.deepEqual(session.steps(), at.steps.slice(0, 3));
    assert.deepEqual(filesOf(folder), { 'demo/notes.md': null, 'demo/step-1.ts': null });
    await session.switchTo('main');
    await assertAsBefore({ ...at, session: await SessionUnderTest.open(connection, session.uid) });
  }));
});

describe('a host that dies in a rewind', () => {
  for (const point of ['captured', 'cut', 'verified', 'started', 'files', 'ended', 'launched', 'rewound'])
    it(`at “${point}”: undone or complete on the next start`, () => scene({ BACKSTITCH_HOST_DIE_AT: point }, async (at) => {
      const dead = at.product.hostPid;
      await assert.rejects(at.session.rewind('s3'));
      await gone(dead);

      const connection = await at.product.connect();
      const [summary] = await connection.sendRequest(p.sessionList, { all: true });
      assert.equal(summary?.ended, 'interrupted');
      const session = await SessionUnderTest.open(connection, at.session.uid);
      const isComplete = point === 'rewound';
      assert.equal(session.conversation.branch, isComplete ? 'branch-2' : 'main');
      assert.deepEqual(session.steps(), isComplete ? at.steps.slice(0, 3) : at.steps);
      assert.deepEqual(filesOf(at.folder), isComplete ? { 'demo/notes.md': null, 'demo/step-1.ts': null } : at.files);

      await connection.sendRequest(p.sessionResume, { session: session.uid, env: at.product.env, cols: 100, rows: 30 });
      await session.idle();
      await session.ask('what do you remember?');
      assert.match(lastSaid(session), new RegExp(`^I remember ${isComplete ? 3 : at.steps.length} steps`));
      if (!isComplete && !['captured', 'cut', 'verified'].includes(point)) {
        const log = readFileSync(summary?.logPath ?? '', 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as { type: string; message?: string });
        assert.match(log.find((row) => row.type === 'rewind_failed')?.message ?? '', /session host ended in the middle/);
      }
    }));
});
