import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import * as p from '../../../src/protocol/protocol.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { isRunning } from '../../support/product.ts';
import type { SessionUnderTest } from '../../support/sessionUnderTest.ts';

/** What can go wrong with the CLI itself while a rewind is wanted: nothing is ended then, and the next request is what it would have been. */
describe('a rewind that the real Claude Code stands in the way of', () => {
  let claude: ClaudeProduct;
  let connection: MessageConnection;
  let session: SessionUnderTest;
  let program: string;
  before(async () => {
    claude = await ClaudeProduct.open();
    connection = await claude.product.connect();
    const bin = join(claude.product.home, 'bin');
    mkdirSync(bin);
    program = join(bin, 'claude');
    symlinkSync(claude.claude, program);
    session = await claude.start(connection, { env: { PATH: `${bin}:${withoutClaude(process.env['PATH'] ?? '')}` } });
    await session.ask('do the [[work]]');
  });
  after(() => claude.dispose());

  const withoutClaude = (path: string): string => path.split(':').filter((one) => one !== dirname(claude.claude)).join(':');
  const seamAt = async (index: number): Promise<string> => (await session.seams('main'))[index]?.seam ?? '';

  async function refused(message: RegExp): Promise<void> {
    const steps = session.steps();
    const { pid } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    await assert.rejects(session.rewind(await seamAt(3)), { message });
    assert.deepEqual(session.steps(), steps);
    assert.equal(session.conversation.branch, 'main');
    assert.equal((await connection.sendRequest(p.sessionStatus, { session: session.uid })).pid, pid, 'the agent was not ended');
    assert.ok(isRunning(pid ?? 0));
    assert.deepEqual(await claude.problemsOfNextRequest(session, claude.kept()), []);
  }

  it('the CLI is missing', async () => {
    renameSync(program, `${program}-away`);
    await refused(/failed while looking for the agent: .*Claude Code|failed while looking for the agent: .*claude/i);
    renameSync(`${program}-away`, program);
  });

  it('the CLI is of a version that cannot be told', async () => {
    renameSync(program, `${program}-away`);
    writeFileSync(program, '#!/bin/sh\necho something else\n');
    chmodSync(program, 0o755);
    await refused(/failed while looking for the agent/);
    rmSync(program);
    renameSync(`${program}-away`, program);
  });

  it('its transcript is gone in part, and so is the copy that was kept of it', async () => {
    const { path } = session.conversation.native;
    const whole = readFileSync(path, 'utf8');
    const lines = whole.split('\n');
    const prompt = lines.findIndex((line) => line.includes('"type":"user"'));
    assert.ok(prompt >= 0);
    writeFileSync(path, lines.slice(prompt + 1).join('\n'));
    rmSync(join(claude.product.env['BACKSTITCH_STATE_DIR'] ?? '', 'native'), { recursive: true });
    await assert.rejects(session.rewind(await seamAt(3)), { message: /cannot be rewound/ });
    writeFileSync(path, whole);
    assert.deepEqual(await claude.problemsOfNextRequest(session, claude.kept()), []);
  });
});

/** What the CLI remembers, as its own files tell it. */
const memory = ({ conversation: { native } }: SessionUnderTest): unknown => ({ native, transcript: readFileSync(native.path, 'utf8').split('\n').filter((line) => line.includes('"message"')) });

describe('the real Claude Code is killed in the middle of a rewind', () => {
  const killedAt = async (point: string, work: (claude: ClaudeProduct, session: SessionUnderTest) => Promise<void>): Promise<void> => {
    const claude = await ClaudeProduct.open();
    try {
      const session = await claude.start(await claude.product.connect({ BACKSTITCH_HOST_KILL_AGENT_AT: point }));
      await session.ask('do the [[work]]');
      assert.equal(readFileSync(join(claude.sandbox.cwd, 'made.txt'), 'utf8'), 'uno\n');
      await work(claude, session);
    } finally {
      await claude.dispose();
    }
  };

  it('the one that is left, once the rewind has begun: the rewind is complete, and there is a way back', () => killedAt('started', async (claude, session) => {
    const steps = session.steps();
    await session.rewind((await session.seams())[1]?.seam ?? '');
    assert.deepEqual(session.events.flatMap((event) => (event.type === 'run_ended' ? [event.signal] : [])), ['SIGKILL']);
    assert.equal(session.conversation.branch, 'branch-2');
    assert.equal(existsSync(join(claude.sandbox.cwd, 'made.txt')), false);
    await session.switchTo('main');
    assert.deepEqual(session.steps(), steps);
    assert.equal(readFileSync(join(claude.sandbox.cwd, 'made.txt'), 'utf8'), 'uno\n');
    assert.deepEqual(await claude.problemsOfNextRequest(session, claude.kept()), []);
  }));

  it('the one that is started, before it is ready: branch, history and files are those of before', () => killedAt('launching', async (claude, session) => {
    const before = { steps: session.steps(), memory: memory(session) };
    const seam = (await session.seams())[1]?.seam ?? '';
    await assert.rejects(session.rewind(seam), { message: /^The rewind failed while starting the agent on its new history: it ended at once \([^]*\)\. The branch, the agent's history and the files are those of before\.$/ });
    assert.equal(session.conversation.branch, 'main');
    assert.deepEqual({ steps: session.steps(), memory: memory(session) }, before);
    assert.equal(readFileSync(join(claude.sandbox.cwd, 'made.txt'), 'utf8'), 'uno\n');
    assert.deepEqual(await claude.problemsOfNextRequest(session, claude.kept()), []);
    assert.equal((await session.rewind(seam)).branch, 'branch-2');
  }));
});
