import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation } from '../../src/core/conversation.ts';
import type { Event, EventBody } from '../../src/core/events.ts';
import type { Branch, Lane, SessionSummary } from '../../src/core/view.ts';
import type { RewindPreview } from '../../src/protocol/protocol.ts';
import { blockLine } from '../../webview/model/blockLine.ts';
import { lastShared } from '../../webview/model/branchCards.ts';
import { clipped } from '../../webview/model/clipped.ts';
import { diffOf } from '../../webview/model/diffLines.ts';
import { sameSection } from '../../webview/model/feedItems.ts';
import { parseCommand, parsePage, parseSnapshot } from '../../webview/model/inbound.ts';
import { laneTrail, laneTree } from '../../webview/model/laneTree.ts';
import { panelContent } from '../../webview/model/panelContent.ts';
import { shortPath, withShortPaths } from '../../webview/model/paths.ts';
import { dropsPhrase, duration, filesPhrase, rewindTitle, shortNumber, usagePhrase } from '../../webview/model/phrases.ts';
import { moveParams, planOf } from '../../webview/model/rewindChoice.ts';
import { toolInputOf } from '../../webview/model/toolInput.ts';
import { say, useStrings } from '../../webview/strings.ts';
import { gallery } from './gallery.ts';

const folded = (bodies: EventBody[]): Conversation => {
  const conversation = new Conversation();
  bodies.forEach((body, index) => conversation.apply({ schema_version: 1, seq: index + 1, ts: '2026-01-01T00:00:00.000Z', id: 'docs', run: 1, ...body } as Event));
  return conversation;
};
const summary = { agentName: 'Demo Agent', id: 'docs', problem: null } as SessionSummary;
const facts = { summary, damage: [], live: [], seams: new Map() };
const printed = (conversation: Conversation, lane = 'main'): string[] =>
  panelContent(conversation, lane, facts).sections.flatMap((section) => section.items.map((item) => `${section.number} ${item.is === 'seam' ? `${item.seam.seam} ${dropsPhrase(item.seam.drops)}` : item.is === 'branch' ? `${item.card.branch.branch} ${item.card.is} after ${item.card.after}, ${item.card.steps} steps` : item.key}`));
const branch = (name: string, parent: string | null, seam: string | null): Branch => ({ branch: name, parent, seam, tip: 'b99' }) as Branch;
const rewound = (branch: string, from: string, seam: string): EventBody =>
  ({ type: 'rewound', rewind: 'r', branch, parent_branch: from, seam, native: { session: branch, path: '' }, fidelity: 'exact', files: { is: 'kept' }, tip_checkpoint: null });

test('the feed of a session: blocks, seams with what they drop, the footer of a turn', () => {
  assert.deepEqual(printed(folded(gallery)), [
    '0 b1', '0 s1 3 paragraphs, 5 tool calls, 1 thought and 1 compaction',
    '0 b2', '0 b3', '0 s3 2 paragraphs, 5 tool calls and 1 compaction',
    '0 b4', '1 b5', '1 s5 2 paragraphs, 3 tool calls and 1 compaction',
    '1 b6', '1 s6 1 paragraph, 3 tool calls and 1 compaction',
    '1 b7', '1 s7 1 paragraph, 2 tool calls and 1 compaction',
    '1 b8', '1 s8 1 paragraph, 1 tool call and 1 compaction',
    '2 b9', '2 b10', '2 b13', '2 b14', '3 b15', '3 turn:t1',
  ]);
});

test('a lane has no seams', () => assert.deepEqual(printed(folded(gallery), 'a1'), ['0 b11', '0 b12']));

test('a branch that was left is a card where it leaves, seen from either side', () => {
  const conversation = folded([...gallery, rewound('branch-2', 'main', 's6'), { type: 'block', block: 'b16', lane: 'main', after: 'b6', kind: 'prompt', text: 'Another way', source: 'sent' }]);
  assert.deepEqual(printed(conversation).slice(-4), ['1 b6', '1 main cut after b6, 7 steps', '1 s6 1 prompt', '1 b16']);
  conversation.apply({ schema_version: 1, seq: 999, ts: '', id: 'docs', type: 'branch_selected', rewind: 'r', branch: 'main', from_branch: 'branch-2', native: { session: 'n1', path: '' }, files: { is: 'kept' }, tip_checkpoint: null });
  assert.ok(printed(conversation).includes('1 branch-2 cut after b6, 1 steps'));
});

test('where two branches part, also after a rewind to what a parent had inherited', () => {
  const branches = [branch('main', null, null), branch('branch-2', 'main', 's50'), branch('branch-3', 'branch-2', 's30'), branch('branch-4', 'main', 's70'), branch('branch-5', 'main', null)];
  assert.equal(lastShared(branches, 'main', 'branch-2'), 'b50');
  assert.equal(lastShared(branches, 'branch-3', 'branch-2'), 'b30');
  assert.equal(lastShared(branches, 'branch-3', 'main'), 'b30');
  assert.equal(lastShared(branches, 'branch-2', 'branch-4'), 'b50');
  assert.equal(lastShared(branches, 'branch-5', 'branch-4'), null, 'a branch that began anew shares nothing');
});

test('sections are counted from the start, so that an older page leaves the later ones as they are', () => {
  const bodies: EventBody[] = Array.from({ length: 50 }, (_, i) => ({ type: 'block', block: `b${i + 1}`, lane: 'main', after: i === 0 ? null : `b${i}`, kind: 'notice', notice: 'info', text: String(i) }));
  const whole = folded(bodies);
  const page = whole.page('main', 'main', undefined, 15);
  const part = new Conversation();
  part.addPage(page);
  assert.equal(page.before, 35);
  const [all, again] = [panelContent(whole, 'main', facts).sections, panelContent(whole, 'main', facts).sections];
  assert.deepEqual(all.map((section) => [section.number, section.items.length]), [...Array.from({ length: 12 }, (_, at) => [at, 4]), [12, 2]]);
  assert.ok(all.every((section, index) => sameSection(section, again[index]!)));
});

test('the confirm says in words what goes', () => {
  assert.equal(rewindTitle({ text: 2, tool: 3, thinking: 1, prompt: 0 }), 'Rewind to here: 2 paragraphs, 3 tool calls and 1 thought go');
  assert.equal(rewindTitle({ text: 0, tool: 1, thinking: 0, prompt: 0 }), 'Rewind to here: 1 tool call goes');
});

test('a rewind is asked for with what was chosen and what the panel believed', () => {
  const preview = { seam: 's5', files: [{ path: 'a', is: 'modified', conflict: true }, { path: 'b', is: 'added', conflict: false }], state: { is: 'idle' }, ends: [], expect: { branch: 'main', tip: 'b9' } } as unknown as RewindPreview;
  const params = (shown: RewindPreview, choice: Parameters<typeof moveParams>[2]) => moveParams(shown, planOf(shown), choice);
  assert.deepEqual(params(preview, { files: true, overwrite: ['a', 'b', 'gone'] }), { files: true, overwrite: ['a'], expect: { branch: 'main', tip: 'b9' } });
  assert.deepEqual(params(preview, { files: false, overwrite: ['a'] }), { files: false, expect: { branch: 'main', tip: 'b9' } });
  assert.equal(params({ ...preview, state: { is: 'waiting', for: 'permission' } }, { files: false, overwrite: [] }).interrupt, true);
  assert.equal(params({ ...preview, ends: ['a background command'] }, { files: false, overwrite: [] }).interrupt, true);
  assert.equal(params({ ...preview, files: [] }, { files: true, overwrite: [] }).files, false);
  assert.equal(params({ ...preview, files: [], state: { is: 'busy' } }, { files: true, overwrite: [] }).files, true, 'what it changes while it is interrupted is taken back as well');
  assert.equal(params({ ...preview, files: null, state: { is: 'busy' } }, { files: true, overwrite: [] }).files, false);
  assert.deepEqual(moveParams(preview, null, { files: true, overwrite: ['a'] }), { files: true, expect: { branch: 'main', tip: 'b9' } },
    'before the files are known: restored, and nothing overwritten that was not seen');
});

test('a rewind is under way from the host’s word on, and while its start has no end', () => {
  const moving = (conversation: Conversation, told?: SessionSummary['moving']) => panelContent(conversation, 'main', { ...facts, summary: { ...summary, ...(told !== undefined && { moving: told }) } }).header.moving;
  const started: EventBody = { type: 'rewind_started', rewind: 'r', how: 'switch', from_branch: 'main', to_branch: 'b', tip: null, seam: null, old_native: { session: 'a', path: '' }, new_native: { session: 'b', path: '' }, checkpoint: null, to_checkpoint: null, files: false };
  assert.deepEqual([moving(folded(gallery)), moving(folded(gallery), null), moving(folded(gallery), 'rewind'), moving(folded([...gallery, started]))], [null, null, 'rewind', 'switch']);
});

test('a diff folds what has not changed', () => {
  const before = Array.from({ length: 30 }, (_, i) => `line ${i}`);
  const after = before.with(15, 'LINE 15');
  const lines = diffOf({ path: 'f', before: `${before.join('\n')}\n`, after: `${after.join('\n')}\n` }).map((line) => (line.is === 'skipped' ? `~${line.count}` : `${line.is[0]} ${line.text}`));
  assert.deepEqual(lines, ['~12', 's line 12', 's line 13', 's line 14', 'r line 15', 'a LINE 15', 's line 16', 's line 17', 's line 18', '~11']);
  assert.deepEqual(diffOf({ path: 'f', before: null, after: 'new\n' }), [{ is: 'added', text: 'new' }]);
});

test('long output keeps its end, a long file its beginning', () => {
  const text = Array.from({ length: 40 }, (_, i) => `${i}`).join('\n');
  assert.deepEqual(clipped(text, 'last', 3), { text: '37\n38\n39', hidden: 37 });
  assert.deepEqual(clipped(text, 'first', 3), { text: '0\n1\n2', hidden: 37 });
  assert.deepEqual(clipped('a\nb\n', 'last', 3), { text: 'a\nb', hidden: 0 });
});

test('any input of a tool is readable', () => {
  assert.deepEqual(toolInputOf({ command: 'ls\n-la', n: 1 }), { brief: 'ls', full: 'command: \n  ls\n  -la\nn: 1' });
  for (const input of [null, undefined, 3, 'x', [1], { ['__proto__']: 1 }]) assert.equal(typeof toolInputOf(input).full, 'string');
});

test('subagents are a tree; one named as its own ancestor makes no circle', () => {
  const lane = (name: string, parentLane: string | null, openedSeq: number) => ({ lane: name, parentLane, openedSeq, status: 'running' }) as Lane;
  const lanes = [lane('main', null, 0), lane('b', 'a', 2), lane('a', 'main', 1), lane('x', 'y', 3), lane('y', 'x', 4)];
  assert.deepEqual(laneTree(lanes).map((node) => [node.lane.lane, node.children.map((child) => child.lane.lane)]), [['a', ['b']], ['y', ['x']]]);
  assert.deepEqual(laneTrail(lanes, 'b').map((one) => one.lane), ['a', 'b']);
});

test('numbers and times are short', () => {
  assert.deepEqual([950, 12_300, 168_000, 999_600, 1_200_000].map(shortNumber), ['950', '12.3k', '168k', '1M', '1.2M']);
  assert.deepEqual([900, 41_000, 83_000].map(duration), ['0.9 s', '41 s', '1 min 23 s']);
});

test('a block on one line carries no control sequence and no line break', () => {
  assert.equal(blockLine({ kind: 'text', text: '\u001b[31mred\u001b[0m\nnext' } as never), 'red next');
  assert.equal(blockLine({ kind: 'novelty' } as never), 'Unknown step “novelty”');
});

test('texts are translated by key or by their English', () => {
  useStrings({ Idle: 'Bereit', 'state.busy': 'Arbeitet', 'state.exited': 7 });
  assert.deepEqual([say('state.idle'), say('state.busy'), say('state.exited')], ['Bereit', 'Arbeitet', 'Exited']);
  useStrings({});
});

test('what comes in is checked; a block of an unknown kind passes, a broken known one does not', () => {
  assert.throws(() => parseSnapshot({ seq: 'x' }), /session\/open/);
  assert.throws(() => parseCommand({ what: 'eval' }));
  const block = { block: 'b1', lane: 'main', after: null, seq: 1, ts: '', depth: 0 };
  const page = (extra: object) => ({ lane: 'main', branch: 'main', before: 0, blocks: [{ ...block, ...extra }] });
  assert.equal(parsePage(page({ kind: 'novelty' })).blocks.length, 1);
  assert.throws(() => parsePage(page({ kind: 'text', text: 7 })), /session\/page/);
});

test('a host of an earlier version tells nothing of queue and watch: nothing is wrong with that', () => {
  const snapshot = parseSnapshot({
    seq: 1, branches: [], lanes: [], requests: [], turns: [], checkpoints: [], queue: [{ send: 'q', text: 'a' }], live: [], page: { lane: 'main', branch: 'main', before: 0, blocks: [] }, damage: [],
    summary: { uid: 'u', id: 'docs', agent: 'demo', agentName: 'Demo', state: { is: 'busy' }, branch: 'main', problem: null },
  });
  assert.deepEqual([snapshot.queuePaused, snapshot.summary.stall, snapshot.summary.settings.max_resumes], [false, null, 0]);
});

test('a branch that shares nothing with the shown one stands at the top, before or elsewhere', () => {
  const conversation = folded([...gallery, { type: 'native_session', native: { session: 'n2', path: '/n2' }, branch: 'branch-2', cause: 'clear' }]);
  assert.deepEqual(printed(conversation), ['0 main before after null, 13 steps']);
  conversation.apply({ schema_version: 1, seq: 900, ts: '', id: 'docs', run: 1, type: 'block', block: 'b16', lane: 'main', after: null, kind: 'prompt', text: 'Anew', source: 'typed' });
  assert.deepEqual(printed(conversation), ['0 main before after null, 13 steps', '0 b16']);
  conversation.apply({ schema_version: 1, seq: 901, ts: '', id: 'docs', type: 'branch_selected', rewind: 'r', branch: 'main', from_branch: 'branch-2', native: { session: 'n1', path: '' }, files: { is: 'kept' }, tip_checkpoint: null });
  assert.equal(printed(conversation)[0], '0 branch-2 apart after null, 1 steps');
});

const message = (n: number, turn: string, input: number, cached: number | null, output: number): EventBody =>
  ({ type: 'block', block: `b${n}`, lane: 'main', after: n === 1 ? null : `b${n - 1}`, turn, kind: 'text', text: 'x', model: 'large-1', usage: { input_tokens: input, output_tokens: output, reasoning_tokens: null, cached_tokens: cached, total_tokens: input + (cached ?? 0) + output } });

test('a turn costs what its messages cost, and the header says what all turns cost', () => {
  const conversation = folded([
    { type: 'turn_started', turnId: 'u', lane: 'main' }, message(1, 'u', 120, 1000, 5), message(2, 'u', 30, 2000, 7), { type: 'task_complete', turnId: 'u', status: 'completed', lane: 'main' },
    message(3, 'u', 10, 3000, 8),
    { type: 'turn_started', turnId: 'v', lane: 'main' }, message(4, 'v', 1, 1, 1),
    { type: 'task_complete', turnId: 'v', status: 'completed', lane: 'main', tokenUsage: { input_tokens: 800, output_tokens: 20, reasoning_tokens: null, cached_tokens: 600, total_tokens: 820 }, duration_ms: 1500 },
  ]);
  const footers = panelContent(conversation, 'main', facts).sections.flatMap(({ items }) => items).flatMap((item) => (item.is === 'footer' ? [[item.model, usagePhrase(item.turn.usage)]] : []));
  assert.deepEqual(footers, [['large-1', '6.2k in (6k cached) · 20 out'], ['large-1', '800 in (600 cached) · 20 out']]);
  const { model, tokens, tokensDetail } = panelContent(conversation, 'main', facts).header;
  assert.deepEqual([model, tokens, tokensDetail], ['large-1', '7k tokens', 'All turns of this branch: 7k in (6.6k cached) · 40 out']);
});

test('a turn of which the agent does not say how long it took lasts from its first event to its last', () => {
  const conversation = new Conversation();
  const at = (seq: number, ts: string, body: EventBody): unknown => conversation.apply({ schema_version: 1, seq, ts, id: 'docs', run: 1, ...body } as Event);
  at(1, '2026-01-01T00:00:00.000Z', { type: 'turn_started', turnId: 'u', lane: 'main' });
  at(2, '2026-01-01T00:00:12.500Z', { type: 'task_complete', turnId: 'u', status: 'completed', lane: 'main' });
  assert.equal(conversation.turns.get('u')?.durationMs, 12_500);
});

test('seams say what the host has told of them', () => {
  const told = { ...facts, seams: new Map([['s6', { fidelity: 'approximate', reason: 'the agent summarises' } as const]]) };
  const seams = panelContent(folded(gallery), 'main', told).sections.flatMap(({ items }) => items).flatMap((item) => (item.is === 'seam' ? [item.seam.fidelity === 'exact' ? item.seam.seam : `${item.seam.seam} ${item.seam.fidelity}: ${item.seam.reason}`] : []));
  assert.deepEqual(seams, ['s1', 's3', 's5', 's6 approximate: the agent summarises', 's7', 's8']);
});

test('paths inside the session’s folder are said relative to it', () => {
  assert.deepEqual(['/ws/app/src/a.ts', '/ws/app', '/ws/application/a.ts', 'src/a.ts', '/other/a.ts'].map((path) => shortPath(path, '/ws/app/')), ['src/a.ts', '.', '/ws/application/a.ts', 'src/a.ts', '/other/a.ts']);
  assert.equal(shortPath('C:\\ws\\src\\a.ts', 'C:\\ws'), 'src\\a.ts');
  assert.equal(withShortPaths('Write: /ws/app/made.txt', '/ws/app'), 'Write: made.txt');
  assert.equal(withShortPaths('cp "/ws/app/a" /ws/app/b /ws/application/c /mnt/ws/app/d', '/ws/app'), 'cp "a" b /ws/application/c /mnt/ws/app/d');
  assert.equal(withShortPaths('ls /ws/app/ /ws/app', '/ws/app'), 'ls /ws/app/ /ws/app');
  assert.equal(withShortPaths('Read /etc/hosts', '/'), 'Read /etc/hosts');
});

test('what was done with files is told, also what was left alone', () => {
  assert.equal(filesPhrase({ is: 'restored', restored: ['a', 'b'], conflicts: ['notes.txt'] }, 'Now on main.', 'branch.doneWithFiles', 'main'), 'Now on main, files restored: 2. Left alone because somebody else changed them: notes.txt.');
  assert.equal(filesPhrase({ is: 'kept' }, 'Now on main.', 'branch.doneWithFiles', 'main'), 'Now on main.');
});
