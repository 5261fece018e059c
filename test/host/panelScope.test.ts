import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { HumanError } from '../../src/core/errors.ts';
import { humanErrorOf } from '../../src/protocol/failures.ts';
import { paramsOf } from '../../src/protocol/params.ts';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';

const product = new Product();
let panel: MessageConnection;
let own: string;
/** Names of what a panel must not know: sessions that run or are over, by uid and by label, a label of two, and what is no session. */
const others: Record<string, string> = { 'no session': 'nothing-of-that-name', 'no label at all': '!!!' };

before(async () => {
  const connection = await product.connect();
  own = (await product.start(connection, { id: 'Mine' })).uid;
  const running = await product.start(connection, { id: 'theirs' });
  const ended: string[] = [];
  for (let at = 0; at < 2; at++) {
    const session = await product.start(connection, { id: 'twice' });
    ended.push(session.uid);
    await connection.sendRequest(p.sessionStop, { session: session.uid });
  }
  Object.assign(others, { 'a label': 'theirs', 'a uid': running.uid, 'an ended one': ended[0], 'a label of two': 'twice' });
  panel = await product.connect();
  await panel.sendRequest(p.restrict, { session: own });
});
after(() => product.dispose());

/** Of each request, enough to be well formed. */
const anything = {
  cwd: '/', agent: 'demo', blocks: 1, lane: 'main', branch: 'main', checkpoint: 'x', count: 1, text: 'x', from: 'panel', send: 'x', settings: {}, timeoutMs: 1, env: {}, cols: 80, rows: 24, id: 'x', seam: 's1', files: false,
  request: 'x', option: 'deny', block: 'b1', path: 'x', offset: 0, data: 'x', lines: 1, change: { is: 'pause' },
};

const answerTo = async (method: string, session: string): Promise<string> => {
  try {
    return `answered ${JSON.stringify(await panel.sendRequest(method, { ...anything, session }))}`;
  } catch (error) {
    const { code, message } = humanErrorOf(error);
    return `${code}: ${message}`;
  }
};

test('a panel learns from no request whether there is another session', async () => {
  const methods = Object.entries(paramsOf).filter(([method, schema]) => 'session' in schema.entries && !/^(terminal\/(ack|input|resize)|session\/taken)$/.test(method)).map(([method]) => method);
  assert.ok(methods.length > 25, String(methods.length));
  for (const method of methods) {
    const answers = new Map<string, string[]>();
    for (const [what, name] of Object.entries(others)) {
      const answer = await answerTo(method, name);
      answers.set(answer, [...answers.get(answer) ?? [], what]);
    }
    assert.deepEqual([...answers.values()].length, 1, `${method}: ${JSON.stringify([...answers])}`);
    assert.match([...answers.keys()][0] ?? '', /^not-allowed: This connection may not (use that session|call [\w/]+)\.$/);
  }
});

test('its own session answers by its uid and by its label, in any case and whatever is filtered', async () => {
  for (const name of [own, 'Mine', 'mine']) assert.equal((await panel.sendRequest(p.sessionStatus, { session: name })).uid, own);
  assert.equal((await panel.sendRequest(p.sessionStatus, { session: 'mine', agent: 'another', cwd: '/nowhere' })).uid, own);
  assert.equal((await panel.sendRequest(p.sessionOpen, { session: 'MINE', blocks: 1 })).page.blocks.length, 0);
  await assert.rejects(panel.sendRequest(p.sessionPreview, { session: own, seam: 's99' }), (error) => error instanceof Error && !(error instanceof HumanError) && humanErrorOf(error).code === 'no-such-seam');
});
