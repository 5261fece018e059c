import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { spawnTerminal } from '../../../src/node/pty.ts';
import { findSessionStarter } from '../../../src/node/ptySession.ts';
import { readToTheEnd, type Reader } from './endOfOutput.ts';
import { bundledFor, otherNodes } from './otherNodes.ts';
import { ended, eventually, program, start, textOf } from './support.ts';

const ways = [['by setsid', findSessionStarter()], ["by node-pty's fork", null]] as const;

const folder = mkdtempSync(join(tmpdir(), 'backstitch-pty-'));
let bundling: Promise<string> | undefined;
const bundle = (): Promise<string> => bundling ??= bundledFor(join(import.meta.dirname, 'endOfOutput.program.ts'), folder);
after(() => rmSync(folder, { recursive: true, force: true }));

/** In 300 rounds a Node that cuts the end of a stream shows it; as many are run before a release (BACKSTITCH_PTY_ROUNDS=300). */
describe('the end of the output is never lost', () => {
  const roundsOf = (reader: Reader): number => Number(process.env['BACKSTITCH_PTY_ROUNDS'] ?? (reader === 'plain' ? 15 : 5));

  for (const reader of ['plain', 'slow', 'paused'] as const) {
    test(`1 MB, ${reader} reader, ${roundsOf(reader)} times`, () => readToTheEnd(folder, reader, roundsOf(reader)));
    // The libuv of another Node has another end of a stream.
    for (const { path, version } of otherNodes()) {
      test(`1 MB, ${reader} reader, ${roundsOf(reader)} times, on Node ${version}`, async () => {
        assert.equal(await outputOf(path, [await bundle(), folder, reader, String(roundsOf(reader))]), 'nothing lost\n');
      });
    }
  }

  test('a terminal that nobody listens to yet loses nothing', async () => {
    const terminal = start(['sh', '-c', 'echo early; exit 0']);
    await eventually(() => !isAlive(terminal.pid));
    // node-pty by itself destroys its reader 200 ms after the child's end.
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await textOf(terminal), 'early\r\n');
  });

  // Node 24's libuv loses nothing either way; the libuv of VS Code's own Node drops what is unread when the last holder of the child's side goes.
  for (const [name, starter] of ways) {
    test(`the child's side stays open until the exit is told, ${name}`, async () => {
      const terminal = start(['sh', '-c', 'tty; exit 3'], {}, starter);
      let text = '';
      terminal.onData((data) => {
        text += Buffer.from(data).toString();
        terminal.pause();
      });
      await eventually(() => text.endsWith('\n') && !isAlive(terminal.pid));
      const path = text.trim();
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.ok(openPaths('self').includes(path));
      const end = ended(terminal);
      terminal.resume();
      assert.deepEqual(await end, { code: 3, signal: null });
      await eventually(() => !openPaths('self').includes(path));
    });
  }

  test('a background process that keeps the terminal does not hold back the exit', async () => {
    const terminal = start(['bash', '-c', 'trap "" HUP; (while :; do echo noise; sleep 0.01; done) & echo $!; exit 4']);
    let text = '';
    terminal.onData((data) => (text += Buffer.from(data).toString()));
    assert.deepEqual(await ended(terminal), { code: 4, signal: null });
    process.kill(Number(/\d+/.exec(text)![0]), 'SIGKILL');
  });
});

describe('terminals are apart', () => {
  test('no child holds a master of another, however many come and go', async () => {
    const terminals = [];
    for (let round = 0; round < 6; round++) {
      const passing = start(['true']);
      passing.onData(() => {});
      const passed = ended(passing);
      const terminal = start(['sh', '-c', 'echo ready; exec cat']);
      terminals.push(terminal);
      let text = '';
      terminal.onData((data) => (text += Buffer.from(data).toString()));
      await eventually(() => text === 'ready\r\n');
      await passed;
      const held = openPaths(String(terminal.pid));
      assert.deepEqual(held.filter((path) => /ptmx/.test(path)), []);
      assert.equal(held.filter((path) => path.startsWith('/dev/pts/')).length, 3);
    }
    assert.equal(openPaths('self').filter((path) => /ptmx/.test(path)).length, 6, 'ours are what the filter looks for');
    for (const terminal of terminals) terminal.kill('SIGKILL');
    await Promise.all(terminals.map(ended));
  });

  test('the child leads a session of its own and has its terminal', async () => {
    const terminal = start(['sh', '-c', 'ps -o pid=,sess=,tpgid= -p $$; tty; echo direct > /dev/tty']);
    const [ids, path, direct] = (await textOf(terminal)).trim().split('\r\n');
    assert.deepEqual(ids!.trim().split(/ +/).map(Number), [terminal.pid, terminal.pid, terminal.pid]);
    assert.match(path!, /^\/dev\/pts\/\d+$/);
    assert.equal(direct, 'direct');
  });

  test("where there is no setsid, node-pty's own fork serves", async () => {
    const terminal = start(['sh', '-c', 'stty size; echo $TERM; kill -TERM $$'], { cols: 91, rows: 17, env: { PATH: process.env['PATH'] } }, null);
    const end = ended(terminal);
    assert.equal(await textOf(terminal), '17 91\r\nxterm-256color\r\n');
    assert.deepEqual(await end, { code: null, signal: 'SIGTERM' });
  });
});

describe('launch errors are values', () => {
  const base = { env: { PATH: process.env['PATH'] }, cwd: folder, cols: 80, rows: 24 };
  test('no such program', () => {
    const result = spawnTerminal({ ...base, argv: ['backstitch-no-such-program'] });
    assert.match(result.is === 'failed' ? result.problem : result.is, /^The program backstitch-no-such-program was not found in any of \d+ folders of PATH, or may not be executed\.$/);
  });
  test('a file that may not be executed', () => {
    writeFileSync(join(folder, 'plain'), '#!/bin/sh\n', { mode: 0o644 });
    assert.deepEqual(spawnTerminal({ ...base, argv: [join(folder, 'plain')] }), { is: 'failed', problem: `The program ${join(folder, 'plain')} was not found, or may not be executed.` });
  });
  test('no such folder', () => {
    assert.deepEqual(spawnTerminal({ ...base, argv: ['sh'], cwd: '/no/such/folder' }), { is: 'failed', problem: 'The folder /no/such/folder does not exist.' });
  });
  test('no program at all', () => {
    assert.deepEqual(spawnTerminal({ ...base, argv: [] }), { is: 'failed', problem: 'There is no program to start.' });
  });
});

describe('a running terminal', () => {
  test('has the size, folder and exactly the environment it was given', async () => {
    const terminal = start(['sh', '-c', 'stty size; pwd; env | sort'], { env: { PATH: process.env['PATH'], TERM: 'xterm-test', ABSENT: undefined, GIVEN: 'yes' }, cwd: folder, cols: 91, rows: 17 });
    const lines = (await textOf(terminal)).trim().split('\r\n');
    assert.deepEqual(lines.slice(0, 2), ['17 91', folder]);
    assert.deepEqual(lines.slice(2).filter((line) => !/^(_|OLDPWD|SHLVL)=/.test(line)), ['GIVEN=yes', `PATH=${process.env['PATH']}`, `PWD=${folder}`, 'TERM=xterm-test']);
  });

  test('tells the child of a new size', async () => {
    const terminal = start(['bash', '-c', 'trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.01; done']);
    let text = '';
    terminal.onData((data) => (text += Buffer.from(data).toString()));
    await eventually(() => text.includes('ready'));
    terminal.resize(132, 43);
    await ended(terminal);
    assert.match(text, /43 132/);
  });

  test('gives the signal that ended the child', async () => {
    const terminal = start(['sleep', '1000']);
    terminal.onData(() => {});
    const end = ended(terminal);
    terminal.kill('SIGTERM');
    assert.deepEqual(await end, { code: null, signal: 'SIGTERM' });
  });

  test('echoes what is written', async () => {
    const terminal = start(['cat']);
    let text = '';
    terminal.onData((data) => (text += Buffer.from(data).toString()));
    terminal.write('one\n');
    terminal.write(Buffer.from('zwö\n'));
    await eventually(() => text === 'one\r\nzwö\r\none\r\nzwö\r\n' || text === 'one\r\none\r\nzwö\r\nzwö\r\n');
    terminal.write('\x04');
    await ended(terminal);
  });

  test('after its end nothing does anything, and no descriptor is left', async () => {
    const before = openDescriptors();
    for (let round = 0; round < 20; round++) {
      const terminal = start(['true']);
      terminal.onData(() => {});
      await ended(terminal);
      terminal.write('late');
      terminal.resize(10, 10);
      terminal.kill('SIGKILL');
      terminal.pause();
      terminal.resume();
    }
    await eventually(() => openDescriptors() <= before);
  });

  test('1 MB reaches a raw child whole and in order, though it begins to read late', async () => {
    const child = program(folder, 'late.mjs', `
      import { createHash } from 'node:crypto';
      process.stdin.setRawMode(true);
      console.log('ready');
      const hash = createHash('sha256');
      let size = 0;
      setTimeout(() => process.stdin.on('data', (data) => {
        hash.update(data);
        size += data.length;
        if (size >= 1048576) { console.log(size + ' ' + hash.digest('hex')); process.exit(0); }
      }), 300);
    `);
    const sent = Buffer.from(Array.from({ length: 1 << 20 }, (_, at) => 33 + ((at * 31) % 90)));
    const terminal = start([process.execPath, child]);
    let text = '';
    terminal.onData((data) => {
      text += Buffer.from(data).toString();
      if (text === 'ready\r\n') terminal.write(sent);
    });
    await ended(terminal);
    assert.equal(text, `ready\r\n1048576 ${createHash('sha256').update(sent).digest('hex')}\r\n`);
  });

  test('a child that does not read costs next to nothing while 1 MB waits for it', async () => {
    const terminal = start(['sh', '-c', 'stty raw -echo; echo ready; exec sleep 1000']);
    let text = '';
    terminal.onData((data) => (text += Buffer.from(data).toString()));
    await eventually(() => text.includes('ready'));
    terminal.write(Buffer.alloc(1 << 20, 'x'));
    const cpu = process.cpuUsage();
    const from = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { user, system } = process.cpuUsage(cpu);
    const share = (user + system) / 1000 / (performance.now() - from);
    terminal.kill('SIGKILL');
    await ended(terminal);
    // Spinning takes 0.8 of a core.
    assert.ok(share < 0.2, `${share}`);
  });
});

const outputOf = (path: string, args: string[]): Promise<string> => new Promise((resolve, reject) => {
  execFile(path, args, (error, stdout, stderr) => (error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(stdout)));
});

/** What the descriptors of a process stand for. */
const openPaths = (process: string): string[] => readdirSync(`/proc/${process}/fd`).flatMap((fd) => {
  try {
    return [readlinkSync(`/proc/${process}/fd/${fd}`)];
  } catch {
    // The descriptor that listed the folder.
    return [];
  }
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const openDescriptors = (): number => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
