import assert from 'node:assert/strict';
import { chmodSync, lchownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { HumanError } from '../../src/core/errors.ts';
import { closeOldFiles } from '../../src/node/oldFiles.ts';
import { listSessionLogs } from '../../src/node/sessionIndex.ts';
import { shortSocketDirectory } from '../../src/node/socketDirectory.ts';
import { openStateDirectory, stateDirectoryOf } from '../../src/node/stateDirectory.ts';

const temporaryDirectory = (t: TestContext): string => {
  const path = mkdtempSync(join(tmpdir(), 'backstitch-state-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

test('each platform has its own place', () => {
  assert.equal(stateDirectoryOf({}, 'linux', '/home/u'), '/home/u/.local/state/backstitch');
  assert.equal(stateDirectoryOf({ XDG_STATE_HOME: '/s' }, 'linux', '/home/u'), '/s/backstitch');
  assert.equal(stateDirectoryOf({ XDG_STATE_HOME: 'relative' }, 'linux', '/home/u'), '/home/u/.local/state/backstitch');
  assert.equal(stateDirectoryOf({ XDG_STATE_HOME: '' }, 'linux', '/home/u'), '/home/u/.local/state/backstitch');
  assert.equal(stateDirectoryOf({}, 'darwin', '/Users/u'), '/Users/u/Library/Application Support/Backstitch');
  assert.equal(stateDirectoryOf({ LOCALAPPDATA: 'D:\\Local' }, 'win32', 'C:\\Users\\u'), 'D:\\Local\\Backstitch');
  assert.equal(stateDirectoryOf({}, 'win32', 'C:\\Users\\u'), 'C:\\Users\\u\\AppData\\Local\\Backstitch');
  for (const platform of ['linux', 'darwin', 'win32']) assert.equal(stateDirectoryOf({ BACKSTITCH_STATE_DIR: '/x', XDG_STATE_HOME: '/s' }, platform, '/h'), '/x');
});

test('the directory and its parts are created for the user alone', async (t) => {
  const path = join(temporaryDirectory(t), 'deep', 'state');
  const directory = await openStateDirectory(path);
  for (const part of [path, directory.events, directory.output, directory.native, directory.runs, directory.checkpoints, directory.sockets]) {
    assert.equal(statSync(part).mode & 0o777, 0o700);
  }
  assert.equal(directory.eventLogPath('/repo', 'u1'), join(path, 'events', '816fc349d3faebf8--u1.jsonl'));
  assert.equal(directory.outputPath('u1'), join(path, 'output', 'u1.log'));
});

const refuses = (path: string, why: RegExp) =>
  assert.rejects(openStateDirectory(path), (error: HumanError) => {
    assert.equal(error.code, 'unsafe-state-directory');
    assert.match(error.message, why);
    return error.message.includes(path);
  });

test('a directory that others can write is refused, also one of its parts', async (t) => {
  const path = join(temporaryDirectory(t), 'state');
  await openStateDirectory(path);
  chmodSync(join(path, 'events'), 0o777);
  await assert.rejects(openStateDirectory(path), /events cannot be used: others can write/);
  chmodSync(path, 0o777);
  await refuses(path, /others can write to it/);
});

test('one that is named from the folder that one is in is refused, and nothing is made', async (t) => {
  const here = process.cwd();
  process.chdir(temporaryDirectory(t));
  t.after(() => process.chdir(here));
  for (const path of ['state', './state', '../state']) await refuses(path, /it is a relative path/);
  assert.deepEqual(readdirSync('.'), []);
});

test('a directory that others can only read is closed to them', async (t) => {
  const path = join(temporaryDirectory(t), 'state');
  mkdirSync(path);
  chmodSync(path, 0o755);
  await openStateDirectory(path);
  assert.equal(statSync(path).mode & 0o777, 0o700);
});

test('a file in its place is refused; a link of the user is followed, and leads to the real paths', async (t) => {
  const base = temporaryDirectory(t);
  writeFileSync(join(base, 'file'), '');
  await refuses(join(base, 'file'), /it is not a directory/);
  await refuses(join(base, 'file', 'below'), /it is not a directory/);
  mkdirSync(join(base, 'real'), { mode: 0o700 });
  symlinkSync(join(base, 'real'), join(base, 'link'));
  assert.equal((await openStateDirectory(join(base, 'link'))).events, join(base, 'real', 'events'));
});

test('a directory or link of another user is refused', async (t) => {
  // Only root can give a file away; for anybody else every directory of another user is at hand.
  const isRoot = process.getuid?.() === 0;
  const base = temporaryDirectory(t);
  if (!isRoot) return refuses('/', /it belongs to another user/);
  mkdirSync(join(base, 'theirs'), { mode: 0o700 });
  lchownSync(join(base, 'theirs'), 65_534, 65_534);
  await refuses(join(base, 'theirs'), /it belongs to another user/);
  mkdirSync(join(base, 'ours'), { mode: 0o700 });
  symlinkSync(join(base, 'ours'), join(base, 'link'));
  lchownSync(join(base, 'link'), 65_534, 65_534);
  await refuses(join(base, 'link'), /symbolic link that belongs to another user/);
});

test('a directory that cannot be written is refused', async (t) => {
  const path = join(temporaryDirectory(t), 'state');
  mkdirSync(path, { mode: 0o500 });
  // Root may write whatever the mode says, but not there.
  if (process.getuid?.() === 0) await refuses('/proc/self/state', /cannot be created/);
  else await refuses(path, /it is read-only/);
});

test('a short directory for sockets', () => {
  assert.equal(shortSocketDirectory('/long', '/run/user/1000', '/tmp'), '/run/user/1000/bst-5b940717');
  assert.equal(shortSocketDirectory('/long', undefined, '/var/tmp'), '/var/tmp/bst-5b940717');
  assert.equal(shortSocketDirectory('/long', `/${'r'.repeat(80)}`, `/${'t'.repeat(80)}`), '/tmp/bst-5b940717');
});

test('logs are listed newest first, continuations counted with their log, other files passed over', async (t) => {
  const directory = temporaryDirectory(t);
  assert.deepEqual(await listSessionLogs(join(directory, 'none')), []);
  const key = '0123456789abcdef';
  const write = (name: string, bytes: number, at: number) => {
    writeFileSync(join(directory, name), 'x'.repeat(bytes));
    utimesSync(join(directory, name), at, at);
  };
  write(`${key}--old.jsonl`, 10, 1000);
  write(`${key}--new.jsonl`, 20, 900);
  write(`${key}--new.2.jsonl`, 5, 2000);
  write(`${key}--new.jsonl.broken-1`, 7, 3000);
  write('else.jsonl', 7, 3000);
  assert.deepEqual(await listSessionLogs(directory), [
    { uid: 'new', repoKey: key, path: join(directory, `${key}--new.jsonl`), sizeBytes: 25, mtimeMs: 2_000_000 },
    { uid: 'old', repoKey: key, path: join(directory, `${key}--old.jsonl`), sizeBytes: 10, mtimeMs: 1_000_000 },
  ]);
});

test('what earlier versions left open to others in it is closed, and what is linked is left alone', async (t) => {
  const root = temporaryDirectory(t);
  const state = await openStateDirectory(join(root, 'state'));
  writeFileSync(join(root, 'theirs'), '', { mode: 0o644 });
  chmodSync(join(root, 'theirs'), 0o644);
  const open: [string, number, string][] = [
    ['events/a.jsonl', 0o644, '600'], ['output/a.log', 0o666, '600'], ['native/a/b.jsonl', 0o640, '600'], ['runs/a/relay', 0o755, '700'],
    ['checkpoints/a/index', 0o644, '600'], ['native/a', 0o755, '700'],
  ];
  for (const [path, mode] of open) {
    const place = join(state.path, path);
    mkdirSync(dirname(place), { recursive: true });
    if (path !== 'native/a') writeFileSync(place, '');
    chmodSync(place, mode);
  }
  symlinkSync(join(root, 'theirs'), join(state.events, 'link.jsonl'));
  await closeOldFiles([state.events, state.output, state.native, state.runs, state.checkpoints]);
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
  assert.deepEqual(open.map(([path]) => [path, modeOf(join(state.path, path))]), open.map(([path, , mode]) => [path, mode]));
  assert.equal(modeOf(join(root, 'theirs')), '644');
});
