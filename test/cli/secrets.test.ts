import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hooksOf } from '../support/demoHook.ts';
import { Shell, type Ran } from './shell.ts';

/** Variables as people have them in their shells; the values are made up here. */
const planted = {
  ANTHROPIC_API_KEY: 'sk-ant-planted-0001', GITHUB_TOKEN: 'ghp_planted0002', AWS_SECRET_ACCESS_KEY: 'planted/secret/0003', DATABASE_URL: 'postgres://u:planted-0004@h/d',
  CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat-planted-0005',
};
/** `planted` is in every one of them, and nowhere else. */
const isSecret = (text: string): boolean => text.includes('planted');

const shell = new Shell();
const folder = shell.product.folder();
after(() => shell.dispose());
const run = (...args: string[]): Promise<Ran> => shell.start(args, '', planted).ran;

/** The token by which an agent's hooks may talk to the host: in a file of its run, and nowhere else. */
const tokenOf = (pid: number): string => {
  const { url, token } = hooksOf(pid);
  for (const shown of ['environ', 'cmdline']) {
    const text = readFileSync(`/proc/${pid}/${shown}`, 'utf8');
    assert.ok(!text.includes(token) && !text.includes(url), `neither address nor token is in its ${shown}`);
  }
  return token;
};

const filesIn = (path: string): string[] => readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

test('nothing that is printed or kept tells a variable of the environment, nor a token', async () => {
  const started = await run('run', 'demo', '--id', 'kept', '--cwd', folder, '--detach', '--json');
  assert.equal(started.code, 0, started.stderr);
  const { pid } = JSON.parse(started.stdout) as { pid: number };
  const token = tokenOf(pid);
  assert.ok(token.length >= 16);
  assert.ok(isSecret(readFileSync(`/proc/${pid}/environ`, 'utf8')), 'the agent has them');
  const said: Ran[] = [started, await run('send', '--id', 'kept', '--message', 'Sew one stitch', '--wait-for-idle', '--json')];
  for (const args of [
    ['status', '--json'], ['status', '--id', 'kept', '--json'], ['status', '--all'], ['doctor', '--json'], ['doctor'], ['host', 'status', '--json'], ['host', 'status'],
    ['seams', '--id', 'kept', '--json'], ['branches', '--id', 'kept', '--json'], ['pane', '--id', 'kept', '--json'], ['queue', '--id', 'kept', '--json'], ['watch', '--id', 'kept', '--json'],
    ['stop', '--id', 'kept', '--json'], ['events', '--id', 'kept', '--snapshot'], ['logs', '--id', 'kept'], ['logs', '--id', 'kept', '--raw'], ['resume', '--id', 'kept', '--json'],
  ]) {
    const ran = await run(...args);
    assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stderr}`);
    said.push(ran);
  }
  // A second life has a token of its own.
  const tokens = [token, tokenOf((await shell.json<{ pid: number }>('status', '--id', 'kept')).pid)];
  assert.notEqual(tokens[0], tokens[1]);
  assert.equal((await run('stop', '--id', 'kept')).code, 0);
  const tells = (text: string): boolean => isSecret(text) || tokens.some((one) => text.includes(one));
  assert.deepEqual(said.filter(({ stdout, stderr }) => tells(stdout + stderr)), []);
  const files = filesIn(join(shell.product.home, 'state'));
  assert.ok(files.some((path) => path.includes('/events/')) && files.some((path) => path.includes('/output/')));
  assert.deepEqual(files.filter((path) => tells(readFileSync(path, 'latin1'))), []);
});
