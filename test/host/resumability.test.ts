import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';
import type { SessionUnderTest } from '../support/sessionUnderTest.ts';

describe('what a resume would come to is told before it is asked for', () => {
  const product = new Product();
  let connection: MessageConnection;
  let demo: SessionUnderTest;
  const ask = (session: string, env = product.env): Promise<p.Resumability> => connection.sendRequest(p.sessionResumable, { session, env });

  before(async () => {
    connection = await product.connect();
    demo = await product.start(connection, { id: 'demo-1' });
    await demo.idle();
    await demo.ask('make a plan');
    await connection.sendRequest(p.sessionStop, { session: demo.uid });
  });
  after(() => product.dispose());

  it('tells how and when the session ended, and that its agent goes on', async () => {
    const { ended, end, lastTs } = await connection.sendRequest(p.sessionStatus, { session: demo.uid });
    assert.equal(ended, 'stopped');
    assert.equal(end?.ended, 'stopped');
    assert.ok(end !== null && end.ts <= lastTs && Date.now() - Date.parse(end.ts) < 60_000, end?.ts);
    assert.deepEqual(await ask(demo.uid), { is: 'goesOn', fidelity: 'exact', reason: null });
  });

  it('names a folder that is gone; the moment of the end stays as it was whatever is recorded later', async () => {
    const folder = product.folder();
    const before = (await connection.sendRequest(p.sessionStatus, { session: demo.uid })).end;
    renameSync(folder, `${folder}-elsewhere`);
    assert.deepEqual(await ask(demo.uid), { is: 'no', code: 'no-such-folder', reason: `The folder ${folder} does not exist or is not a folder.` });
    renameSync(`${folder}-elsewhere`, folder);
    await connection.sendRequest(p.sessionRename, { session: demo.uid, id: 'demo-2' });
    assert.deepEqual((await connection.sendRequest(p.sessionStatus, { session: demo.uid })).end, before);
    assert.deepEqual(await ask(demo.uid), { is: 'goesOn', fidelity: 'exact', reason: null });
  });

  it('says of a program that has no memory that it starts anew, and of one that is gone that it cannot be started', async () => {
    const bin = join(product.home, 'bin');
    mkdirSync(bin);
    const program = join(bin, 'echoing');
    writeFileSync(program, '#!/bin/sh\nexec cat\n');
    chmodSync(program, 0o755);
    const env = { ...product.env, PATH: `${bin}:${product.env['PATH']}` };
    const { uid } = await connection.sendRequest(p.sessionStart, { agent: 'echoing', cwd: product.folder('other'), args: [], env, cols: 80, rows: 24 });
    await connection.sendRequest(p.sessionStop, { session: uid });
    assert.deepEqual(await ask(uid, env), { is: 'anew', reason: 'echoing keeps no memory of its own: it starts anew, and knows nothing of this conversation.' });
    rmSync(program);
    const no = await ask(uid, env);
    assert.equal(no.is === 'no' && no.code, 'no-such-agent');
    assert.match(no.reason ?? '', /no program echoing is on the PATH/);
  });

  it('says of an agent whose history is gone, with the copy that was kept, that it starts anew', async () => {
    rmSync(join(product.home, 'demo'), { recursive: true });
    assert.deepEqual(await ask(demo.uid), { is: 'goesOn', fidelity: 'exact', reason: null }, 'the kept copy is put back by a resume');
    rmSync(join(product.home, 'state', 'native'), { recursive: true });
    const anew = await ask(demo.uid);
    assert.equal(anew.is, 'anew');
    assert.match(anew.reason ?? '', /^Demo agent’s own history of this session is gone \(.*\): it starts anew, and knows nothing of this conversation\.$/);
  });

  it('tells a session that its host took down the same, from the shelf of the next host', async () => {
    const lost = await product.start(connection, { id: 'lost' });
    await lost.idle();
    process.kill(product.hostPid, 'SIGKILL');
    connection = await product.connect();
    const { ended, end } = await connection.sendRequest(p.sessionStatus, { session: lost.uid });
    assert.deepEqual([ended, end?.ended], ['interrupted', 'interrupted']);
    assert.deepEqual(await ask(lost.uid), { is: 'goesOn', fidelity: 'exact', reason: null });
  });

  it('shows a session whose folder is gone, from the shelf too', async () => {
    const folder = product.folder();
    renameSync(folder, `${folder}-elsewhere`);
    process.kill(product.hostPid, 'SIGKILL');
    connection = await product.connect();
    const { page, summary } = await connection.sendRequest(p.sessionOpen, { session: demo.uid, blocks: 50 });
    assert.ok(page.blocks.length > 3);
    assert.equal(summary.end?.ended, 'stopped');
    assert.equal((await ask(demo.uid)).is, 'no');
    renameSync(`${folder}-elsewhere`, folder);
  });
});
