import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
before(async () => {
  await shell.json('run', 'demo', '--id', 'one', '--cwd', folder, '--detach');
  await shell.json('send', '--id', 'one', '-m', 'Sew the first seam', '--wait-for-idle');
});
after(() => shell.dispose());

test('a watch that is off tells nothing and types nothing, and says so', async () => {
  assert.deepEqual((await shell.run('watch', '--id', 'one', '--off')).stdout, 'Silence is never a stall: nothing is told, and nothing is typed.\nAfter a usage limit it waits for you.\n');
  assert.equal((await shell.run('watch', '--id', 'one', '--preset', 'gate')).stdout.split('\n')[1], 'Nothing is typed then: you are told.');
});

test('events: what excludes each other is refused, a moment is one of ISO 8601, and a type that nobody knows is named', async () => {
  assert.deepEqual(await shell.run('events', '--id', 'one', '--snapshot', '--follow'), { code: 2, stdout: '', stderr: 'backstitch: --snapshot and --follow exclude each other.\n' });
  for (const moment of ['5', 'Jan 5 2030', '2030-1-2', '2030-02-30T99:00:00Z', 'yesterday']) assert.equal((await shell.run('events', '--id', 'one', '--snapshot', '--from', moment)).code, 2, moment);
  for (const moment of ['2000-01-02', '2000-01-02T03:04:05Z', '2000-01-02T03:04:05.678+01:00', '2000-01-02T03:04']) {
    assert.equal((await shell.run('events', '--id', 'one', '--snapshot', '--types', 'started', '--from', moment)).stdout.split('\n').length, 2, moment);
  }
  const { code, stdout, stderr } = await shell.run('events', '--id', 'one', '--snapshot', '--types', 'started,nosuch');
  assert.deepEqual([code, stdout.split('\n').length], [0, 2]);
  assert.match(stderr, /^backstitch: this version knows no type nosuch\. It knows started, run_started, send, [a-z_, ]+ permission_resolved\.\n$/);
});

test("an agent's own argument that is taken for ours is told where it belongs", async () => {
  assert.deepEqual(await shell.run('run', 'bash', '-c', 'ls'), {
    code: 2, stdout: '', stderr: "backstitch: unknown option '-c'\n(the agent's own arguments go after --, as in: backstitch run bash -- -c ls; add --help for what is possible)\n",
  });
});

test('what an agent at work keeps from being done names the option that lets it be interrupted', async () => {
  await shell.json('send', '--id', 'one', '-m', 'hang');
  assert.equal((await shell.run('wait', '--id', 'one', '--until', 'busy', '--timeout', '30')).code, 0);
  assert.deepEqual(await shell.run('rewind', '--id', 'one', '--to', 's4'), {
    code: 1, stdout: '', stderr: 'backstitch: The agent is at work (the turn that is running). Wait until it is idle, or let it be interrupted: --interrupt in a shell.\n',
  });
  await shell.json('send', '--id', 'one', '-m', 'next', '--no-wait');
  assert.equal((await shell.run('queue', 'edit', '1', '--id', 'one')).stderr, 'backstitch: There is no new text for prompt 1: give --message TEXT, words, or text on standard input.\n');
});

test('one is one, and several are several', async () => {
  assert.match((await shell.run('host', 'status')).stdout, /\n1 session, 1 client; state in /);
  assert.equal((await shell.run('host', 'stop')).stderr, 'backstitch: The session host keeps 1 session and was left running. Stop what runs first, or use --force, which ends their agents.\n');
});
