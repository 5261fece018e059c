import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { dist } from '../support/product.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
after(() => shell.dispose());
const { home } = shell.product;
const names = ['backstitch-dispatch', 'backstitch-chain', 'backstitch-buddy'];
const at = (folder: string, name: string): string => join(folder, name, 'SKILL.md');
const done = async (...args: string[]): Promise<{ code: number | null; ok: boolean; files: { path: string; is: string }[] }> => {
  const { code, stdout } = await shell.run('skills', ...args, '--json');
  return { code, ...(JSON.parse(stdout) as { ok: boolean; files: { path: string; is: string }[] }) };
};
const is = ({ files }: { files: { is: string }[] }): string[] => files.map((file) => file.is);

test('skills are written where the agents read them, brought up to date, and removed without a trace', async () => {
  const folder = join(home, '.claude/skills');
  const first = await done('install');
  assert.deepEqual([first.code, first.ok, first.files], [0, true, names.map((name) => ({ path: at(folder, name), is: 'written' }))]);
  for (const name of names) assert.match(readFileSync(at(folder, name), 'utf8'), new RegExp(`^---\\nname: ${name}\\ndescription: .{60,}\\n---\\n`));
  assert.deepEqual(is(await done('install')), ['same', 'same', 'same']);
  mkdirSync(join(home, '.codex'));
  assert.deepEqual(is(await done('install', '--user')), ['same', 'same', 'same', 'written', 'written', 'written'], 'also for an agent that has come since');
  assert.deepEqual(is(await done('install', '--agent', 'codex')), ['same', 'same', 'same']);
  assert.deepEqual(is(await done('uninstall')), Array.from({ length: 6 }, () => 'removed'));
  assert.equal(existsSync(dirname(at(folder, 'backstitch-chain'))), false);
  assert.deepEqual(is(await done('uninstall', '--agent', 'claude')), ['absent', 'absent', 'absent']);
});

test('a file that is not ours, or was changed since, is never touched', async () => {
  const folder = join(home, 'elsewhere');
  await done('install', '--folder', folder);
  appendFileSync(at(folder, 'backstitch-dispatch'), 'My own words.\n');
  writeFileSync(at(folder, 'backstitch-chain'), 'Not yours.\n');
  const mine = join(home, 'my-buddy');
  mkdirSync(mine);
  writeFileSync(join(mine, 'SKILL.md'), readFileSync(at(folder, 'backstitch-buddy')));
  execFileSync('rm', ['-r', dirname(at(folder, 'backstitch-buddy'))]);
  symlinkSync(mine, dirname(at(folder, 'backstitch-buddy')));
  for (const verb of ['install', 'uninstall']) {
    const { code, ok, files } = await done(verb, '--folder', folder);
    assert.deepEqual([code, ok, files.map((file) => file.is)], [1, false, ['left', 'left', 'left']]);
  }
  assert.match(readFileSync(at(folder, 'backstitch-dispatch'), 'utf8'), /My own words\.\n$/);
  assert.equal(readFileSync(at(folder, 'backstitch-chain'), 'utf8'), 'Not yours.\n');
  assert.equal(existsSync(join(mine, 'SKILL.md')), true);
  const { stdout } = await shell.run('skills', 'uninstall', '--folder', folder);
  assert.match(stdout, new RegExp(`^Left alone, since it is not ours, was changed since, or is reached through a link: ${at(folder, 'backstitch-chain')}$`, 'm'));
});

test('nothing is written or removed through a link that a repository holds', async () => {
  const repository = shell.product.folder('cloned');
  const outside = shell.product.folder('outside');
  execFileSync('git', ['init', '-q', repository]);
  symlinkSync(outside, join(repository, '.claude'));
  const inClone = async (verb: string): Promise<string[]> => {
    const { stdout } = await promisify(execFile)(process.execPath, [dist('cli.mjs'), 'skills', verb, '--repo', '--agent', 'claude', '--json'],
      { cwd: repository, env: shell.product.env }).catch((failed: { stdout: string }) => failed);
    return is(JSON.parse(stdout) as { files: { is: string }[] });
  };
  assert.deepEqual(await inClone('install'), ['left', 'left', 'left']);
  assert.deepEqual(readdirSync(outside), []);
  for (const [way, to] of [[join(repository, '.claude'), null], [join(repository, '.claude/skills'), outside]] as const) {
    rmSync(way, { force: true });
    if (to === null) mkdirSync(way);
    else symlinkSync(to, way);
  }
  assert.deepEqual(await inClone('install'), ['left', 'left', 'left']);
  assert.deepEqual(readdirSync(outside), []);
  await done('install', '--folder', outside);
  assert.deepEqual(await inClone('uninstall'), ['left', 'left', 'left']);
  assert.deepEqual(readdirSync(outside), [...names].sort());
});

test('a home whose folders are links of the user is written through them', async () => {
  const dotfiles = shell.product.folder('dotfiles');
  symlinkSync(dotfiles, join(home, '.linked'));
  const { code } = await shell.start(['skills', 'install', '--agent', 'claude', '--json'], '', { CLAUDE_CONFIG_DIR: join(home, '.linked') }).ran;
  assert.equal(code, 0);
  assert.deepEqual(readdirSync(join(dotfiles, 'skills')), [...names].sort());
});

test('what another version of ours wrote is brought up to date', async () => {
  const folder = join(home, 'older');
  await done('install', '--folder', folder);
  const path = at(folder, 'backstitch-chain');
  const [text = '', mark = ''] = readFileSync(path, 'utf8').split(/\n(?=<!-- written by)/);
  const older = `${text.trimEnd()} Of an older version.\n`;
  const { createHash } = await import('node:crypto');
  writeFileSync(path, `${older}\n${mark.replace(/[0-9a-f]{64}/, createHash('sha256').update(older).digest('hex'))}`);
  assert.deepEqual(is(await done('install', '--folder', folder)), ['same', 'written', 'same']);
  assert.doesNotMatch(readFileSync(path, 'utf8'), /older version/);
});

test('in a repository they go to its root; mistakes are named', async () => {
  const folder = shell.product.folder();
  execFileSync('git', ['init', '-q', folder]);
  const { files } = await done('install', '--repo');
  assert.deepEqual(files.map(({ path }) => path), names.map((name) => at(join(folder, '.claude/skills'), name)));
  assert.equal((await shell.run('skills', 'install', '--agent', 'nobody')).code, 2);
  assert.equal((await shell.run('skills', 'install', '--user', '--repo')).code, 2);
  assert.equal((await shell.run('skills', 'install', '--folder', folder, '--repo')).code, 2);
});

test('recipes are found by name, beginning or part; the guide is printed', async () => {
  assert.deepEqual((await shell.json<{ name: string }[]>('recipes')).map(({ name }) => name), ['01_fire_and_watch', '02_chain_implement', '03_buddy']);
  assert.match((await shell.run('recipes', 'list')).stdout, /^RECIPE\s+WHAT\n01_fire_and_watch\s+Fire and watch/);
  for (const name of ['02_chain_implement', '02', 'CHAIN', 'implement']) assert.match((await shell.run('recipes', 'show', name)).stdout, /^# Chain: plan, review, implement/);
  assert.equal((await shell.json('recipes', 'show', 'buddy'))['name'], '03_buddy');
  const { code, stderr } = await shell.run('recipes', 'show', '0');
  assert.deepEqual([code, stderr], [2, 'backstitch: “0” may be 01_fire_and_watch or 02_chain_implement or 03_buddy.\n']);
  assert.equal((await shell.run('recipes', 'show', 'knitting')).code, 2);
  assert.match((await shell.run('guide')).stdout, /^# Backstitch in a shell: the guide\n/);
});
