import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { readLogRows } from '../../src/node/eventLog.ts';
import * as p from '../../src/protocol/protocol.ts';
import { Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';

describe('how a session ended, told by the program itself', () => {
  let product: Product;
  let connection: MessageConnection;
  before(async () => {
    product = new Product();
    connection = await product.connect();
  });
  after(() => product.dispose());

  /** What the end is recorded as: in the rows, in the file that the session names, and in the list. */
  const endOf = async (id: string, script: string, more: { args?: string[]; prompt?: string; whenReady?(session: SessionUnderTest): unknown } = {}): Promise<unknown> => {
    const { args = ['-c', script], prompt, whenReady } = more;
    const summaryOut = join(product.home, `${id}.jsonl`);
    const { uid, logPath } = await connection.sendRequest(p.sessionStart, {
      agent: 'bash', args, id, cwd: product.folder(), env: product.env, cols: 80, rows: 24, settings: { summary_out: summaryOut },
      ...(prompt !== undefined && { context: prompt }),
    });
    const session = await SessionUnderTest.open(connection, uid);
    if (whenReady) {
      await session.until('its prompt', ({ state }) => state.is === 'idle');
      await whenReady(session);
    }
    await session.until('its end', ({ ended }) => ended !== null);
    const { rows } = await readLogRows(logPath);
    const [summary, exited] = ['summary', 'exited'].map((type) => rows.find((row) => row.type === type) as Record<string, unknown> | undefined);
    assert.deepEqual([summary?.['path'], summary?.['problem']], [summaryOut, undefined]);
    const dispatched = JSON.parse(readFileSync(summaryOut, 'utf8')) as { actual: { exit: string } };
    const { ended } = await connection.sendRequest(p.sessionStatus, { session: uid });
    return { summary: summary?.['exit'], exited: exited?.['reason'], code: exited?.['code'], signal: exited?.['signal'], dispatched: dispatched.actual.exit, ended };
  };

  it('success', async () => {
    assert.deepEqual(await endOf('well', 'echo all is well'), { summary: 'success', exited: 'success', code: 0, signal: undefined, dispatched: 'success', ended: 'exited' });
  });

  it('failure: it had begun to work', async () => {
    const end = await endOf('ill', 'read -rp "> " line; echo "got $line"; exit 3', { prompt: 'sew' });
    assert.deepEqual(end, { summary: 'failure', exited: 'failure', code: 3, signal: undefined, dispatched: 'failure', ended: 'exited' });
  });

  it('failure: it had come to its prompt, though nothing was asked of it', async () => {
    const end = await endOf('ready', '', {
      args: ['--norc', '--noprofile'],
      whenReady: async ({ uid }) => process.kill((await connection.sendRequest(p.sessionStatus, { session: uid })).pid ?? 0, 'SIGKILL'),
    });
    assert.deepEqual(end, { summary: 'failure', exited: 'failure', code: null, signal: 'SIGKILL', dispatched: 'failure', ended: 'exited' });
  });

  it('failure: a program without a prompt had begun to tell of its work', async () => {
    assert.deepEqual(await endOf('work', 'echo working; exit 2'), { summary: 'failure', exited: 'failure', code: 2, signal: undefined, dispatched: 'failure', ended: 'exited' });
  });

  it('boot_failure: it ended before there was anything', async () => {
    assert.deepEqual(await endOf('unborn', 'exit 7'), { summary: 'boot_failure', exited: 'boot_failure', code: 7, signal: undefined, dispatched: 'boot_failure', ended: 'exited' });
  });

  it('timeout: 124, as timeout(1) ends', async () => {
    assert.deepEqual(await endOf('late', 'timeout 0.2 sleep 30'), { summary: 'timeout', exited: 'timeout', code: 124, signal: undefined, dispatched: 'timeout', ended: 'exited' });
  });

  it('a signal is told beside the class', async () => {
    const end = await endOf('cut', 'kill -TERM $$');
    assert.deepEqual(end, { summary: 'boot_failure', exited: 'boot_failure', code: null, signal: 'SIGTERM', dispatched: 'boot_failure', ended: 'exited' });
  });
});
