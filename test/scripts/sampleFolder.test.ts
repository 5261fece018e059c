import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sampleFolder } from '../../scripts/sampleFolder.mjs';
import { root } from '../support/sources.ts';

test('a second start finds the files of the first, and of whoever worked there', (t) => {
  const place = mkdtempSync(join(tmpdir(), 'sample-'));
  t.after(() => rmSync(place, { recursive: true }));
  const folder = sampleFolder(join(place, 'start'));
  const git = (...words: string[]): string => execFileSync('git', words, { cwd: folder, encoding: 'utf8' });
  assert.deepEqual(readdirSync(folder).sort(), ['.git', 'README.md', 'package.json', 'src', 'test']);
  assert.equal(git('log', '--format=%s'), 'Word count\n');
  assert.equal(git('status', '--short'), '');

  writeFileSync(join(folder, 'src/main.js'), '// mine\n');
  writeFileSync(join(folder, 'notes.md'), 'an agent wrote this\n');
  rmSync(join(folder, 'README.md'));
  assert.equal(sampleFolder(join(place, 'start')), folder);
  assert.equal(readFileSync(join(folder, 'src/main.js'), 'utf8'), '// mine\n');
  assert.equal(readFileSync(join(folder, 'notes.md'), 'utf8'), 'an agent wrote this\n');
  assert.equal(readFileSync(join(folder, 'README.md'), 'utf8'), readFileSync(join(root, 'scripts/sampleWorkspace/README.md'), 'utf8'));
  assert.equal(git('log', '--format=%s'), 'Word count\n');
  assert.equal(git('status', '--short'), ' M src/main.js\n?? notes.md\n');
});
