import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../../src/protocol/protocol.ts';
import { text, tool } from '../../modelServer/scenarios.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';

let claude: ClaudeProduct;
let connection: MessageConnection;
before(async () => {
  claude = await ClaudeProduct.open({}, () => ({
    make: [[tool('Bash', { command: 'echo 1 > made.txt', description: 'Make a file' })], [text('Made.')]],
  }));
  connection = await claude.product.connect();
});
after(() => claude.dispose());

it('a rewind of the real Claude Code in the home leaves its transcripts and its state as they are, and says so', async () => {
  const { home, configDir } = claude.sandbox;
  const config = JSON.parse(readFileSync(join(configDir, '.claude.json'), 'utf8')) as object;
  const projects = { [home]: { hasTrustDialogAccepted: true } };
  writeFileSync(join(home, '.claude.json'), JSON.stringify({ ...config, projects }));
  writeFileSync(join(home, 'notes.txt'), 'mine\n');
  const { CLAUDE_CONFIG_DIR: _, ...env } = claude.env;
  const args = ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash,Read,Write,Edit'];
  const session = await claude.product.start(connection, { agent: 'claude', cwd: home, env, args });
  await session.idle();
  await session.ask('first [[hi]]');
  await session.ask('then [[make]]');
  await session.ask('third [[again]]');
  const answer = session.conversation.chain('main').find((one) => 'text' in one && one.text === 'Hello from the model.');
  const seam = (await session.seams()).find((one) => one.after === answer?.block);
  assert.ok(seam);
  const transcripts = globSync('.claude/projects/*/*.jsonl', { cwd: home });
  assert.equal(transcripts.length, 1);
  const { files } = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam: seam.seam });
  assert.deepEqual(files?.map(({ path, is }) => [path, is]), [['made.txt', 'deleted']]);
  const [transcript = ''] = transcripts;
  const rows = readFileSync(join(home, transcript), 'utf8');
  const overwrite = session.rewind(seam.seam, { overwrite: ['.claude.json', transcript] });
  await assert.rejects(overwrite, { message: /^\.claude\.json, .* are no conflicts that could be overwritten\./ });
  const outcome = await session.rewind(seam.seam);
  assert.ok(outcome.files.is === 'restored');
  assert.deepEqual([outcome.files.restored, outcome.files.conflicts ?? []], [['made.txt'], []]);
  // The agent adds to its history when it is ended, and nothing is taken from it.
  assert.ok(readFileSync(join(home, transcript), 'utf8').startsWith(rows));
  const told = (outcome.files.untouched ?? []).filter(({ why }) => why === 'an agent keeps it for itself');
  assert.deepEqual(told.map(({ path }) => path), ['.claude', '.claude.json']);
  await session.ask('fourth [[again]]');
});
