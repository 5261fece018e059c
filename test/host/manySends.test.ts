import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseRow } from '../../src/agents/demo/rows.ts';
import { readLogRows } from '../../src/node/eventLog.ts';
import * as p from '../../src/protocol/protocol.ts';
import { dist, Product } from '../support/product.ts';
import { SessionUnderTest } from '../support/sessionUnderTest.ts';

/** 10,000 before a release (BACKSTITCH_SENDS=10000): the agents need some minutes for them. */
const total = Number(process.env['BACKSTITCH_SENDS'] ?? 1_000);
const sessionCount = 5;
const clientCount = 4;
/** By the command line, beside the clients that stay connected. */
const fromShell = 10;
const perClient = Math.ceil((total - fromShell) / sessionCount / clientCount);

/** A PATH without git: files are not the matter here, and their capture before each turn would be most of the time. */
function pathWithoutGit(product: Product): string {
  const folder = product.folder('programs');
  for (const name of ['setsid', 'ls', 'cat', 'sh']) {
    const found = (process.env['PATH'] ?? '').split(delimiter).find((one) => { try { return readdirSync(one).includes(name); } catch { return false; } });
    if (found) symlinkSync(join(found, name), join(folder, name));
  }
  return folder;
}

async function run(args: string[], env: Record<string, string>): Promise<{ code: number; said: string; complained: string }> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, complained] = ['', ''];
  child.stdout.on('data', (data: Buffer) => { said += data.toString(); });
  child.stderr.on('data', (data: Buffer) => { complained += data.toString(); });
  const [code] = (await once(child, 'close')) as [number];
  return { code, said, complained };
}

async function ranWell(args: string[], env: Record<string, string>): Promise<string> {
  const { code, said, complained } = await run(args, env);
  assert.deepEqual([code, complained], [0, '']);
  return said;
}

/** By the command line; where the queue is full it says so, and is asked again. */
async function sendFromShell(session: string, text: string, env: Record<string, string>): Promise<string> {
  for (;;) {
    const { code, said } = await run([dist('cli.mjs'), 'send', '--id', session, '--message', text, '--no-wait', '--json'], env);
    if (code === 0) return (JSON.parse(said) as { send: string }).send;
    assert.equal((JSON.parse(said) as { error: { code: string } }).error.code, 'inbox-full');
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}

it(`${total} prompts of several clients at once are each delivered exactly once, and in the order of whoever sent them`, async (t) => {
  const product = new Product();
  t.after(() => product.dispose());
  product.env['PATH'] = pathWithoutGit(product);
  const connection = await product.connect();
  const sessions: SessionUnderTest[] = [];
  for (let n = 0; n < sessionCount; n++) {
    const { uid } = await connection.sendRequest(p.sessionStart, { agent: 'demo', cwd: product.folder(), args: [], env: product.env, cols: 80, rows: 24, id: `busy-${n}` });
    await connection.sendRequest(p.sessionWaitIdle, { session: uid });
    sessions.push(await SessionUnderTest.open(await product.connect(), uid));
  }
  const uids = sessions.map(({ uid }) => uid);
  const program = fileURLToPath(new URL('manySends.program.ts', import.meta.url));
  const said = await Promise.all([
    ...Array.from({ length: clientCount }, (_, client) => ranWell([program, `c${client}`, String(perClient), ...uids], product.env)),
    (async (): Promise<string> => {
      let lines = '';
      for (let n = 0; n < fromShell; n++) {
        const session = uids[n % sessionCount]!;
        const send = await sendFromShell(session, `echo shell ${n}.`, product.env);
        lines += `${session} ${send} ${n}\n`;
      }
      return lines;
    })(),
  ]);
  await Promise.all(sessions.map((session) => session.idle()));

  const told = promptsIn(join(product.home, 'demo', 'demo-agent'));
  let acknowledged = 0;
  for (const session of sessions) {
    const { logPath } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    const { rows, damage } = await readLogRows(logPath);
    assert.deepEqual(damage, []);
    assert.deepEqual(rows.map((row) => row.seq), rows.map((_, index) => index + 1));
    const delivered = rows.flatMap((row) => (row.type === 'delivered' ? [String(row.send)] : []));
    const answered = said.map((lines) => lines.split('\n').flatMap((line) => (line.startsWith(session.uid) ? [line.split(' ')[1]!] : [])));
    acknowledged += answered.flat().length;
    assert.deepEqual(delivered.toSorted(), answered.flat().toSorted(), 'each that was answered once, and nothing else');
    for (const sends of answered) assert.deepEqual(delivered.filter((send) => sends.includes(send)), sends, 'in the order of that client');
    // The agent's own history says the same.
    const texts = new Map(rows.flatMap((row) => (row.type === 'queued' ? [[row.send, String(row.text)] as const] : [])));
    const history = told.get(session.conversation.native.session);
    assert.deepEqual(history, delivered.map((send) => texts.get(send)));
  }
  assert.equal(acknowledged, perClient * clientCount * sessionCount + fromShell);
  t.diagnostic(`${acknowledged} prompts of ${clientCount} clients and the shell to ${sessionCount} sessions`);
});

/** The prompts of each of the agents' histories, in order. */
function promptsIn(folder: string): Map<string, string[]> {
  return new Map(readdirSync(folder).map((name) => [name.replace('.jsonl', ''), readFileSync(join(folder, name), 'utf8').split('\n').flatMap((line) => {
    const row = parseRow(line);
    return row?.row === 'prompt' ? [row.text] : [];
  })]));
}
