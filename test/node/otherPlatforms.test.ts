import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { lockNameOf } from '../../src/node/eventLogLock.ts';
import { electionPipe } from '../../src/node/hostSocket.ts';
import { WindowsTerminal, type WindowsPty } from '../../src/node/ptyWindows.ts';
import { startInPs, startInStat, startOf } from '../../src/node/runProcess.ts';

test('names of pipes on Windows, and of the sockets in their place', () => {
  assert.equal(electionPipe('C:\\Users\\u\\AppData\\Local\\Backstitch', 3), '\\\\.\\pipe\\backstitch-elect-e9ad0ad0b5dbf123-3');
  assert.equal(lockNameOf('C:\\state\\events\\a.jsonl', 'win32'), '\\\\.\\pipe\\backstitch-log-4d06ee2fef28');
  assert.equal(lockNameOf('/state/events/a.jsonl', 'darwin'), 'log-2d4cad97148a.sock');
  assert.equal(lockNameOf('/state/events/a.jsonl', 'linux'), 'log-2d4cad97148a.sock');
});

test('when a process began: in the words of macOS', () => {
  assert.equal(startInPs('Ss+  Sat Jan  3 09:05:07 2026\n'), 'Sat Jan 3 09:05:07 2026');
  assert.equal(startInPs('   R    Sat Jan 31 19:05:07 2026    \n'), 'Sat Jan 31 19:05:07 2026');
  assert.equal(startInPs('Z    Sat Jan 31 19:05:07 2026\n'), null);
  assert.equal(startInPs(''), null);
});

test('when a process began: in the words of Linux, whatever the program is called', () => {
  const fields = 'S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 123456 0 0';
  assert.equal(startInStat(`7 (sh) ${fields}`), '123456');
  assert.equal(startInStat(`7 (a) Z b) ${fields}`), '123456');
  assert.equal(startInStat(`7 (sh) ${fields.replace('S', 'Z')}`), null);
  assert.equal(startInStat(''), null);
});

test('a process is the same one for every language and time zone, and none once it has ended', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)'], { stdio: 'ignore' });
  const pid = child.pid ?? 0;
  for (const platform of ['linux', 'darwin']) {
    const started = startOf(pid, platform);
    assert.ok(started, platform);
    const elsewhere = spawnSync(process.execPath, ['--input-type=module', '-e', `
      const { startOf } = await import(${JSON.stringify(new URL('../../src/node/runProcess.ts', import.meta.url).href)});
      process.stdout.write(String(startOf(${pid}, '${platform}')));`], { encoding: 'utf8', env: { PATH: process.env['PATH'], TZ: 'Asia/Tokyo', LC_ALL: 'C.UTF-8' } });
    assert.equal(elsewhere.stdout, started, elsewhere.stderr);
  }
  assert.equal(startOf(pid, 'win32'), null);
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (const platform of ['linux', 'darwin']) assert.equal(startOf(pid, platform), null);
});

test('a terminal behind ConPTY: bytes in, bytes out, sizes that it can have, and one way to end', () => {
  const calls: string[] = [];
  let tell: (text: string) => void = () => undefined;
  let end: (how: { exitCode: number }) => void = () => undefined;
  const ends: ((end: { exitCode: number }) => void)[] = [];
  const pty: WindowsPty = {
    pid: 7, write: (data) => calls.push(`write ${data.toString()}`), resize: (cols, rows) => calls.push(`resize ${cols}x${rows}`),
    pause: () => calls.push('pause'), resume: () => calls.push('resume'), kill: () => calls.push('kill'),
    onData: (listener) => { tell = listener; return { dispose: () => undefined }; },
    onExit: (listener) => { ends.push(listener); end = (how) => ends.forEach((one) => one(how)); return { dispose: () => undefined }; },
  };
  const terminal = new WindowsTerminal(pty);
  const told: unknown[] = [];
  terminal.onData((data) => told.push(Buffer.from(data).toString()));
  terminal.onExit((how) => told.push(how));
  terminal.write('dir\r');
  terminal.write(new Uint8Array([0xc3, 0xa9]));
  terminal.resize(80, 24);
  terminal.kill('SIGINT');
  terminal.kill('SIGWINCH');
  terminal.kill('SIGTERM');
  tell('é');
  end({ exitCode: 3 });
  terminal.write('late');
  terminal.resize(90, 30);
  terminal.kill('SIGKILL');
  assert.equal(terminal.pid, 7);
  assert.deepEqual(calls, ['write dir\r', 'write é', 'resize 80x24', 'kill']);
  assert.deepEqual(told, ['é', { code: 3, signal: null }]);
});
