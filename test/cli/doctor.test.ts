import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { dist } from '../support/product.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
before(() => shell.json('run', 'demo', '--id', 'stitch-one', '--cwd', shell.product.folder(), '--detach'));
after(() => shell.dispose());

interface Finding { what: string; is: string; found: string; todo: string | null }

test('doctor looks at everything, and says what to do where something is missing', async () => {
  const findings = await shell.json<Finding[]>('doctor');
  const state = Object.fromEntries(findings.map(({ what, is }) => [what, is]));
  assert.deepEqual({ ...state, 'Claude Code': undefined }, { 'session host': 'ok', 'state directory': 'ok', disk: 'ok', git: 'ok', 'Claude Code': undefined, 'Demo agent': 'ok' });
  const claude = findings.find(({ what }) => what === 'Claude Code');
  assert.equal(claude?.is, 'note');
  assert.ok(claude.todo);
  const { code, stdout } = await shell.run('doctor');
  assert.equal(code, 0);
  assert.match(stdout, /^WHAT\s+IS\s+FOUND\s+WHAT TO DO\n/);
});

test('completion in a real bash offers verbs, options and sessions', async () => {
  const bin = join(shell.product.home, 'bin');
  execFileSync('mkdir', ['-p', bin]);
  writeFileSync(join(bin, 'backstitch'), `#!/bin/sh\nexec '${process.execPath}' '${dist('cli.mjs')}' "$@"\n`);
  chmodSync(join(bin, 'backstitch'), 0o755);
  const complete = (...words: string[]): string[] => {
    const script = `source <(backstitch completion bash); COMP_WORDS=(backstitch ${words.join(' ')}); COMP_CWORD=${words.length}; COMP_WORDS[${words.length}]="\${COMP_WORDS[${words.length}]-}"; _backstitch; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', script], { encoding: 'utf8', env: { ...shell.product.env, PATH: `${bin}:${shell.product.env['PATH']}` } }).trim().split('\n');
  };
  assert.deepEqual(complete('sw'), ['switch']);
  assert.deepEqual(complete('rewind', '--dry'), ['--dry-run']);
  assert.deepEqual(complete('send', '--id', 'stitch'), ['stitch-one']);
  for (const other of ['zsh', 'fish']) assert.match((await shell.run('completion', other)).stdout, /rewind/);
  assert.equal((await shell.run('completion', 'tcsh')).code, 2);
});
