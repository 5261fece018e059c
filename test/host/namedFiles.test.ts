import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';
import type { SessionUnderTest } from '../support/sessionUnderTest.ts';

const product = new Product();
let connection: MessageConnection;

before(async () => { connection = await product.connect(); });
after(() => product.dispose());

const problemOf = async (session: SessionUnderTest): Promise<string | null> =>
  (await connection.sendRequest(p.sessionList, { all: true })).find(({ uid }) => uid === session.uid)?.problem ?? null;

/** Resolves once the list says that, at one of the changes that it tells of. */
async function untilProblem(session: SessionUnderTest, problem: string | null): Promise<void> {
  let told = (): void => undefined;
  const listening = connection.onNotification(p.sessionChanged, () => told());
  try {
    for (;;) {
      const change = new Promise<void>((resolve) => { told = resolve; });
      if (await problemOf(session) === problem) return;
      await change;
    }
  } finally {
    listening.dispose();
  }
}

const stopped = async (session: SessionUnderTest): Promise<Record<string, unknown>> => {
  await connection.sendRequest(p.sessionStop, { session: session.uid });
  await session.until('the end', () => session.events.some(({ type }) => type === 'exited'));
  return session.events.find(({ type }) => type === 'summary') as unknown as Record<string, unknown>;
};

describe('a cloned repository', () => {
  const branch = 'x$(touch${IFS}owned)';
  const clone = (name: string): string => {
    const folder = product.folder(name);
    execFileSync('git', ['init', '-q', '-b', branch, folder]);
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'one'], { cwd: folder });
    return folder;
  };
  const profile = join(product.home, '.bashrc');
  const isUntouched = (): void => assert.equal(readFileSync(profile, 'utf8'), 'export EDITOR=ed\n');

  before(() => writeFileSync(profile, 'export EDITOR=ed\n'));

  it('gets nothing written, in it or through it, for a folder that it holds', async () => {
    const withLink = clone('with-link');
    mkdirSync(join(withLink, 'koder'));
    symlinkSync('../../.bashrc', join(withLink, 'koder/DISPATCH.jsonl'));
    const asLink = clone('as-link');
    symlinkSync('..', join(asLink, 'koder'));
    const plain = clone('plain');
    mkdirSync(join(plain, 'koder'));
    const inHome = readdirSync(product.home);
    for (const folder of [withLink, asLink, plain]) {
      const summary = await stopped(await product.start(connection, { cwd: folder }));
      assert.deepEqual([summary['path'], summary['problem']], [null, undefined]);
    }
    isUntouched();
    assert.deepEqual([readdirSync(join(plain, 'koder')), readdirSync(join(withLink, 'koder')), readdirSync(product.home)], [[], ['DISPATCH.jsonl'], inHome]);
  });

  it('does not lead the row away that was asked for; the session says so from the start', async () => {
    const folder = clone('asked');
    symlinkSync('..', join(folder, 'koder'));
    const path = join(folder, 'koder/.bashrc');
    const session = await product.start(connection, { cwd: folder, settings: { summary_out: path } });
    const problem = `The summary cannot be added to ${path}: ${join(folder, 'koder')} is a link, where a folder was to be. Nothing is written there; name a place that is reached without links.`;
    await untilProblem(session, problem);
    const summary = await stopped(session);
    assert.deepEqual([summary['path'], summary['problem']], [null, problem]);
    isUntouched();
  });
});

describe('a named file that is none', () => {
  const pipe = join(product.folder(), 'pipe');
  before(() => execFileSync('mkfifo', [pipe]));

  it('holds up no end: not as the place of the summary', async () => {
    const session = await product.start(connection, { settings: { summary_out: pipe } });
    const problem = `The summary cannot be added to ${pipe}: ${pipe} is a named pipe, where a regular file was to be. Nothing is written there; name a place that is reached without links.`;
    await untilProblem(session, problem);
    await session.ask('echo on it goes');
    await connection.sendRequest(p.sessionConfigure, { session: session.uid, settings: { summary_out: '/dev/zero' }, from: 'cli' });
    await untilProblem(session, problem.replace(`to ${pipe}: ${pipe} is a named pipe`, 'to /dev/zero: /dev/zero is a device'));
    await connection.sendRequest(p.sessionConfigure, { session: session.uid, settings: { summary_out: null }, from: 'cli' });
    await untilProblem(session, null);
    await connection.sendRequest(p.sessionConfigure, { session: session.uid, settings: { summary_out: pipe }, from: 'cli' });
    assert.equal((await stopped(session))['problem'], problem);
  });

  it('is no file whose changes are told', async () => {
    const session = await product.start(connection, { settings: { watch_file: pipe } });
    await untilProblem(session, `Changes of ${pipe} are not told to the agent: it is a named pipe.`);
    await session.ask('echo on it goes');
    assert.equal((await stopped(session))['problem'], undefined);
  });
});
