import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root } from '../support/sources.ts';
import { helpsOf, optionsIn } from './helps.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
after(() => shell.dispose());
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const cli = read('docs/cli.md');
const events = read('docs/events.md');

/** The part of docs/cli.md whose heading names the verb. */
const sectionOf = (verb: string): string =>
  cli.split(/^(?=## )/m).find((section) => (/^## (.+)$/m.exec(section)?.[1] ?? '').split(', ').includes(verb)) ?? '';

test('docs/cli.md names every verb, every part of one and every option; each verb shows an example', async () => {
  const missing: string[] = [];
  const all = await helpsOf(shell);
  assert.ok(all.size > 35, 'the verbs were found');
  for (const [words, help] of all) {
    const section = sectionOf(words.split(' ')[0] ?? '');
    if (!new RegExp(`\\b${words}\\b`).test(section)) missing.push(words);
    if (!/Examples?:/.test(help)) missing.push(`${words}: an example`);
    for (const option of optionsIn(help)) {
      if (!['--help', '--json'].includes(option) && !section.includes(option)) missing.push(`${words} ${option}`);
    }
  }
  assert.deepEqual(missing, []);
});

test('docs/events.md is what the table of event types says', () => {
  const made = execFileSync(process.execPath, [join(root, 'scripts/eventsDoc.mjs'), '--print'], { encoding: 'utf8', maxBuffer: 1 << 24 });
  assert.equal(events, made, 'run node scripts/eventsDoc.mjs');
  assert.doesNotMatch(events, /^### \w+\n\n(?: ?\*Durable\.\*)?\n*\|/m, 'each type has a sentence');
});

test('the jq program of docs/events.md works on a real session', async () => {
  const folder = shell.product.folder();
  const git = (...args: string[]): string => execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { encoding: 'utf8' }).trim();
  git('init', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'first');
  await shell.json('run', 'demo', '--id', 'fix-1', '--cwd', folder, '--meta', '{"ticket":7}', '--detach');
  await shell.json('send', '--id', 'fix-1', '--message', 'Sew the first seam', '--wait-for-idle');
  git('add', '-A');
  git('commit', '-q', '-m', 'second');
  await shell.json('stop', '--id', 'fix-1');
  const [, program = ''] = /```sh\n(backstitch events --id fix-1[\s\S]*?)```/.exec(events) ?? [];
  const output = execFileSync('bash', ['-c', program], { encoding: 'utf8', env: shell.inShell(), cwd: folder });
  const rows = output.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(rows.map((row) => Object.keys(row).join(' ')), [
    'start agent pid meta', 'git sha commits', 'said cut forced', 'tokens input output', 'git sha commits', 'exit written_to', 'end code reason',
  ]);
  assert.deepEqual([rows[0]?.['meta'], rows[2]?.['said'], rows[4]?.['commits'], rows[5]?.['exit'], rows[6]?.['code'], rows[6]?.['reason']], [{ ticket: 7 }, 'Sew the first seam', 1, 'success', 0, 'success']);
});
