import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { mainLane } from '../../src/core/ids.ts';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';
import type { SessionUnderTest } from '../support/sessionUnderTest.ts';

/** Rewind, branches and files through the real host, with the built-in agent in a real pty. */
describe('rewind', () => {
  let product: Product;
  let connection: MessageConnection;
  before(async () => {
    product = new Product();
    connection = await product.connect();
  });
  after(() => product.dispose());

  const files = (folder: string): Record<string, string | null> => Object.fromEntries(
    ['demo/notes.md', 'demo/step-1.ts'].map((name) => [name, existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : null]));

  async function worked(name: string): Promise<{ session: SessionUnderTest; folder: string }> {
    const folder = product.folder(name);
    const session = await product.start(connection, { cwd: folder });
    await session.idle();
    await session.ask('make a plan');
    return { session, folder };
  }

  const lastSaid = (session: SessionUnderTest): string => {
    const block = session.conversation.chain(mainLane).at(-1);
    return block?.kind === 'text' ? block.text : '';
  };

  it('goes back in the middle of an answer, memory and files, and forward again', async () => {
    const { session, folder } = await worked('middle');
    const end = { steps: session.steps(), files: files(folder) };
    assert.deepEqual((await connection.sendRequest(p.sessionOpen, { session: session.uid, blocks: 1 })).live, [], 'nothing is still on its way');
    assert.notEqual(end.files['demo/step-1.ts'], null);
    const seam = (await session.seams()).find((one) => one.after === 'b5');
    assert.deepEqual(seam?.drops, { text: 2, tool: 3, thinking: 1, prompt: 0 });

    const outcome = await session.rewind(seam?.seam ?? '');
    assert.deepEqual([outcome.branch, outcome.from, outcome.fidelity], ['branch-2', 'main', 'exact']);
    assert.deepEqual(outcome.files, { is: 'restored', restored: ['demo/notes.md', 'demo/step-1.ts'] });
    assert.deepEqual(files(folder), { 'demo/notes.md': null, 'demo/step-1.ts': null });
    assert.deepEqual(session.steps(), end.steps.slice(0, 5));

    await session.ask('what do you remember?');
    assert.match(lastSaid(session), /^I remember 5 steps/);

    const back = await session.switchTo('main');
    assert.deepEqual([back.branch, back.from], ['main', 'branch-2']);
    assert.deepEqual(session.steps(), end.steps);
    assert.deepEqual(files(folder), end.files);
    await session.ask('what do you remember?');
    assert.match(lastSaid(session), /^I remember 11 steps/);
  });

  it('rewinds a rewind, and every branch can be gone to, also with the agent’s own histories deleted', async () => {
    const { session, folder } = await worked('again');
    const whole = session.steps();
    await session.rewind('s7');
    await session.ask('make a plan');
    const second = session.steps();
    await session.rewind('s3');
    assert.deepEqual(session.steps(), whole.slice(0, 3));
    assert.deepEqual(files(folder), { 'demo/notes.md': null, 'demo/step-1.ts': null });
    rmSync(product.env['BACKSTITCH_DEMO_HOME'] ?? '', { recursive: true, force: true });
    await session.switchTo('branch-2');
    assert.deepEqual(session.steps(), second);
    await session.switchTo('main');
    assert.deepEqual(session.steps(), whole);
    await session.ask('what do you remember?');
    assert.match(lastSaid(session), new RegExp(`^I remember ${whole.length} steps`));
  });

  it('tells in the summary that the agent is being taken elsewhere, and when that is over', async () => {
    const { session } = await worked('told');
    const told: unknown[] = [];
    let isOver = (): void => undefined;
    const over = () => new Promise<void>((resolve) => { isOver = resolve; });
    const watching = connection.onNotification(p.sessionChanged, ({ uid, moving }) => {
      if (uid !== session.uid || (told.at(-1) ?? null) === moving) return;
      told.push(moving);
      if (moving === null) isOver();
    });
    await Promise.all([over(), session.rewind('s3')]);
    await Promise.all([over(), session.switchTo('main')]);
    watching.dispose();
    assert.deepEqual(told, ['rewind', null, 'switch', null]);
  });

  it('keeps the files when asked to', async () => {
    const { session, folder } = await worked('keep');
    const end = files(folder);
    const outcome = await session.rewind('s3', { files: false });
    assert.deepEqual(outcome.files, { is: 'kept' });
    assert.deepEqual(files(folder), end);
  });

  it('leaves alone what somebody else changed since, and says so', async () => {
    const { session, folder } = await worked('conflict');
    writeFileSync(join(folder, 'demo/notes.md'), 'mine\n');
    writeFileSync(join(folder, 'own.txt'), 'mine too\n');
    const preview = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam: 's3' });
    assert.deepEqual(preview.files, [
      { path: 'demo/notes.md', is: 'deleted', conflict: true },
      { path: 'demo/step-1.ts', is: 'deleted', conflict: false },
    ]);
    // Leave to interrupt is no leave to overwrite.
    const outcome = await session.rewind('s3', { interrupt: true });
    assert.deepEqual(outcome.files, {
      is: 'restored', restored: ['demo/step-1.ts'], conflicts: ['demo/notes.md'], untouched: [{ path: 'own.txt', because: 'changed-by-others', why: 'changed by others since' }],
    });
    assert.equal(readFileSync(join(folder, 'demo/notes.md'), 'utf8'), 'mine\n');
    assert.equal(readFileSync(join(folder, 'own.txt'), 'utf8'), 'mine too\n');
  });

  it('refuses leave to overwrite what is no conflict, by name, and does nothing', async () => {
    const { session, folder } = await worked('leave');
    writeFileSync(join(folder, 'demo/notes.md'), 'mine\n');
    const end = { steps: session.steps(), files: files(folder), branch: session.conversation.branch };
    const sentence = (what: string): { message: string } =>
      ({ message: `${what} that could be overwritten. Nothing was done. Look at the dry run again and name conflicts as it prints them.` });
    const attempts: [string, Parameters<typeof session.rewind>[1]][] = [
      ['demo/step-1.ts, other.txt are no conflicts', { overwrite: ['demo/notes.md', 'demo/step-1.ts', 'other.txt'], interrupt: true }],
      ['demo/notes.md is no conflict', { overwrite: ['demo/notes.md'], files: false }],
      ['./demo/notes.md is no conflict', { overwrite: ['./demo/notes.md'] }],
    ];
    for (const [what, options] of attempts) await assert.rejects(session.rewind('s3', options), sentence(what));
    assert.deepEqual({ steps: session.steps(), files: files(folder), branch: session.conversation.branch }, end);
    const outcome = await session.rewind('s3', { overwrite: ['demo/notes.md'] });
    assert.deepEqual(outcome.files, { is: 'restored', restored: ['demo/notes.md', 'demo/step-1.ts'] });
    const way = connection.sendRequest(p.sessionSwitch, { session: session.uid, branch: 'main', files: true, overwrite: ['none.txt'] });
    await assert.rejects(way, sentence('none.txt is no conflict'));
  });

  it('tells of a directory of the user’s in one of the agent’s beforehand as it does afterwards', async () => {
    const { session, folder } = await worked('within');
    mkdirSync(join(folder, 'demo/mine'));
    const untouched = [{ path: 'demo/mine/', because: 'changed-by-others', why: 'changed by others since' }];
    const preview = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam: 's3' });
    assert.deepEqual(preview.untouched, untouched);
    const { files: outcome } = await session.rewind('s3');
    assert.deepEqual(outcome, { is: 'restored', restored: ['demo/notes.md', 'demo/step-1.ts'], untouched });
    assert.ok(existsSync(join(folder, 'demo/mine')));
  });

  it('says in steps how far it is, and what can be undone until a prompt goes out', async () => {
    const { session } = await worked('steps');
    const summary = () => connection.sendRequest(p.sessionStatus, { session: session.uid });
    const { uid } = session;
    const steps: unknown[] = [];
    const following = connection.onNotification(p.sessionChanged, (told) => {
      if (told.uid === uid && told.movingStep && JSON.stringify(steps.at(-1)) !== JSON.stringify(told.movingStep)) steps.push(told.movingStep);
    });
    await session.rewind('s3');
    following.dispose();
    assert.ok(steps.some((step) => (step as { is: string }).is === 'starting'), JSON.stringify(steps));
    const order = ['waiting', 'settling', 'capturing', 'restoring', 'ending', 'starting', 'recording'];
    const places = steps.map((step) => order.indexOf((step as { is: string }).is));
    assert.deepEqual(places, places.toSorted((a, b) => a - b), JSON.stringify(steps));
    for (const step of steps) if ((step as { is: string }).is === 'restoring') assert.deepEqual(step, { is: 'restoring', files: 2 });
    const { moving, movingStep, lastMove } = await summary();
    assert.deepEqual([moving, movingStep], [null, null]);
    assert.deepEqual({ ...lastMove, seq: 0 }, { how: 'rewind', from: 'main', branch: 'branch-2', seq: 0 });
    await session.switchTo('main');
    assert.deepEqual({ ...(await summary()).lastMove, seq: 0 }, { how: 'switch', from: 'branch-2', branch: 'main', seq: 0 });
    await session.ask('echo on');
    assert.equal((await summary()).lastMove, null);
  });

  it('answers a preview at once without its files, which are looked at apart', async () => {
    const { session } = await worked('words');
    const words = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam: 's3', files: false });
    assert.deepEqual([words.fidelity, words.files, words.filesReason, words.drops], ['exact', null, null, { text: 3, tool: 4, thinking: 1, prompt: 0 }]);
    const { files: planned, checkpoint } = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam: 's3' });
    assert.deepEqual(planned?.map(({ path, is }) => `${is} ${path}`), ['deleted demo/notes.md', 'deleted demo/step-1.ts']);
    const notes = await connection.sendRequest(p.sessionCompareFile, { session: session.uid, checkpoint: checkpoint ?? '', path: 'demo/notes.md' });
    assert.deepEqual([notes.now.is, notes.will], ['text', { is: 'absent' }]);
    await assert.rejects(connection.sendRequest(p.sessionCompareFile, { session: session.uid, checkpoint: 'f'.repeat(40), path: 'demo/notes.md' }), { data: { code: 'no-files', exitCode: 1 } });
  });

  it('tells beforehand which files a way back would change', async () => {
    const { session, folder } = await worked('before');
    await session.rewind('s3');
    const look = (branch: string) => connection.sendRequest(p.sessionPreviewSwitch, { session: session.uid, branch });
    const expect = { branch: 'branch-2', tip: 'b3' };
    const step = { path: 'demo/step-1.ts', is: 'added', conflict: false };
    assert.deepEqual(await look('main'), { branch: 'main', fidelity: 'exact', reason: null, files: [{ path: 'demo/notes.md', is: 'added', conflict: false }, step], filesReason: null, state: { is: 'idle' }, ends: [], expect, checkpoint: session.conversation.branches.get('main')?.tipCheckpoint });
    mkdirSync(join(folder, 'demo'), { recursive: true });
    writeFileSync(join(folder, 'demo/notes.md'), 'mine\n');
    assert.deepEqual((await look('main')).files, [{ path: 'demo/notes.md', is: 'added', conflict: true }, step]);
    const { files } = await session.switchTo('main', { expect });
    assert.deepEqual(files, { is: 'restored', restored: ['demo/step-1.ts'], conflicts: ['demo/notes.md'] });
    await assert.rejects(look('main'), { message: /already at branch “main”/ });
    await assert.rejects(look('branch-9'), { message: /There is no branch “branch-9”/ });
  });

  it('asks before it interrupts, then cuts a busy session', async () => {
    const folder = product.folder('busy');
    const session = await product.start(connection, { cwd: folder, env: { ...product.env, BACKSTITCH_DEMO_SPEED: '1' } });
    await session.idle();
    await session.send('slow long');
    await session.until('a finished step', (c) => c.chain(mainLane).some((block) => block.kind === 'tool' && block.result));
    const seam = (await session.seams())[0]?.seam ?? '';
    await assert.rejects(session.rewind(seam), { message: /The agent is at work \(the turn that is running\)/ });
    const outcome = await session.rewind(seam, { interrupt: true });
    assert.equal(outcome.branch, 'branch-2');
    assert.equal(session.conversation.chain(mainLane).length, 1);
    await session.ask('what do you remember?');
    assert.match(lastSaid(session), /^I remember 1 step/);
  });

  it('interrupts whatever has landed since the look, as long as the branch is the same; without an interrupt that is stale', async () => {
    const session = await product.start(connection, { cwd: product.folder('landed'), env: { ...product.env, BACKSTITCH_DEMO_SPEED: '1' } });
    await session.idle();
    await session.ask('echo first');
    await session.send('slow long');
    await session.until('it has begun', (c) => c.chain(mainLane).length >= 4);
    const { expect } = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam: 's2' });
    await session.until('more than it knew of', (c) => c.tip !== expect.tip);
    await assert.rejects(session.rewind('s2', { expect }), { message: /has moved on \(something new has landed/ });
    await assert.rejects(session.rewind('s2', { interrupt: true, expect: { ...expect, branch: 'branch-7' } }), { message: /has moved on \(it is on branch “main” now/ });
    await session.rewind('s2', { interrupt: true, expect });
    assert.deepEqual(session.steps(), ['b1 prompt echo first', 'b2 text first']);

    await session.send('slow long');
    await session.until('it works on the second branch', (c) => c.chain(mainLane).length >= 4);
    await assert.rejects(session.switchTo('main', { expect: { branch: 'branch-2', tip: 'b2' } }), { message: /has moved on \(something new has landed/ });
    await session.switchTo('main', { interrupt: true, expect: { branch: 'branch-2', tip: 'b2' } });
    assert.deepEqual(session.steps().slice(0, 3), ['b1 prompt echo first', 'b2 text first', 'b3 prompt slow long']);
  });

  it('cuts while a permission is asked for', async () => {
    const { session } = await worked('asked');
    await session.send('permission');
    await session.until('the request', (c) => c.requests.size === 1);
    await session.rewind('s3', { interrupt: true });
    assert.equal(session.conversation.requests.size, 0);
    assert.equal(session.steps().length, 3);
    await session.ask('what do you remember?');
    assert.match(lastSaid(session), /^I remember 3 steps/);
  });

  it('refuses what makes no sense, in words, and does nothing', async () => {
    const { session } = await worked('bad');
    const before = session.steps();
    await assert.rejects(session.rewind('s999'), { message: /There is no seam “s999”/ });
    await assert.rejects(session.rewind('nonsense'), { message: /There is no seam “nonsense”/ });
    await assert.rejects(session.switchTo('branch-9'), { message: /There is no branch “branch-9”/ });
    await assert.rejects(session.switchTo('main'), { message: /already at branch “main”/ });
    await assert.rejects(
      connection.sendRequest(p.sessionRewind, { session: session.uid, seam: 's3', files: true, expect: { branch: 'main', tip: 'b1' } }),
      { message: /has moved on \(something new has landed/ });
    await session.rewind('s4');
    await session.ask('echo on the second branch');
    await session.switchTo('main');
    await assert.rejects(session.rewind('s12'), { message: /not on the current branch but on “branch-2”/ });
    assert.deepEqual(session.steps(), before);
  });
});
