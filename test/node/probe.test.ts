import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { probeEnvironment } from '../../src/node/probe.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstitch-probe-'));
after(() => rmSync(folder, { recursive: true, force: true }));
for (const name of ['first', 'second']) mkdirSync(join(folder, name));
writeFileSync(join(folder, 'first', 'tool'), '#!/bin/sh\n');
writeFileSync(join(folder, 'second', 'tool'), '#!/bin/sh\necho "$GIVEN $1"\necho problem >&2\nexit 3\n');
chmodSync(join(folder, 'second', 'tool'), 0o755);
mkdirSync(join(folder, 'first', 'folder'));

const at = probeEnvironment({ PATH: `relative:${folder}/first:${folder}/second:/usr/bin:/bin`, GIVEN: 'yes' }, (name) => `/dist/${name}`);

test('a program is found where it may be executed', async () => {
  assert.equal(await at.which('tool'), join(folder, 'second', 'tool'));
  assert.equal(await at.which('folder'), null);
  assert.equal(await at.which('backstitch-no-such-program'), null);
  assert.equal(await at.which(''), null);
});

test('a program runs with the given environment alone', async () => {
  assert.deepEqual(await at.run(join(folder, 'second', 'tool'), ['--version']), { code: 3, stdout: 'yes --version\n', stderr: 'problem\n' });
});

test('a program that is not there, or waits for input, is no trouble', async () => {
  assert.equal((await at.run('/no/such/program', [])).code, null);
  assert.deepEqual(await at.run('/bin/cat', []), { code: 0, stdout: '', stderr: '' });
});

test('a text file, or null', async () => {
  assert.equal(await at.readText(join(folder, 'first', 'tool')), '#!/bin/sh\n');
  assert.equal(await at.readText(folder), null);
  assert.equal(at.bundled('cli.mjs'), '/dist/cli.mjs');
});
