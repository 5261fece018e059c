import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../src/protocol/protocol.ts';
import { gone, Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';

type Files = Record<string, string | null>;

const stepOne = '/** Written in step 1. */\nexport const step1 = (stitches: number): number => stitches * 1;\n';
const stepTwo = '/** Written in step 2. */\nexport const step2 = (stitches: number): number => stitches * 2;\n';

/** Whatever a rewind or switch puts back, a file of the user's is as the user left it, unless they say otherwise; and what is left alone is said before. */
describe('the user’s own files', () => {
  let product: Product;
  let connection: MessageConnection;
  before(async () => {
    product = new Product();
    connection = await product.connect();
  });
  after(() => product.dispose());

  const read = (folder: string, name: string): string | null => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : null);
  const write = (folder: string, files: Files): void => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      if (content === null) rmSync(join(folder, name)); else writeFileSync(join(folder, name), content);
    }
  };
  const assertFiles = (folder: string, files: Files): void => assert.deepEqual(Object.fromEntries(Object.keys(files).map((name) => [name, read(folder, name)])), files);

  async function started(name: string, options: Partial<p.StartParams> = {}): Promise<{ session: SessionUnderTest; folder: string }> {
    const folder = product.folder(name);
    write(folder, { 'user.txt': 'as it was\n' });
    const session = await product.start(connection, { cwd: folder, id: name, ...options });
    await session.idle();
    return { session, folder };
  }
  const resume = async (session: SessionUnderTest): Promise<void> => {
    await session.connection.sendRequest(p.sessionResume, { session: session.uid, env: product.env, cols: 100, rows: 30 });
    await session.idle();
  };
  const preview = async (session: SessionUnderTest, seam: string): Promise<string[]> =>
    ((await session.connection.sendRequest(p.sessionPreview, { session: session.uid, seam })).files ?? []).map(({ path, is, conflict }) => `${path} ${is}${conflict ? ', asked' : ''}`);
  /** The prompt's own seam: all that the turn did is behind it. */
  const seamOf = async (session: SessionUnderTest, prompt: string): Promise<string> => {
    const block = session.conversation.chain('main').findLast((one) => one.kind === 'prompt' && one.text === prompt);
    return (await session.seams()).find((seam) => seam.after === block?.block)?.seam ?? '';
  };
  /** As it is told of what only others changed. */
  const byOthers = (...paths: string[]) => paths.map((path) => ({ path, because: 'changed-by-others', why: 'changed by others since' }));
  const causes = (session: SessionUnderTest): string[] => session.events.flatMap((event) => (event.type === 'checkpoint' && event.changed.length ? [`${event.cause} by ${event.by}: ${event.changed.join(' ')}`] : []));

  it('changed while the agent was stopped', async () => {
    const { session, folder } = await started('stopped');
    await session.ask('make a plan');
    await session.ask('make a second one');
    await connection.sendRequest(p.sessionStop, { session: session.uid });
    write(folder, { 'user.txt': 'changed\n', 'brandnew.txt': 'new\n', 'demo/notes.md': 'mine\n' });
    await resume(session);
    const last = (await session.seams()).at(-1)?.seam ?? '';
    const mine = { 'user.txt': 'changed\n', 'brandnew.txt': 'new\n', 'demo/notes.md': 'mine\n' };
    assert.deepEqual(await preview(session, last), []);
    assert.deepEqual((await session.rewind(last)).files, { is: 'restored', restored: [], untouched: byOthers('brandnew.txt', 'demo/notes.md', 'user.txt') });
    assertFiles(folder, { ...mine, 'demo/step-2.ts': stepTwo });
    const second = await seamOf(session, 'make a second one');
    assert.deepEqual(await preview(session, second), ['demo/notes.md modified, asked', 'demo/step-2.ts deleted']);
    assert.deepEqual((await session.rewind(second)).files, { is: 'restored', restored: ['demo/step-2.ts'], conflicts: ['demo/notes.md'], untouched: byOthers('brandnew.txt', 'user.txt') });
    assertFiles(folder, { ...mine, 'demo/step-2.ts': null, 'demo/step-1.ts': stepOne });
    await session.switchTo('main');
    await session.until('its last checkpoint', () => causes(session).length === 5);
    assertFiles(folder, { ...mine, 'demo/step-2.ts': stepTwo });
    assert.deepEqual(causes(session), [
      'tool by session: demo/notes.md demo/step-1.ts', 'tool by session: demo/notes.md demo/step-2.ts', 'baseline by others: brandnew.txt demo/notes.md user.txt',
      'rewind by others: demo/step-2.ts', 'rewind by others: demo/step-2.ts',
    ]);
  });

  it('changed while the host was gone', async () => {
    const own = new Product();
    try {
      const folder = own.folder('gone');
      const session = await own.start(await own.connect(), { cwd: folder, id: 'gone' });
      await session.idle();
      await session.ask('make a plan');
      const seam = await seamOf(session, 'make a plan');
      process.kill(own.hostPid, 'SIGKILL');
      await gone(own.hostPid);
      write(folder, { 'brandnew.txt': 'new\n', 'demo/notes.md': 'mine\n' });
      const again = await SessionUnderTest.open(await own.connect(), session.uid);
      await again.connection.sendRequest(p.sessionResume, { session: again.uid, env: own.env, cols: 100, rows: 30 });
      await again.idle();
      assert.deepEqual(await preview(again, seam), ['demo/notes.md deleted, asked', 'demo/step-1.ts deleted']);
      await again.rewind(seam);
      assertFiles(folder, { 'brandnew.txt': 'new\n', 'demo/notes.md': 'mine\n', 'demo/step-1.ts': null });
    } finally {
      await own.dispose();
    }
  });

  it('changed between two prompts, and rewound past', async () => {
    const { session, folder } = await started('between');
    await session.ask('make a plan');
    write(folder, { 'brandnew.txt': 'new\n', 'user.txt': 'changed\n', 'demo/step-1.ts': '// mine\n' });
    await session.ask('edit it');
    assertFiles(folder, { 'demo/notes.md': '1. make a plan\n2. edit it\n' });
    assert.deepEqual(await preview(session, await seamOf(session, 'edit it')), ['demo/notes.md modified']);
    const first = await seamOf(session, 'make a plan');
    assert.deepEqual(await preview(session, first), ['demo/notes.md deleted', 'demo/step-1.ts deleted, asked']);
    await session.rewind(first);
    const mine = { 'brandnew.txt': 'new\n', 'user.txt': 'changed\n', 'demo/step-1.ts': '// mine\n' };
    assertFiles(folder, { ...mine, 'demo/notes.md': null });
    write(folder, { 'user.txt': 'changed again\n', 'demo/notes.md': 'my notes\n' });
    assert.deepEqual((await connection.sendRequest(p.sessionPreviewSwitch, { session: session.uid, branch: 'main' })).files, [{ path: 'demo/notes.md', is: 'added', conflict: true }]);
    assert.deepEqual((await session.switchTo('main')).files, { is: 'restored', restored: [], conflicts: ['demo/notes.md'], untouched: byOthers('user.txt') });
    assertFiles(folder, { ...mine, 'user.txt': 'changed again\n', 'demo/notes.md': 'my notes\n' });
  });

  it('changed just before a rewind, with leave to overwrite one; the way back brings it again, byte for byte', async () => {
    const { session, folder } = await started('overwritten');
    await session.ask('make a plan');
    write(folder, { 'demo/notes.md': 'mine\r\n\u0000\u00ff no line end', 'demo/step-1.ts': null, 'brandnew.txt': 'new\n' });
    const seam = await seamOf(session, 'make a plan');
    assert.deepEqual(await preview(session, seam), ['demo/notes.md deleted, asked']);
    assert.deepEqual((await session.rewind(seam, { overwrite: ['demo/notes.md'] })).files, { is: 'restored', restored: ['demo/notes.md'], untouched: byOthers('brandnew.txt') });
    assertFiles(folder, { 'demo/notes.md': null, 'demo/step-1.ts': null, 'brandnew.txt': 'new\n' });
    await session.switchTo('main');
    assertFiles(folder, { 'demo/notes.md': 'mine\r\n\u0000\u00ff no line end', 'demo/step-1.ts': null, 'brandnew.txt': 'new\n' });
  });

  for (const by of ['the panel', 'the terminal'] as const)
    it(`changed while the agent waits for a permission that ${by} gives`, async () => {
      const { session, folder } = await started(`asked-${by.replace(' ', '-')}`);
      await session.ask('edit it');
      await session.send('permission');
      await session.until('the request', (c) => c.requests.size === 1);
      const seam = await seamOf(session, 'permission');
      await preview(session, seam);
      write(folder, { 'brandnew.txt': 'new\n', 'user.txt': 'changed\n' });
      const [request = ''] = session.conversation.requests.keys();
      if (by === 'the panel') await connection.sendRequest(p.sessionAnswer, { session: session.uid, request, option: 'allow', from: 'panel' });
      else {
        await connection.sendRequest(p.terminalAttach, { session: session.uid, cols: 100, rows: 30 });
        await connection.sendNotification(p.terminalInput, { session: session.uid, data: 'y' });
      }
      await session.until('the file that was allowed', () => read(folder, 'demo/allowed.txt') === 'allowed 2\n');
      await session.idle();
      assert.deepEqual(causes(session).slice(1), ['wait by others: brandnew.txt user.txt', 'tool by session: demo/allowed.txt']);
      assert.deepEqual(await preview(session, seam), ['demo/allowed.txt deleted']);
      await session.rewind(seam);
      assertFiles(folder, { 'brandnew.txt': 'new\n', 'user.txt': 'changed\n', 'demo/allowed.txt': null, 'demo/notes.md': '1. edit it\n' });
    });

  it('changed while a permission is asked for, and the rewind interrupts', async () => {
    const { session, folder } = await started('interrupted');
    await session.ask('edit it');
    await session.send('permission');
    await session.until('the request', (c) => c.requests.size === 1);
    write(folder, { 'brandnew.txt': 'new\n' });
    const seam = await seamOf(session, 'edit it');
    await session.rewind(seam, { interrupt: true });
    assertFiles(folder, { 'brandnew.txt': 'new\n', 'demo/notes.md': null });
  });

  it('made while the agent speaks: no call accounts for it, so it is asked', async () => {
    const { session, folder } = await started('speaking', { env: { ...product.env, BACKSTITCH_DEMO_SPEED: '0.3' } });
    await session.send('slow markdown');
    await session.until('its first words', (c) => c.checkpoints.at(-1)?.cause === 'baseline');
    write(folder, { 'brandnew.txt': 'new\n' });
    await session.idle();
    const seam = await seamOf(session, 'slow markdown');
    assert.deepEqual(await preview(session, seam), ['brandnew.txt deleted, asked']);
    assert.deepEqual((await session.rewind(seam)).files, { is: 'restored', restored: [], conflicts: ['brandnew.txt'] });
    assertFiles(folder, { 'brandnew.txt': 'new\n' });
  });

  it('made while the agent speaks, before a shell command of the same answer: only what the command made is the agent’s', async () => {
    const { session, folder } = await started('spoken-then-run', { env: { ...product.env, BACKSTITCH_DEMO_SPEED: '0.3' } });
    await session.send('sleep 1 slow');
    await session.until('its first words', (c) => c.checkpoints.at(-1)?.cause === 'baseline');
    write(folder, { 'brandnew.txt': 'new\n', 'user.txt': 'changed\n' });
    await session.until('the command', (c) => c.checkpoints.some((mark) => mark.before));
    // The command itself only sleeps: what it might have written is written for it.
    write(folder, { 'made.txt': 'made\n' });
    await session.idle();
    const seam = await seamOf(session, 'sleep 1 slow');
    assert.deepEqual(await preview(session, seam), ['brandnew.txt deleted, asked', 'made.txt deleted', 'user.txt modified, asked']);
    assert.deepEqual((await session.rewind(seam)).files, { is: 'restored', restored: ['made.txt'], conflicts: ['brandnew.txt', 'user.txt'] });
    assertFiles(folder, { 'brandnew.txt': 'new\n', 'user.txt': 'changed\n', 'made.txt': null });
  });

  it('made beside an edit of the agent’s: what the edit names is the agent’s, the rest is asked', async () => {
    const { session, folder } = await started('beside', { env: { ...product.env, BACKSTITCH_DEMO_SPEED: '0.3' } });
    await session.send('edit slow');
    await session.until('its first words', (c) => c.checkpoints.at(-1)?.cause === 'baseline');
    write(folder, { 'brandnew.txt': 'new\n' });
    await session.idle();
    const seam = await seamOf(session, 'edit slow');
    assert.deepEqual(await preview(session, seam), ['brandnew.txt deleted, asked', 'demo/notes.md deleted']);
    await session.rewind(seam);
    assertFiles(folder, { 'brandnew.txt': 'new\n', 'demo/notes.md': null });
  });

  it('made while work goes on behind the agent’s back: asked, unless an edit names it', async () => {
    const { session, folder } = await started('background', { env: { ...product.env, BACKSTITCH_DEMO_SPEED: '0.3' } });
    await session.send('subagent');
    await session.until('its rest', (c) => c.state.is === 'idle' && c.chain('main').some((block) => block.kind === 'tool') && [...c.lanes.values()].some((lane) => lane.lane !== 'main' && lane.status === 'running'));
    await session.idle();
    write(folder, { 'brandnew.txt': 'new\n' });
    await session.until('the end of the subagent', (c) => [...c.lanes.values()].every((lane) => lane.lane === 'main' || lane.status !== 'running'));
    await session.ask('echo done');
    const seam = await seamOf(session, 'subagent');
    assert.deepEqual(await preview(session, seam), ['brandnew.txt deleted, asked', 'demo/explored-1.md deleted', 'demo/meanwhile.md deleted']);
    await session.rewind(seam);
    assertFiles(folder, { 'brandnew.txt': 'new\n', 'demo/explored-1.md': null, 'demo/meanwhile.md': null });
  });

  it('what a shell command had done when it was interrupted or its agent ended is the agent’s', async () => {
    for (const [name, end] of [['shell-interrupted', 'interrupt'], ['shell-ended', 'stop']] as const) {
      const { session, folder } = await started(name);
      await session.send('sleep 60');
      await session.until('the command', (c) => c.checkpoints.some((mark) => mark.before));
      // The command itself only sleeps: what it might have written is written for it.
      write(folder, { 'half.txt': 'half\n' });
      if (end === 'stop') {
        await connection.sendRequest(p.sessionStop, { session: session.uid });
        write(folder, { 'brandnew.txt': 'new\n' });
        await resume(session);
      } else {
        await connection.sendRequest(p.sessionInterrupt, { session: session.uid });
        await session.idle();
        write(folder, { 'brandnew.txt': 'new\n' });
      }
      const seam = await seamOf(session, 'sleep 60');
      assert.deepEqual(await preview(session, seam), ['half.txt deleted'], name);
      await session.rewind(seam);
      assertFiles(folder, { 'half.txt': null, 'brandnew.txt': 'new\n' });
    }
  });

  it('what a rewind that failed has put back and forth is nobody else’s doing', async () => {
    for (const fault of ['FAIL', 'DIE']) {
      const own = new Product();
      try {
        const folder = own.folder('failed');
        const session = await own.start(await own.connect({ [`BACKSTITCH_HOST_${fault}_AT`]: 'launched' }), { cwd: folder, id: 'failed' });
        await session.idle();
        await session.ask('make a plan');
        const seam = await seamOf(session, 'make a plan');
        const pid = own.hostPid;
        await assert.rejects(session.rewind(seam));
        if (fault === 'DIE') await gone(pid);
        const again = await SessionUnderTest.open(await own.connect(), session.uid);
        if (fault === 'DIE') await again.connection.sendRequest(p.sessionResume, { session: again.uid, env: own.env, cols: 100, rows: 30 });
        await again.idle();
        assertFiles(folder, { 'demo/notes.md': '1. make a plan\n', 'demo/step-1.ts': stepOne });
        write(folder, { 'brandnew.txt': 'new\n' });
        await again.ask('echo on');
        assert.deepEqual(await preview(again, seam), ['demo/notes.md deleted', 'demo/step-1.ts deleted'], fault);
      } finally {
        await own.dispose();
      }
    }
  });

  it('files of another session in the same folder are not touched, and what both have changed is asked', async () => {
    const { session, folder } = await started('two');
    const other = await product.start(await product.connect(), { cwd: folder, id: 'two-other' });
    await other.idle();
    await session.ask('make a plan');
    await other.ask('long');
    await session.ask('make a second one');
    await other.ask('edit too');
    assertFiles(folder, { 'demo/notes.md': '1. make a plan\n2. make a second one\n2. edit too\n' });
    assert.deepEqual(await preview(session, await seamOf(session, 'make a plan')), ['demo/notes.md deleted, asked', 'demo/step-1.ts deleted', 'demo/step-2.ts deleted']);
    await session.rewind(await seamOf(session, 'make a plan'));
    assertFiles(folder, { 'demo/notes.md': '1. make a plan\n2. make a second one\n2. edit too\n', 'demo/step-1.ts': null, 'demo/long/part-12.md': '# Part 12\n\nPrompt 1.\n' });
    assert.deepEqual(await preview(other, await seamOf(other, 'edit too')), ['demo/notes.md modified']);
  });

  it('two sessions at work at once: each knows its own edits, a shell’s changes are asked', async () => {
    const { session, folder } = await started('at-once');
    const other = await product.start(await product.connect(), { cwd: folder, id: 'at-once-other' });
    await other.idle();
    await session.send('sleep 60');
    await session.until('its command', (c) => c.chain('main').some((block) => block.kind === 'tool'));
    await other.ask('edit it');
    write(folder, { 'whose.txt': 'a shell wrote this\n' });
    await connection.sendRequest(p.sessionInterrupt, { session: session.uid });
    await session.idle();
    assert.deepEqual(await preview(session, await seamOf(session, 'sleep 60')), ['demo/notes.md deleted, asked', 'whose.txt deleted, asked']);
    assert.deepEqual(await preview(other, await seamOf(other, 'edit it')), ['demo/notes.md deleted']);
    await other.rewind(await seamOf(other, 'edit it'));
    assertFiles(folder, { 'demo/notes.md': null, 'whose.txt': 'a shell wrote this\n' });
  });
});
