import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../../src/protocol/protocol.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import type { SessionUnderTest } from '../../support/sessionUnderTest.ts';

/** A rewind of the real Claude Code, looked into beforehand, told in steps, and undone. */
describe('undoing a rewind of Claude Code', () => {
  let claude: ClaudeProduct;
  let session: SessionUnderTest;
  let connection: MessageConnection;
  before(async () => {
    claude = await ClaudeProduct.open();
    connection = await claude.product.connect();
    session = await claude.start(connection);
    for (const prompt of ['please [[hi]]', 'please [[work]]']) await session.ask(prompt);
  });
  after(() => claude.dispose());

  const status = () => connection.sendRequest(p.sessionStatus, { session: session.uid });
  const tokens = () => session.conversation.currentBranch.used?.total_tokens ?? 0;

  it('shows each file as it is and as it will be, rewinds in steps, and goes back with memory and files as they were', async () => {
    const kept = claude.kept();
    const before = { steps: session.steps(), tokens: tokens() };
    const [, seam] = await session.seams();
    assert.ok(seam);
    const { files, checkpoint } = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam: seam.seam });
    const made = files?.filter(({ is }) => is === 'deleted') ?? [];
    assert.ok(made.length > 0, JSON.stringify(files));
    const compared = await Promise.all(made.map(({ path }) => connection.sendRequest(p.sessionCompareFile, { session: session.uid, checkpoint: checkpoint ?? '', path })));
    const contents = made.map(({ path }) => readFileSync(join(claude.sandbox.cwd, path), 'utf8'));
    assert.deepEqual(compared.map(({ now, will }) => [now.is === 'text' && now.text, will.is]), contents.map((text) => [text, 'absent']));

    const said = new Set<string>();
    const following = connection.onNotification(p.sessionChanged, ({ movingStep }) => { if (movingStep) said.add(movingStep.is); });
    const { from, branch } = await session.rewind(seam.seam);
    following.dispose();
    assert.ok(said.has('starting'), [...said].join(', '));
    assert.deepEqual(made.filter(({ path }) => existsSync(join(claude.sandbox.cwd, path))), []);
    assert.ok(tokens() > 0 && tokens() < before.tokens, `${tokens()} of ${before.tokens}`);
    const { lastMove } = await status();
    assert.deepEqual([lastMove?.how, lastMove?.from, lastMove?.branch], ['rewind', from, branch]);

    await session.switchTo(lastMove?.from ?? '');
    assert.deepEqual({ steps: session.steps(), tokens: tokens() }, before);
    assert.deepEqual(made.map(({ path }) => readFileSync(join(claude.sandbox.cwd, path), 'utf8')), contents);
    assert.deepEqual(await claude.problemsOfNextRequest(session, kept), []);
    assert.equal((await status()).lastMove, null);
  });

  it('overwrites nothing that somebody else changed when it is rewound before the files were shown', async () => {
    const seam = (await session.seams())[1]?.seam ?? '';
    const { files } = await connection.sendRequest(p.sessionPreview, { session: session.uid, seam });
    const path = files?.find(({ is }) => is === 'deleted')?.path ?? '';
    writeFileSync(join(claude.sandbox.cwd, path), 'by a person\n');
    const { files: outcome } = await session.rewind(seam, { files: true });
    assert.deepEqual(outcome.conflicts, [path]);
    assert.equal(readFileSync(join(claude.sandbox.cwd, path), 'utf8'), 'by a person\n');
  });
});
