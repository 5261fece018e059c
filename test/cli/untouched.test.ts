import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../src/protocol/protocol.ts';
import type { SessionUnderTest } from '../support/sessionUnderTest.ts';
import { Shell } from './shell.ts';

const odd = 'odd\u001b[2J\n\u202ename.bin';
const largeNames = ['big.bin', odd];
const tooLarge = 'larger than 10 MB';
const repository = 'a repository of its own';
const ignored = 'ignored by git';
const byOthers = { path: 'user.txt', because: 'changed-by-others', why: 'changed by others since' };
const notCovered = [
  { path: 'big.bin', because: 'not-covered', why: tooLarge }, { path: odd, because: 'not-covered', why: tooLarge },
  { path: 'kept', because: 'not-covered', why: ignored }, { path: 'app', because: 'not-covered', why: repository },
];
const sorted = <T extends { path: string }>(list: readonly T[]): T[] => [...list].sort((a, b) => (a.path < b.path ? -1 : 1));

/** What a rewind does not bring back is told wherever one looks: at the seam, before it is done, when it is done, and in the log. */
describe('what a rewind leaves alone', () => {
  const shell = new Shell();
  const folder = shell.product.folder();
  let connection: MessageConnection;
  let session: SessionUnderTest;
  let seam = '';
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

  before(async () => {
    mkdirSync(join(folder, 'kept'));
    write('kept/private.txt', 'private\n');
    write('.gitignore', 'kept\n');
    write('user.txt', 'as it was\n');
    for (const name of largeNames) {
      write(name, '');
      truncateSync(join(folder, name), 12 * 1024 * 1024);
    }
    connection = await shell.product.connect();
    session = await shell.product.start(connection, { id: 'large', cwd: folder });
    await session.idle();
    await session.ask('echo first');
    write('user.txt', 'changed\n');
    await session.send('sleep 1');
    await session.until('the command', (c) => c.checkpoints.some((mark) => mark.before));
    // The command itself only sleeps: what it might have written is written for it.
    for (const name of largeNames) truncateSync(join(folder, name), 12 * 1024 * 1024 + 1);
    execFileSync('git', ['init', '-q', 'app'], { cwd: folder });
    write('app/i', '1\n');
    await session.idle();
    seam = (await session.seams())[0]?.seam ?? '';
  });
  after(() => shell.dispose());

  it('is named at each seam', async () => {
    const seams = await shell.json<{ seam: string; uncovered: { path: string; why: string }[] }[]>('seams', '--id', 'large');
    assert.deepEqual(sorted(seams[0]?.uncovered ?? []), sorted([{ path: 'big.bin', why: tooLarge }, { path: odd, why: tooLarge }, { path: 'kept', why: ignored }]));
    const { stdout } = await shell.run('seams', '--id', 'large');
    assert.match(stdout, /^s1 +prompt +exact +captured in part /m);
    assert.match(stdout, /^s1 to s\d+: Not covered \(larger than 10 MB\): big\.bin, odd<U\+001B>\[2J<U\+000A><U\+202E>name\.bin$/m);
    assert.doesNotMatch(stdout, /\u001b|\u202e/);
  });

  it('is named in the dry run', async () => {
    const preview = await shell.json<p.MovePreview & { unnamed: number }>('rewind', '--id', 'large', '--to', seam, '--dry-run');
    assert.deepEqual(preview.files, []);
    assert.deepEqual([sorted(preview.untouched ?? []), preview.unnamed], [sorted([byOthers, ...notCovered]), 0]);
    const { stdout } = await shell.run('rewind', '--id', 'large', '--to', seam, '--dry-run');
    assert.match(stdout, /^Changed by others: user\.txt$/m);
    assert.match(stdout, /^Not covered \(larger than 10 MB\): big\.bin, odd<U\+001B>\[2J<U\+000A><U\+202E>name\.bin$/m);
    assert.match(stdout, /^Not covered \(a repository of its own\): app$/m);
  });

  it('is named when it is done, in the log, and before the way back', async () => {
    const { files } = await shell.json<{ files: { restored: string[]; untouched: unknown[]; unnamed: number } }>('rewind', '--id', 'large', '--to', seam);
    assert.deepEqual([files.restored, sorted(files.untouched as typeof notCovered), files.unnamed], [[], sorted([byOthers, ...notCovered]), 0]);
    const row = session.events.find((event) => event.type === 'rewound');
    assert.deepEqual(row?.type === 'rewound' && sorted(row.files.untouched ?? []), sorted([byOthers, ...notCovered]));
    const back = await shell.json<p.MovePreview & { branch: string }>('switch', '--id', 'large', '--branch', 'main', '--dry-run');
    assert.deepEqual([back.branch, back.files, sorted(back.untouched ?? [])], ['main', [], sorted(notCovered)]);
    const { stdout } = await shell.run('switch', '--id', 'large', '--branch', 'main');
    assert.match(stdout, /^large is on main, left branch-2 as it was\. No captured file had to be changed\.$/m);
    assert.match(stdout, /^Not covered \(a repository of its own\): app$/m);
    assert.deepEqual([existsSync(join(folder, 'app/i')), readFileSync(join(folder, 'user.txt'), 'utf8')], [true, 'changed\n']);
  });

  it('is bounded, with the number of those that are not named', async () => {
    for (let n = 0; n < 70; n++) write(`user-${n}.txt`, 'mine\n');
    await session.ask('echo on');
    const preview = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam });
    assert.deepEqual([preview.untouched?.length, (preview.unnamed ?? 0) >= 20], [50, true]);
    const { stdout } = await shell.run('rewind', '--id', 'large', '--to', seam, '--dry-run');
    assert.match(stdout, /^Not covered \(larger than 10 MB\): big\.bin, /m);
    assert.match(stdout, /^Changed by others: .* and \d+ more$/m);
    assert.match(stdout, /^And \d+ more paths are left as they are\.$/m);
    assert.ok(stdout.split('\n').length < 20, stdout);
  });
});
