import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { startHookServer, type HookServer } from '../../src/node/hookServer.ts';
import { eventually } from './terminal/support.ts';

let server: HookServer;
const heard: [string, unknown][] = [];
before(async () => {
  server = await startHookServer();
  server.open('token-of-one', async (hook, payload) => {
    heard.push([hook, payload]);
    return { status: 200, body: { heard: hook } };
  });
});
after(() => server.close());

type Asked = { method?: string; path?: string; headers?: Record<string, string | undefined>; body?: string | Buffer };
/** The status and the body that come back. */
function ask({ method = 'POST', path = '/hook/Stop', headers = {}, body = '{}' }: Asked): Promise<[number, string]> {
  const { port } = new URL(server.url);
  const all = Object.entries({ 'x-backstitch-token': 'token-of-one', 'content-type': 'application/json', ...headers }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, method, path, headers: Object.fromEntries(all) }, (response) => {
      let text = '';
      response.on('data', (data) => (text += data)).on('end', () => resolve([response.statusCode ?? 0, text]));
    });
    asking.on('error', reject).end(body);
  });
}

describe('a report of an open run', () => {
  test('is heard and answered', async () => {
    heard.length = 0;
    assert.deepEqual(await ask({ path: '/hook/PreToolUse', body: '{"tool":"Bash","ü":[1]}' }), [200, '{"heard":"PreToolUse"}']);
    assert.deepEqual(heard, [['PreToolUse', { tool: 'Bash', ü: [1] }]]);
  });
  test('may name its hook in the payload', async () => {
    assert.deepEqual(await ask({ path: '/hook', body: '{"hook_event_name":"SessionStart"}' }), [200, '{"heard":"SessionStart"}']);
  });
  test('of 8 MB is heard', async () => {
    const [status] = await ask({ body: JSON.stringify('x'.repeat(8 << 20)) });
    assert.equal(status, 200);
  });
  test('gets a reply without a body where there is none', async () => {
    const run = server.open('token-of-two', async () => ({ status: 204 }));
    assert.deepEqual(await ask({ headers: { 'x-backstitch-token': 'token-of-two' } }), [204, '']);
    run.dispose();
    assert.deepEqual(await ask({ headers: { 'x-backstitch-token': 'token-of-two' } }), [401, '']);
  });
});

describe('anything else is refused, without a word', () => {
  const port = () => new URL(server.url).port;
  const cases: [string, () => Asked, number][] = [
    ['no token', () => ({ headers: { 'x-backstitch-token': undefined } }), 401],
    ['a wrong token', () => ({ headers: { 'x-backstitch-token': 'token-of-onf' } }), 401],
    ['the beginning of a token', () => ({ headers: { 'x-backstitch-token': 'token-of' } }), 401],
    ['a name that leads here', () => ({ headers: { host: `evil.example:${port()}` } }), 403],
    ['localhost as host', () => ({ headers: { host: `localhost:${port()}` } }), 403],
    ['an origin', () => ({ headers: { origin: 'http://evil.example' } }), 403],
    ['the null origin', () => ({ headers: { origin: 'null' } }), 403],
    ['another path', () => ({ path: '/' }), 404],
    ['a path above', () => ({ path: '/hook/../secret' }), 404],
    ['a strange name', () => ({ path: '/hook/%00' }), 404],
    ['no name at all', () => ({ path: '/hook' }), 404],
    ['GET', () => ({ method: 'GET', body: '' }), 405],
    ['bad JSON', () => ({ body: '{"half":' }), 400],
    ['no body', () => ({ body: '' }), 400],
  ];
  for (const [name, asked, status] of cases) {
    test(name, async () => {
      heard.length = 0;
      assert.deepEqual(await ask(asked()), [status, '']);
      assert.deepEqual(heard, []);
    });
  }
  test('more than 32 MB, announced or not', async () => {
    assert.equal(await statusOfTooMuch({ 'content-length': String((32 << 20) + 1) }), 413);
    assert.equal(await statusOfTooMuch({ 'transfer-encoding': 'chunked' }), 413);
  });
});

test('a reply that nobody waits for any more is dropped, and the server goes on', async () => {
  let reply: (reply: { status: number }) => void = () => {};
  let isAsked = false;
  const run = server.open('token-of-three', () => {
    isAsked = true;
    return new Promise((resolve) => (reply = resolve));
  });
  const asking = request({ host: '127.0.0.1', port: new URL(server.url).port, method: 'POST', path: '/hook/Ask', headers: { 'x-backstitch-token': 'token-of-three' } });
  asking.on('error', () => {});
  asking.end('{}');
  await eventually(() => isAsked);
  asking.destroy();
  reply({ status: 200 });
  run.dispose();
  assert.equal((await ask({}))[0], 200);
});

test('it is told when nobody waits for the reply any more, and only then', async () => {
  const lefts: AbortSignal[] = [];
  let reply: (reply: { status: number }) => void = () => {};
  const run = server.open('token-of-five', (_hook, _payload, left) => {
    lefts.push(left);
    return new Promise((resolve) => (reply = resolve));
  });
  const headers = { 'x-backstitch-token': 'token-of-five' };
  const answered = ask({ headers });
  await eventually(() => lefts.length === 1);
  reply({ status: 204 });
  assert.deepEqual(await answered, [204, '']);
  const asking = request({ host: '127.0.0.1', port: new URL(server.url).port, method: 'POST', path: '/hook/Ask', headers });
  asking.on('error', () => {});
  asking.end('{}');
  await eventually(() => lefts.length === 2);
  assert.deepEqual(lefts.map((left) => left.aborted), [false, false]);
  asking.destroy();
  await eventually(() => lefts[1]?.aborted === true);
  assert.equal(lefts[0]?.aborted, false);
  run.dispose();
});

test('a run that fails gets an answer all the same', async () => {
  const run = server.open('token-of-four', () => Promise.reject(new Error('broken')));
  assert.deepEqual(await ask({ headers: { 'x-backstitch-token': 'token-of-four' } }), [500, '']);
  run.dispose();
});

function statusOfTooMuch(headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const asking = request({ host: '127.0.0.1', port: new URL(server.url).port, method: 'POST', path: '/hook/Stop', headers: { 'x-backstitch-token': 'token-of-one', ...headers } }, (response) => {
      resolve(response.statusCode ?? 0);
      asking.destroy();
    });
    asking.on('error', () => {});
    const chunk = Buffer.alloc(1 << 20, ' ');
    for (let at = 0; at < 33; at++) asking.write(chunk);
  });
}
