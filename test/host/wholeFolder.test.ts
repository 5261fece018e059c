import assert from 'node:assert/strict';
import { existsSync, globSync, linkSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type { SessionSummary } from '../../src/core/view.ts';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';
import type { SessionUnderTest } from '../support/sessionUnderTest.ts';

describe('what a command of the agent does to a folder as a whole', () => {
  let product: Product;
  let connection: MessageConnection;
  before(async () => {
    product = new Product();
    connection = await product.connect();
    // What the demo agent calls `sleep` does what the test wants done.
    mkdirSync(join(product.home, 'bin'));
    writeFileSync(join(product.home, 'bin/sleep'), '#!/bin/sh\n. "$DOES"\n', { mode: 0o755 });
  });
  after(() => product.dispose());

  /** Each session is followed on a connection of its own. */
  async function start(cwd: string): Promise<SessionUnderTest> {
    const env = { ...product.env, PATH: `${join(product.home, 'bin')}:${product.env['PATH']}`, DOES: `${cwd}.sh` };
    return product.start(await product.connect(), { cwd, env });
  }

  /** Has the agent run these lines. */
  async function run(session: SessionUnderTest, ...lines: string[]): Promise<void> {
    writeFileSync(`${(await summaryOf(session))?.cwd}.sh`, lines.join('\n'));
    await session.ask('sleep 1');
  }

  const lastSeam = async (session: SessionUnderTest): Promise<string> => (await session.seams()).at(-1)?.seam ?? '';
  const previewOf = (session: SessionUnderTest, seam: string): Promise<p.RewindPreview> => connection.sendRequest(p.sessionPreview, { session: session.uid, seam });
  const restoredBy = ({ files }: p.RewindOutcome): unknown => (files.is === 'restored' ? [files.restored, files.conflicts ?? []] : files);
  const summaryOf = async (session: SessionUnderTest): Promise<SessionSummary | undefined> =>
    (await connection.sendRequest(p.sessionList, { all: true })).find(({ uid }) => uid === session.uid);

  it('a session in the home, where the state directory is, never puts another session’s log back', async () => {
    const home = await start(product.home);
    const other = await start(product.folder('elsewhere'));
    await other.ask('echo first');
    const log = (await summaryOf(other))?.logPath ?? '';
    await home.ask('edit');
    await home.ask('echo go on');
    const seam = await lastSeam(home);
    const go = join(product.home, 'go');
    const asked = run(home, 'mkfifo go', 'read line < go', 'rm go', 'echo 1 > made.txt');
    await until(() => existsSync(go));
    await other.ask('echo second');
    writeFileSync(go, 'on\n');
    await asked;
    const written = readFileSync(log, 'utf8');
    assert.deepEqual((await previewOf(home, seam)).files?.map(({ path }) => path), ['made.txt']);
    // The other session works in a folder within: whose file it is has to be said.
    assert.deepEqual(restoredBy(await home.rewind(seam, { overwrite: ['made.txt'] })), [['made.txt'], []]);
    assert.ok(readFileSync(log, 'utf8').startsWith(written));
    await other.ask('echo third');
    assert.match(other.text(), /first[\s\S]*second[\s\S]*third/);
  });

  it('a session in the home leaves the histories of agents there as they are, its own and others’, and says so', async () => {
    const home = await start(product.home);
    const env = { ...product.env, BACKSTITCH_DEMO_HOME: join(product.home, 'other-agents') };
    const other = await product.start(await product.connect(), { cwd: product.folder('beside'), env });
    await other.ask('echo first');
    await home.ask('edit');
    await home.ask('echo go on');
    const seam = await lastSeam(home);
    writeFileSync(join(product.home, 'demo/notes.md'), 'mine');
    await home.ask('edit');
    await other.ask('echo second');
    const histories = historiesIn(product.home);
    assert.ok(Object.keys(histories).some((path) => path.startsWith('other-agents/demo-agent/')), Object.keys(histories).join());
    const { files } = await previewOf(home, seam);
    assert.deepEqual((files ?? []).filter(({ path }) => path.endsWith('.jsonl')), []);
    const overwrite = home.rewind(seam, { overwrite: Object.keys(histories) });
    await assert.rejects(overwrite, { message: /are no conflicts that could be overwritten\. Nothing was done\./ });
    const outcome = await home.rewind(seam);
    const after = historiesIn(product.home);
    for (const [path, text] of Object.entries(histories)) assert.equal(after[path], text, path);
    const untouched = outcome.files.is === 'restored' ? (outcome.files.untouched ?? []) : [];
    assert.deepEqual(untouched.filter(({ why }) => why === 'an agent keeps it for itself').map(({ path, because }) => [path, because]), [
      ['demo/demo-agent', 'not-covered'], ['other-agents/demo-agent', 'not-covered'],
    ]);
  });

  it('a folder that is removed as a whole comes back', async () => {
    const folder = product.folder('removed');
    writeFileSync(join(folder, 'a.txt'), 'one');
    const session = await start(folder);
    await session.ask('edit');
    await session.ask('echo go on');
    const seam = await lastSeam(session);
    const files = readdirSync(folder, { recursive: true });
    await run(session, 'd="$PWD"; cd /; rm -rf "$d"');
    const preview = await previewOf(session, seam);
    assert.deepEqual(preview.files?.map(({ path, conflict }) => [path, conflict]), [['a.txt', false], ['demo/notes.md', false]]);
    assert.deepEqual(restoredBy(await session.rewind(seam)), [['a.txt', 'demo/notes.md'], []]);
    assert.deepEqual(readdirSync(folder, { recursive: true }), files);
  });

  it('directories come back in the place of files, with their bits, and hard links as links', async () => {
    const folder = product.folder('directories');
    for (const path of ['empty', 'nested/inner', 'kept']) mkdirSync(join(folder, path), { recursive: true });
    for (const path of ['kept/a', 'one']) writeFileSync(join(folder, path), 'one');
    linkSync(join(folder, 'one'), join(folder, 'other'));
    const session = await start(folder);
    await session.ask('edit');
    await session.ask('echo go on');
    const seam = await lastSeam(session);
    await run(session, 'rmdir empty nested/inner nested', 'echo 1 > empty', 'echo 1 > nested', 'chmod 700 kept', 'rm other');
    const paths = ['empty', 'empty/', 'kept/', 'nested', 'nested/inner/', 'other'];
    assert.deepEqual((await previewOf(session, seam)).files?.map(({ path, conflict }) => [path, conflict]), paths.map((path) => [path, false]));
    assert.deepEqual(restoredBy(await session.rewind(seam)), [paths, []]);
    assert.deepEqual(['empty', 'nested/inner', 'kept'].map((path) => (statSync(join(folder, path)).mode & 0o40777).toString(8)), ['40755', '40755', '40755']);
    assert.equal(statSync(join(folder, 'one')).ino, statSync(join(folder, 'other')).ino);
    const back = await session.switchTo('main');
    assert.deepEqual(restoredBy(back), [paths, []]);
    assert.deepEqual([statSync(join(folder, 'kept')).mode & 0o777, readFileSync(join(folder, 'nested'), 'utf8')], [0o700, '1\n']);
  });

  it('a folder that somebody moves into the place of the session’s keeps its files, and is told', async () => {
    const folder = product.folder('swapped');
    const session = await start(folder);
    await session.ask('edit');
    await session.ask('echo go on');
    const seam = await lastSeam(session);
    await run(session, 'echo 1 > made.txt');
    renameSync(folder, `${folder}-aside`);
    mkdirSync(join(folder, 'demo'), { recursive: true });
    for (const path of ['demo/notes.md', 'made.txt', 'own.txt']) writeFileSync(join(folder, path), 'theirs');
    const why = `another folder stands at ${folder} now than then`;
    const told = ({ untouched = [] }: { untouched?: { path: string; why: string }[] }): unknown => untouched.find(({ path }) => path === '.')?.why;
    assert.equal(told(await previewOf(session, seam)), why);
    const { files } = await session.rewind(seam);
    assert.ok(files.is === 'restored');
    assert.deepEqual([files.restored, files.conflicts, told(files)], [[], ['made.txt'], why]);
    for (const path of ['demo/notes.md', 'made.txt', 'own.txt']) assert.equal(readFileSync(join(folder, path), 'utf8'), 'theirs');
  });

  it('what an ignore file hid at the seam stays, also when the command empties the ignore file', async () => {
    const folder = product.folder('ignoring');
    writeFileSync(join(folder, '.gitignore'), '.env\n');
    writeFileSync(join(folder, '.env'), 'TOKEN=1');
    const session = await start(folder);
    await session.ask('edit');
    await session.ask('echo go on');
    const seam = await lastSeam(session);
    await run(session, "printf '' > .gitignore");
    assert.deepEqual(restoredBy(await session.rewind(seam)), [['.gitignore'], []]);
    assert.equal(readFileSync(join(folder, '.env'), 'utf8'), 'TOKEN=1');
  });

  it('a named pipe in the place of an ignore file is said, and hangs nothing', async () => {
    const folder = product.folder('piped');
    const session = await start(folder);
    await run(session, 'mkfifo .gitignore');
    assert.equal((await summaryOf(session))?.problem, `${folder}/.gitignore is neither a file nor a link, so git cannot read it. Remove it`);
    rmSync(join(folder, '.gitignore'));
    await session.ask('edit');
    assert.equal((await summaryOf(session))?.problem, null);
    await run(session, 'mkfifo .gitattributes');
    await connection.sendRequest(p.sessionStop, { session: session.uid });
    await session.until('it is over', ({ alive }) => !alive);
  });
});

/** The text of every history of an agent below the folder. */
const historiesIn = (folder: string): Record<string, string> => Object.fromEntries(globSync('{demo,other-agents}/demo-agent/*.jsonl', { cwd: folder })
  .map((path) => [path, readFileSync(join(folder, path), 'utf8')]));

async function until(test: () => boolean): Promise<void> {
  while (!test()) await new Promise((resolve) => { setTimeout(resolve, 10); });
}
