import assert from 'node:assert/strict';
import { readFileSync, truncateSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();
interface Sent { ok: boolean; id: string; uid: string; send: string; status: string }

const textsOf = async (id: string, kind = 'prompt'): Promise<string[]> => {
  const { stdout } = await shell.run('events', '--id', id, '--snapshot', '--types', 'block');
  return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as { kind: string; text: string }).filter((row) => row.kind === kind).map(({ text }) => text);
};
const failure = ({ stdout }: { stdout: string }): string => (JSON.parse(stdout) as { error: { code: string } }).error.code;
const listed = async (id: string) => (await shell.json<{ sends: { number: number; send: string; text: string; from: string; age_s: number; expires: string | null }[] }>('queue', '--id', id)).sends;
/** An agent in the middle of a turn that does not end by itself. */
const busy = async (id: string, ...args: string[]): Promise<void> => {
  await shell.json('run', 'demo', '--id', id, '--cwd', folder, '--detach', '--context', 'hang', ...args);
  assert.equal((await shell.run('wait', '--id', id, '--until', 'busy', '--timeout', '30')).code, 0);
};

before(() => shell.json('run', 'demo', '--id', 'open', '--cwd', folder, '--detach'));
after(() => shell.dispose());

test('send returns when the agent has been given the prompt', async () => {
  const sent = await shell.json<Sent>('send', '--id', 'open', '-m', 'echo one');
  assert.deepEqual(Object.keys(sent), ['ok', 'id', 'uid', 'send', 'status']);
  assert.equal(sent.status, 'delivered');
  assert.equal((await shell.json<Sent & { state: string }>('send', '--id', 'open', 'echo', 'two', '--wait-for-idle')).state, 'idle');
  assert.deepEqual(await textsOf('open'), ['echo one', 'echo two']);
});

test('a log that somebody cut or took away goes on elsewhere, and no alarm is given', async () => {
  const { log_path } = await shell.json<{ log_path: string }>('run', 'demo', '--id', 'cut', '--cwd', folder, '--detach');
  assert.equal((await shell.run('wait', '--id', 'cut', '--until', 'prompt', '--timeout', '30')).code, 0);
  truncateSync(log_path, 10);
  const sent = await shell.run('send', '--id', 'cut', '-m', 'echo after the cut', '--wait-for-idle', '--json');
  assert.deepEqual([sent.code, sent.stderr, Object.keys(JSON.parse(sent.stdout) as object)], [0, '', ['ok', 'id', 'uid', 'send', 'status', 'state']]);
  assert.equal(readFileSync(log_path.replace(/\.jsonl$/, '.2.jsonl'), 'utf8').includes('echo after the cut'), true);
  await shell.json('stop', '--id', 'cut');
});

test('wait after send waits for the turn of that prompt', async () => {
  for (let n = 0; n < 5; n++) {
    await shell.json('send', '--id', 'open', '-m', `echo turn ${n}`, ...(n % 2 ? ['--no-wait'] : []));
    await shell.json('wait', '--id', 'open', '--until', n % 2 ? 'prompt' : 'task_complete', '--timeout', '30');
    assert.equal((await textsOf('open', 'text')).at(-1), `turn ${n}`);
  }
});

test('wait does not take the moment between delivery and turn for the end', async () => {
  await shell.json('queue', 'pause', '--id', 'open');
  await shell.json('send', '--id', 'open', '--no-wait', '-m', 'sleep 1');
  const { ran } = shell.start(['wait', '--id', 'open', '--until', 'task_complete', '--timeout', '30']);
  // it has its snapshot of the session before the prompt goes
  for (const until = Date.now() + 20_000; (await shell.json<{ clients: number }>('host', 'status')).clients < 2 && Date.now() < until;) { /* it is connecting */ }
  await shell.json('queue', 'continue', '--id', 'open');
  assert.equal((await ran).code, 0);
  assert.equal((await textsOf('open', 'text')).at(-1), 'Slept well.');
});

test('what waits stays in the queue at the time-out; dropped and expired are told', async () => {
  await busy('full', '--inbox-ttl', '3s');
  assert.equal((await shell.json<Sent>('send', '--id', 'full', '--no-wait', '-m', 'echo queued')).status, 'queued');
  const late = await shell.run('send', '--id', 'full', '-m', 'echo late', '--timeout', '0.3', '--json');
  assert.deepEqual([late.code, failure(late)], [124, 'timeout']);
  assert.match(late.stderr, /stays in its queue \(`backstitch queue --id full`\)/);
  assert.deepEqual((await listed('full')).map(({ text }) => text), ['echo queued', 'echo late']);
  const expiring = await shell.run('send', '--id', 'full', '-m', 'echo too late', '--json');
  assert.deepEqual([expiring.code, failure(expiring)], [1, 'send-expired']);
  await shell.json('watch', '--id', 'full', '--inbox-ttl', '1h');
  const waiting = shell.run('send', '--id', 'full', '-m', 'echo never', '--json');
  while ((await listed('full')).length === 0) { /* it is on its way */ }
  await shell.json('queue', 'drop', '1', '--id', 'full');
  const dropped = await waiting;
  assert.deepEqual([dropped.code, failure(dropped)], [1, 'send-dropped']);
});

test('--force does not wait its turn', async () => {
  await busy('forced');
  assert.equal((await shell.json<Sent>('send', '--id', 'forced', '--force', '-m', 'echo at once')).status, 'delivered');
  const { stdout } = await shell.run('events', '--id', 'forced', '--snapshot', '--types', 'send');
  assert.deepEqual(stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as { msg: string; forced: boolean }).map(({ msg, forced }) => [msg, forced]).at(-1), ['echo at once', true]);
});

test('--no-submit leaves the text at the prompt, --submit-only sends it off', async () => {
  await shell.json('send', '--id', 'open', '--no-submit', '-m', 'echo half a word');
  for (let at = ''; !at.includes('echo half a word');) at = (await shell.run('pane', '--id', 'open')).stdout;
  assert.equal((await textsOf('open')).includes('echo half a word'), false);
  await shell.json('send', '--id', 'open', '--submit-only');
  while (!(await textsOf('open', 'text')).includes('half a word')) { /* the turn is on its way */ }
  const both = await shell.run('send', '--id', 'open', '--submit-only', '-m', 'text', '--json');
  assert.deepEqual([both.code, failure(both)], [2, 'usage']);
  assert.equal((await shell.run('send', '--id', 'open', '--submit-only', '--no-submit')).code, 2);
  assert.equal((await shell.run('send', '--id', 'open', '--no-wait', '--wait-for-idle', '-m', 'x')).code, 2);
});

test('one session that sends to another is named, once, and not to itself', async () => {
  const { uid } = await shell.json<{ uid: string }>('status', '--id', 'open');
  const inside = { BACKSTITCH_SESSION: 'another', BACKSTITCH_ID: 'buddy-1', BACKSTITCH_AGENT: 'demo' };
  const said = async (args: string[], env: Record<string, string>): Promise<string> => {
    const { code, stderr } = await shell.start(['send', '--id', 'open', '--wait-for-idle', ...args], '', env).ran;
    assert.equal(code, 0, stderr);
    return ((await textsOf('open')).at(-1) ?? '').replace(/at=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\]/, 'at=NOW]');
  };
  assert.equal(await said(['-m', 'echo a'], inside), '[backstitch relay from=demo id=buddy-1 at=NOW]\necho a');
  assert.equal(await said(['-m', '[backstitch relay from=demo id=x at=then]\necho b'], inside), '[backstitch relay from=demo id=x at=then]\necho b');
  assert.equal(await said(['-m', '[harnex relay from=x id=y at=then]\necho c'], inside), '[harnex relay from=x id=y at=then]\necho c');
  assert.equal(await said(['--no-relay', '-m', 'echo d'], inside), 'echo d');
  assert.equal(await said(['-m', 'echo e'], { ...inside, BACKSTITCH_SESSION: uid }), 'echo e');
  assert.equal(await said(['--relay', '-m', 'echo f'], {}), '[backstitch relay from=shell id=- at=NOW]\necho f');
});

test('the queue is listed, edited, put in order, held back, emptied; and one prompt goes first', async () => {
  await busy('queued');
  assert.equal((await shell.run('queue', '--id', 'queued')).stdout, 'Nothing waits for queued.\n');
  for (const word of ['one', 'two', 'three']) await shell.json('send', '--id', 'queued', '--no-wait', '-m', `echo ${word}`);
  const texts = async (): Promise<string[]> => (await listed('queued')).map(({ text }) => text.slice(5));
  const [first] = await listed('queued');
  assert.deepEqual([first?.number, first?.from, first?.expires, Number.isInteger(first?.age_s)], [1, 'cli', null, true]);
  assert.match((await shell.run('status')).stdout, /^ID\s+AGENT\s+STATE\s+AGE\s+IDLE\s+QUEUE\s+PID/);
  const { stdout } = await shell.run('queue', '--id', 'queued');
  assert.match(stdout, /^#\s+SEND\s+AGE\s+FROM\s+EXPIRES\s+TEXT\n1\s+[0-9a-f]{8}\s+\ds\s+cli\s+never\s+echo one\n/);

  await shell.json('queue', 'move', '3', '--to', '1', '--id', 'queued');
  assert.deepEqual(await texts(), ['three', 'one', 'two']);
  await shell.json('queue', '--id', 'queued', 'edit', first?.send ?? '', '--message', 'echo uno');
  const { ran } = shell.start(['queue', 'edit', '3', '--id', 'queued', '--json'], 'echo due');
  assert.equal((await ran).code, 0);
  assert.deepEqual(await texts(), ['three', 'uno', 'due']);
  assert.equal((await shell.json('queue', 'pause', '--id', 'queued'))['paused'], true);
  assert.match((await shell.run('queue', '--id', 'queued')).stdout, /The queue of queued is paused: backstitch queue continue --id queued\n$/);
  assert.match((await shell.run('status')).stdout, / 3 \(paused\) /);
  assert.equal((await shell.json('status', '--id', 'queued'))['queue_paused'], true);
  assert.equal((await shell.json('queue', 'continue', '--id', 'queued'))['paused'], false);
  await shell.json('queue', 'now', '2', '--id', 'queued');
  assert.deepEqual(await texts(), ['three', 'due']);
  await shell.json('queue', 'drop', '1', '2', '--id', 'queued');
  assert.deepEqual(await texts(), []);
  await shell.json('send', '--id', 'queued', '--no-wait', '-m', 'echo last');
  await shell.json('queue', 'clear', '--id', 'queued');
  assert.deepEqual(await texts(), []);
  const missing = await shell.run('queue', 'now', '1', '--id', 'queued', '--json');
  assert.deepEqual([missing.code, failure(missing)], [1, 'no-such-send']);
  assert.equal((await shell.run('queue', 'drop', '--id', 'queued')).code, 2);
  assert.equal((await shell.run('queue', 'drop', '1', '--all', '--id', 'queued')).code, 2);
  assert.equal((await shell.run('queue', 'move', '1', '--to', '0', '--id', 'queued')).code, 2);
});

test('a text that was left at the prompt holds back what is queued, which is said', async () => {
  await shell.json('run', 'demo', '--id', 'left', '--detach');
  await shell.json('wait', '--id', 'left', '--until', 'prompt');
  await shell.json('send', '--id', 'left', '--no-submit', '-m', 'echo left');
  await shell.json('send', '--id', 'left', '--no-wait', '-m', 'echo after');
  assert.equal((await shell.json('queue', '--id', 'left'))['held'], 'draft');
  assert.equal((await shell.json('status', '--id', 'left'))['queue_held'], 'draft');
  assert.match((await shell.run('status')).stdout, / 1 \(held\) /);
  assert.match((await shell.run('queue', '--id', 'left')).stdout, /\nText that was not sent stands at the prompt of left: what waits is typed once it is sent \(backstitch send --submit-only --id left\) or taken back there\.\n$/);
  await shell.json('send', '--id', 'left', '--submit-only');
  await shell.json('wait', '--id', 'left', '--until', 'task_complete');
  assert.deepEqual([(await textsOf('left')), (await shell.json('queue', '--id', 'left'))['held']], [['echo left', 'echo after'], null]);
});
