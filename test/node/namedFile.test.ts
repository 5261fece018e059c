import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { withinBound } from '../../src/node/boundedWork.ts';
import { NamedFile } from '../../src/node/namedFile.ts';
import { readTextFile, readTextFileSync } from '../../src/node/regularFile.ts';

const place = realpathSync(mkdtempSync(join(tmpdir(), 'named-')));
const repository = join(place, 'repository');
const outside = join(place, 'outside');
mkdirSync(join(repository, 'koder'), { recursive: true });
mkdirSync(outside);
writeFileSync(join(outside, 'profile'), 'mine\n');

const named = (path: string): NamedFile => new NamedFile(join(repository, path), repository);
const refused = (path: string, what: string): string => `${path} is ${what}. Nothing is written there; name a place that is reached without links.`;

/** Neither a look nor an attempt to add says anything else. */
async function isRefused(path: string, sentence: string): Promise<void> {
  assert.equal(await named(path).problem(), sentence);
  assert.equal(await named(path).append('row\n'), sentence);
}

describe('a file that a user named', () => {
  it('is made with its folders, and added to', async () => {
    const file = named('new/folder/rows.jsonl');
    assert.equal(await file.problem(), null);
    assert.deepEqual(readdirSync(repository), ['koder'], 'a look makes nothing');
    assert.deepEqual([await file.append('one\n'), await file.append('two\n')], [null, null]);
    assert.equal(readFileSync(join(repository, 'new/folder/rows.jsonl'), 'utf8'), 'one\ntwo\n');
  });

  it('is not reached through a link, wherever the link stands on the way and wherever it leads', async () => {
    symlinkSync('../../outside/profile', join(repository, 'koder/DISPATCH.jsonl'));
    symlinkSync('nowhere', join(repository, 'koder/dangling'));
    symlinkSync('new', join(repository, 'inner'));
    symlinkSync('../outside', join(repository, 'out'));
    await isRefused('koder/DISPATCH.jsonl', refused(join(repository, 'koder/DISPATCH.jsonl'), 'a link, where a regular file was to be'));
    await isRefused('koder/dangling', refused(join(repository, 'koder/dangling'), 'a link, where a regular file was to be'));
    await isRefused('inner/rows.jsonl', refused(join(repository, 'inner'), 'a link, where a folder was to be'));
    await isRefused('out/deeper/rows.jsonl', refused(join(repository, 'out'), 'a link, where a folder was to be'));
    assert.deepEqual([readdirSync(outside), readFileSync(join(outside, 'profile'), 'utf8')], [['profile'], 'mine\n']);
  });

  it('is not reached through a link of another folder than the session works in', async () => {
    const inPackage = new NamedFile(join(repository, 'out/rows.jsonl'), join(repository, 'new'));
    assert.equal(await inPackage.append('row\n'), refused(join(repository, 'out'), 'a link, where a folder was to be'));
  });

  it('is a regular file: no folder, named pipe, device, socket, and no second name of a file', async () => {
    execFileSync('mkfifo', [join(repository, 'pipe')]);
    linkSync(join(outside, 'profile'), join(repository, 'second'));
    const server = createServer().listen(join(repository, 'socket'));
    await new Promise((resolve) => { server.once('listening', resolve); });
    await isRefused('koder', refused(join(repository, 'koder'), 'a folder, where a regular file was to be'));
    await isRefused('pipe', refused(join(repository, 'pipe'), 'a named pipe, where a regular file was to be'));
    await isRefused('socket', refused(join(repository, 'socket'), 'a socket, where a regular file was to be'));
    await isRefused('second', refused(join(repository, 'second'), 'a file that has another name as well (a hard link)'));
    await isRefused('second/below', refused(join(repository, 'second'), 'a file, where a folder was to be'));
    assert.equal(await new NamedFile('/dev/zero', repository).append('row\n'), refused('/dev/zero', 'a device, where a regular file was to be'));
    await new Promise((resolve) => { server.close(resolve); });
    assert.equal(readFileSync(join(outside, 'profile'), 'utf8'), 'mine\n');
  });

  it('of a session whose own folder was named through a link is reached', async () => {
    symlinkSync(repository, join(place, 'alias'));
    assert.equal(await new NamedFile(join(place, 'alias/aliased.jsonl'), join(place, 'alias')).append('row\n'), null);
    assert.equal(readFileSync(join(repository, 'aliased.jsonl'), 'utf8'), 'row\n');
  });

  it('is never outside, however often a folder on the way is exchanged with a link meanwhile', async () => {
    const swapped = join(repository, 'swapped');
    let isOver = false;
    const swapping = (async () => {
      for (let round = 0; !isOver; round++) {
        rmSync(swapped, { recursive: true, force: true });
        if (round % 2 === 0) symlinkSync(outside, join(repository, 'lure'));
        else mkdirSync(join(repository, 'lure'));
        try {
          renameSync(join(repository, 'lure'), swapped);
        } catch { // the folder was made anew meanwhile
          rmSync(join(repository, 'lure'), { recursive: true });
        }
        await new Promise((resolve) => { setImmediate(resolve); });
      }
    })();
    for (let round = 0; round < 200; round++) await named('swapped/rows.jsonl').append('row\n');
    isOver = true;
    await swapping;
    assert.deepEqual(readdirSync(outside), ['profile']);
  });

  it('gets each row whole, of however many at once', async () => {
    const rows = Array.from({ length: 60 }, (_, at) => `${JSON.stringify({ at, filling: String(at).repeat(20_000) })}\n`);
    assert.deepEqual([...new Set(await Promise.all(rows.map((row) => named('busy.jsonl').append(row))))], [null]);
    assert.deepEqual(readFileSync(join(repository, 'busy.jsonl'), 'utf8').split('\n').sort(), [...rows.map((row) => row.trimEnd()), ''].sort());
  });
});

describe('a text that is read', () => {
  it('is none where a named pipe, a folder or a device stands', async () => {
    for (const path of [join(repository, 'pipe'), repository, '/dev/zero', join(repository, 'missing')]) {
      assert.equal(await readTextFile(path), null);
      assert.equal(readTextFileSync(path), null);
    }
    assert.equal(await readTextFile(join(outside, 'profile')), 'mine\n');
    assert.equal(readTextFileSync(join(outside, 'profile')), 'mine\n');
  });
});

describe('a disk that does not answer', () => {
  it('is waited for so long and no longer; nothing more is asked of it, and past eight such steps of none', async () => {
    const answers: ((value: string) => void)[] = [];
    const stuck = (): Promise<string> => new Promise((resolve) => { answers.push(resolve); });
    const late = (): string => 'late';
    assert.deepEqual(await Promise.all([withinBound('/away/one', stuck, late, 5), withinBound('/gone', stuck, late, 5)]), ['late', 'late']);
    for (const path of ['/away/one', '/away', '/away/one/deeper', '/']) assert.equal(await withinBound(path, () => assert.fail('begun'), late, 5), 'late');
    assert.equal(await withinBound('/away/other', async () => 'there', late, 5_000), 'there');
    const more = Array.from({ length: 6 }, (_, at) => withinBound(`/more/${at}`, stuck, late, 5));
    assert.deepEqual([...new Set(await Promise.all(more))], ['late']);
    assert.equal(await withinBound('/fine', () => assert.fail('begun'), late, 5), 'late');
    for (const answer of answers) answer('at last');
    await new Promise((resolve) => { setImmediate(resolve); });
    assert.equal(await withinBound('/away/one', async () => 'well again', late, 5_000), 'well again');
  });

  it('does not keep a process that is to end', async () => {
    const module = join(dirname(fileURLToPath(import.meta.url)), '../../src/node/boundedWork.ts');
    const program = `import { open } from 'node:fs/promises'; import { endProcess } from ${JSON.stringify(module)};
      void open(${JSON.stringify(join(repository, 'pipe'))}, 'r'); setTimeout(() => void endProcess(), 50);`;
    const end = await promisify(execFile)(process.execPath, ['--experimental-strip-types', '--no-warnings', '--input-type=module', '-e', program]).catch((error: { signal: string }) => error);
    assert.equal((end as { signal?: string }).signal, 'SIGKILL');
  });
});
