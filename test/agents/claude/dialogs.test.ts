import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { dialogOnScreen, tokenCountsOn } from '../../../src/agents/claude/dialogs.ts';
import { limitInText, limitOnScreen, untilIn } from '../../../src/agents/claude/limits.ts';
import { settingArgs } from '../../../src/agents/claude/settings.ts';
import type { AgentState } from '../../../src/core/events.ts';
import * as p from '../../../src/protocol/protocol.ts';
import { text } from '../../modelServer/scenarios.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import type { SessionUnderTest } from '../../support/sessionUnderTest.ts';
import { draftsOf, newDecoder } from './recording.ts';

const rule = '─'.repeat(80);
const box = [rule, '❯', rule, '  ⏸ manual mode on · ? for shortcuts'];
const now = Date.parse('2026-11-21T04:39:35.726Z');

test('a reset is the next such moment in its zone', () => {
  const until = (said: string, zone = 'Europe/Berlin') => untilIn(said, now, zone);
  assert.equal(until('resets 7:09am (Europe/Berlin)', 'Asia/Tokyo'), '2026-11-21T06:09:00.000Z');
  assert.equal(until('resets 3:45pm'), '2026-11-21T14:45:00.000Z');
  assert.equal(until('resets 3am (America/New_York)'), '2026-11-21T08:00:00.000Z');
  assert.equal(until('resets 5:39am'), '2026-11-21T04:39:00.000Z', 'only just');
  assert.equal(until('resets 5:38am'), '2026-11-22T04:38:00.000Z', 'tomorrow');
  assert.equal(until('resets 12am'), '2026-11-21T23:00:00.000Z');
  assert.equal(until('limit resets Nov 25, 9am · more'), '2026-11-25T08:00:00.000Z');
  assert.equal(until('It resets Jan 2, 9:30am (UTC).'), '2027-01-02T09:30:00.000Z');
  assert.equal(until('resets Jul 2, 2027, 12pm'), '2027-07-02T10:00:00.000Z', 'in summer time');
  assert.equal(until('spend limit reached · resets Dec 8 · ask'), '2026-12-07T23:00:00.000Z');
  assert.equal(until('resets at 19:05'), '2026-11-21T18:05:00.000Z');
  assert.equal(until('limit reached|1795241370'), '2026-11-21T06:09:30.000Z');
  assert.equal(until('resets in 2h 15m'), '2026-11-21T06:54:35.726Z');
  assert.equal(until('resets in 3 hours'), '2026-11-21T07:39:35.726Z');
  assert.equal(until('resets 9am (Nowhere/Land)'), '2026-11-21T08:00:00.000Z', 'an unknown zone is passed over');
  assert.equal(until('resets soon'), undefined);
  assert.equal(untilIn('resets 9am', Number.NaN, 'UTC'), undefined);
  assert.equal(untilIn('resets 2:30am', Date.parse('2027-03-27T22:00:00Z'), 'Europe/Berlin'), '2027-03-28T01:30:00.000Z', 'a time that the clock skips');
});

test('which texts tell a limit', () => {
  for (const said of ['You\'ve hit your limit · resets 6:16am (UTC)', 'You\'ve hit your 5-hour limit · resets 7:09am', 'You\'ve hit your session limit', 'Claude AI usage limit reached|1795241370', 'You\'re out of extra usage', 'spend limit reached · resets Aug 8'])
    assert.notEqual(limitInText(said, now, 'UTC'), null, said);
  for (const said of ['API Error: Request rejected (429) · This request would exceed your account\'s rate limit. Please try again later.', 'API Error: 529 overloaded', 'the limit of this function'])
    assert.equal(limitInText(said, now, 'UTC'), null, said);
  assert.deepEqual(limitInText('Claude AI usage limit reached|1795241370', now, 'UTC'), { until: '2026-11-21T06:09:30.000Z', message: 'Claude AI usage limit reached' });
});

test('a limit on the screen is what stands below the input box, or its dialog', () => {
  const line = '  ⚠ Usage limit reached · limit resets 7:09am';
  assert.deepEqual(limitOnScreen([...box.slice(0, 3), line, '    Continuing automatically at 7:09am · Esc to cancel', '  ⏸ manual mode on'], now, 'Europe/Berlin'), { until: '2026-11-21T06:09:00.000Z', message: 'Usage limit reached · limit resets 7:09am' });
  assert.equal(limitOnScreen([line, ...Array.from({ length: 12 }, () => 'talk'), ...box], now, 'Europe/Berlin'), null);
  assert.equal(limitOnScreen(['● It said: Usage limit reached · limit resets 7:09am', ...box], now, 'Europe/Berlin'), null);
  assert.equal(limitOnScreen(['  ⎿  You\'ve hit your 5-hour limit · resets 7:09am', rule, ' What do you want to do?', ' ❯ 1. Stop and wait for limit to reset', '   2. Upgrade your plan'], now, 'UTC')?.until, '2026-11-21T07:09:00.000Z');
});

test('dialogs are known by their words', () => {
  const confirm = ['', ' Enter to confirm · Esc to cancel'];
  const trust = [rule, ' Accessing workspace:', ' /a/project', ' Quick safety check: Is this a project you created or one you trust? (Like your own', ' ❯ No, exit', '   Yes, I trust this folder', ...confirm];
  assert.deepEqual(dialogOnScreen(trust), { dialog: 'trust', message: 'Quick safety check: Is this a project you created or one you trust?' });
  assert.deepEqual(dialogOnScreen([rule, '  Detected a custom API key in your environment', '  Do you want to use this API key?', '    Yes', '  ❯ No (recommended)', ...confirm]), { dialog: 'sign-in', message: 'Detected a custom API key in your environment' });
  assert.deepEqual(dialogOnScreen(['Welcome', ' Select login method:', ' ❯ 1. Claude account with subscription', '   2. Console account']), { dialog: 'sign-in', message: 'Select login method:' });
  assert.deepEqual(dialogOnScreen([rule, ' Resuming the full session uses a lot of your usage limits.', ' ❯ Resume from summary (instant, recommended)', '   Resume full session as-is', "   Don't ask again", ...confirm]), { dialog: 'resume-summary', message: 'Resuming the full session uses a lot of your usage limits.' });
  assert.equal(dialogOnScreen([rule, ' This session has rested for 2h', ' ❯ Resume', '   Start a new conversation', '   Resume from summary', ...confirm])?.dialog, 'resume-summary');
  assert.deepEqual(dialogOnScreen([rule, ' A new version is available', ' ❯ Update now', '   Later', ...confirm])?.dialog, 'update');
  assert.deepEqual(dialogOnScreen([rule, ' Something else', ' ❯ Yes', '   No', ...confirm]), { dialog: 'other', message: 'Something else' });
});

test('what is no dialog', () => {
  assert.equal(dialogOnScreen(box), null);
  assert.equal(dialogOnScreen([' Quick safety check: ... Yes, I trust this folder', ' Enter to confirm · Esc to cancel', ...box]), null, 'the conversation quotes one');
  assert.equal(dialogOnScreen(['● Resume from summary or Resume full session', ...box]), null);
  assert.equal(dialogOnScreen([rule, ' Do you want to proceed?', ' ❯ 1. Yes', '   2. No', ' Esc to cancel · Tab to amend']), null, 'a permission');
  assert.equal(dialogOnScreen([]), null);
});

test('a dialog hides the state and gives it back; a permission that a hook told is none', () => {
  const decoder = newDecoder('/c/projects/p/s.jsonl');
  const screen = (rows: string[]) => decoder.decode({ is: 'screen', rows, cursor: { row: 0, column: 0 }, alternate: true, newText: '' });
  const states = (decoded: ReturnType<typeof screen>) => draftsOf(decoded, 'state').map(({ state }): AgentState => state);
  const other = [rule, ' Something else', ' ❯ Yes', '   No', ' Enter to confirm · Esc to cancel'];
  decoder.decode({ is: 'text', watch: 'status', path: '', text: '{"status":"idle","statusUpdatedAt":1}' });
  assert.deepEqual(states(screen(other)), [{ is: 'waiting', for: 'dialog', dialog: 'other', message: 'Something else' }]);
  assert.deepEqual(states(screen(other)), []);
  assert.deepEqual(states(screen(box)), [{ is: 'idle' }]);
  decoder.decode({ is: 'hook', hook: 'PermissionRequest', payload: { tool_name: 'Bash', tool_input: {} } });
  assert.deepEqual(states(screen(other)), []);
  assert.deepEqual(decoder.state, { is: 'waiting', for: 'permission' });
});

test('a token counter that grows is a sign of life, seconds are not', () => {
  const decoder = newDecoder('/c/projects/p/s.jsonl');
  const isActive = (row: string) => decoder.decode({ is: 'screen', rows: [row, ...box], cursor: { row: 0, column: 0 }, alternate: true, newText: '' }).some(({ is }) => is === 'active');
  assert.deepEqual(['✢ Verb… (1s · ↓ 8 tokens)', '✳ Verb… (2s · ↓ 8 tokens)', '✶ Verb… (3s · ↓ 1.2k tokens)', '✻ Verb… (4s · ↓ 1.2k tokens)', '· Verb… (5s)'].map(isActive), [true, false, true, false, false]);
  assert.equal(tokenCountsOn(['(1m 2s · ↑ 3.4k tokens · esc to interrupt)', 'a file of 12 tokens']), '3.4k');
});

test('settings become arguments, and what the CLI does not know is refused in words', () => {
  assert.deepEqual(settingArgs({ model: 'opus', effort: 'xhigh', permissionMode: 'plan' }), { is: 'args', args: ['--model', 'opus', '--effort', 'xhigh', '--permission-mode', 'plan'] });
  assert.deepEqual(settingArgs({}), { is: 'args', args: [] });
  assert.deepEqual(settingArgs({ effort: 'extreme' }), { is: 'refused', problem: 'Claude Code knows no effort “extreme”. Possible: low, medium, high, xhigh, max.' });
  assert.equal(settingArgs({ permissionMode: 'yolo' }).is, 'refused');
  assert.equal(settingArgs({ model: '--help' }).is, 'refused');
});

describe('the real Claude Code', () => {
  async function open(change: (config: Record<string, unknown>) => void, work: (claude: ClaudeProduct, connection: MessageConnection) => Promise<void>): Promise<void> {
    const claude = await ClaudeProduct.open();
    try {
      const path = join(claude.sandbox.configDir, '.claude.json');
      const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
      change(config);
      writeFileSync(path, JSON.stringify(config));
      await work(claude, await claude.product.connect());
    } finally {
      await claude.dispose();
    }
  }
  const start = (claude: ClaudeProduct, connection: MessageConnection, options: Partial<p.StartParams> = {}): Promise<SessionUnderTest> =>
    claude.product.start(connection, { agent: 'claude', cwd: claude.sandbox.cwd, env: claude.env, agentSettings: { permissionMode: 'manual' }, ...options });
  const keys = (session: SessionUnderTest, data: string) => session.connection.sendNotification(p.terminalInput, { session: session.uid, data });
  const until = (session: SessionUnderTest, state: AgentState['is']) => session.until(state, ({ state: now }) => now.is === state);
  const dialog = (session: SessionUnderTest) => session.until('a dialog', ({ state }) => state.is === 'waiting' && state.for === 'dialog');

  it('asks whether the folder is trusted, and goes on once it is', () => open((config) => { config['projects'] = {}; }, async (claude, connection) => {
    const session = await start(claude, connection);
    await dialog(session);
    assert.deepEqual(session.conversation.state, { is: 'waiting', for: 'dialog', dialog: 'trust', message: 'Quick safety check: Is this a project you created or one you trust?' });
    await connection.sendRequest(p.terminalAttach, { session: session.uid, cols: 100, rows: 30 });
    await new Promise((done) => { setTimeout(done, 400); }); // a dialog takes no keys in its first 100 ms
    await keys(session, '\u001b[B');
    await new Promise((done) => { setTimeout(done, 100); });
    await keys(session, '\r');
    await session.idle();
    await session.ask('please [[hi]]');
    assert.match(session.text(), /Hello from the model/);
  }));

  it('asks whether to use a key that it does not know', () => open((config) => { config['customApiKeyResponses'] = { approved: [], rejected: [] }; }, async (claude, connection) => {
    const session = await start(claude, connection);
    await dialog(session);
    assert.deepEqual(session.conversation.state, { is: 'waiting', for: 'dialog', dialog: 'sign-in', message: 'Detected a custom API key in your environment' });
  }));

  it('is at its usage limit until the time that the server told; what is queued waits; it ends with the next work', () => open(() => undefined, async (claude, connection) => {
    const resetSeconds = Math.floor(Date.now() / 1_000) + 5_400;
    const unified = (name: string, value: string) => ({ [`anthropic-ratelimit-unified-${name}`]: value });
    const headers = { ...unified('status', 'rejected'), ...unified('reset', String(resetSeconds)), ...unified('representative-claim', 'five_hour'), ...unified('overage-status', 'rejected'), 'x-should-retry': 'false' };
    claude.model.script('limit', [{ blocks: [], error: { status: 429, type: 'rate_limit_error', message: 'scripted limit', headers } }, [text('Going on.')]]);
    // The limits of a subscription, which a token stands for; nobody checks it.
    const { ANTHROPIC_API_KEY: _, ...env } = claude.env;
    const session = await start(claude, connection, { env: { ...env, CLAUDE_CODE_OAUTH_TOKEN: 'no-token-of-anybody' } });
    await session.idle();
    await session.send('please [[limit]]');
    await session.send('please [[hi]]');
    await until(session, 'limited');
    // A hook told it to the minute; the transcript's row tells the second.
    await session.until('the exact time', ({ state }) => state.is === 'limited' && state.until === new Date(resetSeconds * 1_000).toISOString() && /hit your limit/.test(state.message ?? ''));
    assert.equal(session.events.some((event) => event.type === 'state' && event.state.is === 'idle' && event.seq > (session.events.find(({ type }) => type === 'turn_started')?.seq ?? 0)), false, 'it was not idle in between');
    assert.deepEqual(session.conversation.queue.map((one) => one.text), ['please [[hi]]']);
    assert.equal(claude.requests().length, 1);
    await connection.sendRequest(p.sessionSend, { session: session.uid, text: 'please [[next]]', from: 'cli', force: true });
    await session.until('both answers', () => /Going on from here/.test(session.text()) && /Hello from the model/.test(session.text()));
    await session.idle();
    assert.deepEqual(session.conversation.state, { is: 'idle' });
  }));

  it('a request that was refused for a while is a turn that failed, and no usage limit', () => open(() => undefined, async (claude, connection) => {
    claude.model.script('limit', [{ blocks: [], error: { status: 429, type: 'rate_limit_error', message: 'scripted limit', headers: { 'retry-after': '5400', 'x-should-retry': 'false' } } }]);
    const session = await start(claude, connection);
    await session.idle();
    await session.ask('please [[limit]]');
    assert.deepEqual(session.conversation.state, { is: 'idle' });
    assert.equal(session.events.findLast((event) => event.type === 'task_complete')?.status, 'failed');
    await session.until('the error', () => /Request rejected \(429\)/.test(session.text()));
  }));
});
