import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../../src/protocol/protocol.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';

let claude: ClaudeProduct;
let connection: MessageConnection;
before(async () => {
  claude = await ClaudeProduct.open();
  connection = await claude.product.connect();
});
after(() => claude.dispose());

it('a rewind of the real Claude Code takes back what its edits name, and leaves alone what came while a person was asked', async () => {
  const session = await claude.start(connection, { args: ['--permission-mode', 'manual', '--allowedTools', 'Bash(ls:*),Read'] });
  const cwd = claude.sandbox.cwd;
  const mine = (name: string): void => writeFileSync(join(cwd, name), 'mine\n');
  const seamsSoFar = async (): Promise<string> => (await session.seams())[0]?.seam ?? '';
  /** The capture at the question is done, too. */
  const asked = async (title: RegExp): Promise<string> => {
    await session.until(`the question for ${title}`, (c) => [...c.requests.values()].some((request) => title.test(request.title)) && c.state.is === 'waiting');
    await session.connection.sendRequest(p.sessionPreview, { session: session.uid, seam: await seamsSoFar() });
    return [...session.conversation.requests.keys()][0] ?? '';
  };
  mine('before.txt');
  await session.send('do the [[work]]');
  const first = await asked(/Write/);
  mine('panel.txt');
  await connection.sendRequest(p.sessionAnswer, { session: session.uid, request: first, option: 'allow', from: 'panel' });
  await asked(/Edit/);
  mine('terminal.txt');
  await connection.sendRequest(p.terminalAttach, { session: session.uid, cols: 100, rows: 30 });
  await connection.sendNotification(p.terminalInput, { session: session.uid, data: '\r' });
  await session.until('the end of the turn', (c) => c.state.is === 'idle' && readFileSync(join(cwd, 'made.txt'), 'utf8') === 'uno\n');
  await session.idle();
  const seam = await seamsSoFar();
  const { files } = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam });
  // No hook tells that a dialog was answered in the terminal before its tool has run: there only what the edit names is surely the agent's.
  assert.deepEqual(files, [{ path: 'made.txt', is: 'deleted', conflict: false }, { path: 'terminal.txt', is: 'deleted', conflict: true }]);
  assert.deepEqual((await session.rewind(seam)).files, { is: 'restored', restored: ['made.txt'], conflicts: ['terminal.txt'] });
  assert.deepEqual(['before.txt', 'panel.txt', 'terminal.txt', 'made.txt'].map((name) => existsSync(join(cwd, name))), [true, true, true, false]);
});
