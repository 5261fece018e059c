import assert from 'node:assert/strict';
import { test } from 'node:test';
import { history } from '../../../src/agents/claude/history.ts';
import { asObject, parseObject } from '../../../src/agents/claude/json.ts';
import type { Doubt } from '../../../src/core/adapter.ts';
import { decodeAll, draftsOf, observations, session, transcriptPath } from './recording.ts';

const native = { session, path: transcriptPath };
const blocks = draftsOf(decodeAll(observations), 'block').filter(({ lane }) => lane === 'main');
const chain = blocks.map((block) => block.native.id);
const lines = observations.flatMap((seen) => (seen.is === 'line' && seen.path === transcriptPath ? [seen.line] : []));
const lineOf = (id: string) => lines.findIndex((line) => parseObject(line)?.['uuid'] === id);
const bytes = (text: string) => new TextEncoder().encode(text);

const isOfBackground = ({ reason }: Doubt) => reason.startsWith('Background work');
/** But for the subagent of the recording, which has a test of its own. */
const doubtsIn = (changed: readonly string[], pieceLength?: number): Doubt[] =>
  allDoubtsIn(changed, pieceLength).filter((doubt) => !isOfBackground(doubt));

function allDoubtsIn(changed: readonly string[], pieceLength = Number.POSITIVE_INFINITY): Doubt[] {
  const reading = history.reading?.(native);
  assert.ok(reading);
  const content = bytes(`${changed.join('\n')}\n`);
  const length = Math.min(pieceLength, content.length);
  for (let at = 0; at < content.length; at += length) reading.take(transcriptPath, content.subarray(at, at + length));
  return reading.doubts(chain);
}

/** The recorded lines with a row between the one at `below` and what hangs on that. */
function withRow(below: string, row: Record<string, unknown>): string[] {
  const at = lineOf(below);
  const added = JSON.stringify({ uuid: 'added', parentUuid: below, isSidechain: false, ...row });
  const rest = lines.slice(at + 1).map((line) => line.replaceAll(`"parentUuid":"${below}"`, '"parentUuid":"added"'));
  return [...lines.slice(0, at + 1), added, ...rest];
}

const first = { prompt: chain[0] ?? '', text: chain[2] ?? '', tool: chain[3] ?? '' };

test('a history as the CLI writes it leaves no doubt, in whatever pieces it is read', () => {
  assert.deepEqual([doubtsIn(lines), doubtsIn(lines, 1), doubtsIn(lines, 1000)], [[], [], []]);
});

test('a row of an unknown kind makes what is behind it doubtful, and what it stands with', () => {
  const told = (below: string, row: Record<string, unknown>) =>
    doubtsIn(withRow(below, row)).map(({ from, fidelity, reason }) => `${from} ${fidelity}: ${reason}`);
  const doubt = (from: number, what: string) =>
    [`${from} approximate: There is ${what} above: whether the model gets it again is not known.`];
  assert.deepEqual(
    told(first.prompt, { type: 'hologram' }),
    doubt(0, 'a row of the unknown type “hologram”'),
  );
  assert.deepEqual(
    told(first.prompt, { type: 'system', subtype: 'oracle' }),
    doubt(0, 'a system row of the unknown kind “oracle”'),
  );
  assert.deepEqual(
    told(first.prompt, { type: 'attachment', attachment: { type: 'scent' } }),
    doubt(0, 'an attachment of the unknown kind “scent”'),
  );
  assert.deepEqual(
    told(first.text, { type: 'attachment', attachment: { type: 'scent' } }),
    doubt(3, 'an attachment of the unknown kind “scent”'),
  );
  assert.deepEqual(
    told(first.prompt, { type: 'user', isMeta: true, message: { role: 'user', content: [{ type: 'taste' }] } }),
    doubt(0, 'content of the unknown kind “taste”'),
  );
});

test('an unknown part of a known row counts from that row on', () => {
  const changed = lines.map((line) => {
    const row = parseObject(line);
    const message = asObject(row?.['message']);
    if (row?.['uuid'] !== first.text) return line;
    return JSON.stringify({ ...row, message: { ...message, content: [{ type: 'taste' }] } });
  });
  assert.deepEqual(doubtsIn(changed).map(({ from, fidelity }) => [from, fidelity]), [[2, 'approximate']]);
});

test('lines that the CLI skips leave no doubt, as long as nothing is lost with them', () => {
  assert.deepEqual(doubtsIn([...lines.slice(0, 4), '\0'.repeat(300), ...lines.slice(4)]), []);
});

test('what is lost with such lines is told: a step, a result, a row between', () => {
  const without = (at: number) => {
    const damaged = [...lines.slice(0, at), '\0'.repeat(300), ...lines.slice(at + 1)];
    return doubtsIn(damaged).map(({ from, fidelity }) => [from, fidelity]);
  };
  const resultOf = lines.findIndex((line) => line.includes('"type":"tool_result"'));
  assert.deepEqual(without(lineOf(first.text)), [[2, 'none'], [3, 'approximate']]);
  assert.deepEqual(without(resultOf), [[3, 'none'], [4, 'approximate']]);
  const attachment = lines.findIndex((line) => parseObject(line)?.['parentUuid'] === first.prompt);
  assert.deepEqual(without(attachment), [[1, 'approximate']]);
  const gone = 'Claude Code’s history does not hold this step any more';
  const at = lineOf(first.prompt);
  const glued = [...lines.slice(0, at), `${lines[at]}${lines[at + 1]}`, ...lines.slice(at + 2)];
  assert.deepEqual(doubtsIn(glued).map(({ from, fidelity, reason }) => [from, fidelity, reason]), [
    [0, 'none', `${gone}, or one above it (a line in it cannot be read).`],
    [1, 'approximate', 'A row above is missing in Claude Code’s history: it goes on without what that row said.'],
  ]);
});

test('background work makes the seams doubtful from its call to the step that tells its end', () => {
  const reason = 'Background work had not ended here (Look at the files): Claude Code tells the model that it was stopped.';
  assert.deepEqual(allDoubtsIn(lines), [{ from: 15, until: 17, fidelity: 'approximate', reason }]);
  const end = lines.findIndex((line) => line.includes('<task-notification>') && line.includes('"parentUuid"'));
  const [open] = allDoubtsIn(lines.slice(0, end)).filter(isOfBackground);
  assert.deepEqual(open, { from: 15, fidelity: 'approximate', reason });
});
