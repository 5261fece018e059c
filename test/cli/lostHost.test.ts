import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, test } from 'node:test';
import { gone } from '../support/product.ts';
import { Shell, type Ran } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
before(() => shell.json('host', 'status'));
after(() => shell.dispose());

const killHost = async (): Promise<void> => {
  const { pid } = await shell.json<{ pid: number }>('host', 'status');
  process.kill(pid, 'SIGKILL');
  await gone(pid);
};
/** Followers of a session by each verb that follows one, all of them with the host. */
const following = async (id: string): Promise<Promise<Ran>[]> => {
  const started = [['wait', '--id', id], ['wait', '--id', id, '--until', 'limited', '--json'], ['events', '--id', id, '--types', 'started,run_ended'], ['logs', '--id', id, '--follow'], ['watch', '--id', id, '--follow']]
    .map((args) => shell.start(args));
  await Promise.all(started.slice(2).map(({ child }) => printed(child)));
  while ((await shell.json<{ clients: number }>('host', 'status')).clients < 1 + started.length) { /* they are connecting */ }
  return started.map(({ ran }) => ran);
};
const printed = ({ stdout }: ChildProcess): Promise<void> => new Promise((resolve) => { stdout?.once('data', () => resolve()); });
const interrupted = (id: string): string => `${id} was interrupted: its session host or the machine went down`;

test('whoever follows a session whose host is killed is told so at once, and the next host says what became of it', { timeout: 60_000 }, async () => {
  await shell.json('run', 'demo', '--id', 'torn', '--cwd', folder, '--detach', '--context', 'hang');
  const followers = await following('torn');
  await killHost();
  const [end, goal, events, logs, watch] = await Promise.all(followers);
  assert.deepEqual(end, { code: 1, stdout: `${interrupted('torn')}.\n`, stderr: '' });
  assert.equal(goal?.code, 1);
  const { uid, error, ...facts } = JSON.parse(goal?.stdout ?? '') as Record<string, unknown>;
  assert.deepEqual([typeof uid, error], ['string', { code: 'ended-first', message: `torn did not come to “limited”: it was interrupted: its session host or the machine went down. \`backstitch resume --id torn\` starts its agent again.` }]);
  assert.deepEqual(facts, { id: 'torn', until: 'limited', state: 'exited', turn: 'interrupted', code: null, signal: null, ended: 'interrupted' });
  const said = `backstitch: ${interrupted('torn')}. \`backstitch resume --id torn\` starts its agent again.\n`;
  assert.deepEqual([events?.code, events?.stderr], [0, said]);
  assert.deepEqual(events?.stdout.trimEnd().split('\n').map((line) => (JSON.parse(line) as { type: string; cause?: string })).map(({ type, cause }) => [type, cause]), [['started', undefined], ['run_ended', 'lost']]);
  assert.deepEqual([logs?.code, logs?.stderr], [0, said]);
  assert.equal(watch?.code, 1);
  assert.match(watch.stdout, /outcome=lost/);
});

test('a session that was interrupted before is told as that', { timeout: 60_000 }, async () => {
  assert.deepEqual(await shell.run('wait', '--id', 'torn'), { code: 1, stdout: `${interrupted('torn')}.\n`, stderr: '' });
  const waited = await shell.run('wait', '--id', 'torn', '--json');
  const { code, signal, ended } = JSON.parse(waited.stdout) as Record<string, unknown>;
  assert.deepEqual([waited.code, code, signal, ended], [1, null, null, 'interrupted']);
  assert.equal((await shell.run('events', '--id', 'torn', '--types', 'started')).stderr, `backstitch: ${interrupted('torn')}. \`backstitch resume --id torn\` starts its agent again.\n`);
});

test('the end of a host that is stopped is the end of its sessions, and nobody who followed one starts another host', { timeout: 60_000 }, async () => {
  await shell.json('run', 'demo', '--id', 'last', '--cwd', folder, '--detach');
  const events = shell.start(['events', '--id', 'last', '--types', 'started,exited']);
  await printed(events.child);
  const waiting = shell.start(['wait', '--id', 'last']);
  while ((await shell.json<{ clients: number }>('host', 'status')).clients < 3) { /* it is connecting */ }
  const hosts = shell.product.hostLog().match(/ started /g)?.length;
  await shell.run('host', 'stop', '--force');
  const { code, stdout } = await events.ran;
  assert.deepEqual([code, stdout.trimEnd().split('\n').map((line) => (JSON.parse(line) as { type: string; reason?: string }).reason)], [0, [undefined, 'interrupted']]);
  assert.deepEqual(await waiting.ran, { code: 1, stdout: `${interrupted('last')}.\n`, stderr: '' });
  assert.equal(shell.product.hostLog().match(/ started /g)?.length, hosts);
});
