import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { commandFileOf } from '../../src/vscode/commandFile.ts';

test('the command runs our command line with the given Node, whatever stands in the paths', () => {
  const directory = mkdtempSync(path.join(tmpdir(), "backstitch's \"bin\" "));
  try {
    const cli = path.join(directory, 'cli.mjs');
    writeFileSync(cli, 'console.log(JSON.stringify([process.argv.slice(2), process.env.ELECTRON_RUN_AS_NODE]));');
    for (const execPath of [process.execPath, '/no/such/node']) {
      const { name, content } = commandFileOf('linux', execPath, cli);
      const file = path.join(directory, name);
      writeFileSync(file, content);
      chmodSync(file, 0o755);
      const env = { PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin` };
      assert.deepEqual(JSON.parse(execFileSync(file, ['send', 'a b', "it's"], { encoding: 'utf8', env })), [['send', 'a b', "it's"], '1']);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('on Windows it is a batch file', () => {
  assert.deepEqual(commandFileOf('win32', 'C:\\Code\\Code.exe', 'C:\\e\\dist\\cli.mjs'), {
    name: 'backstitch.cmd', content: '@echo off\r\nset ELECTRON_RUN_AS_NODE=1\r\n"C:\\Code\\Code.exe" "C:\\e\\dist\\cli.mjs" %*\r\n',
  });
});
