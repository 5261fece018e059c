import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decoded, Observation } from '../../../src/core/adapter.ts';
import { conversation, decodeAll, draftsOf, newDecoder, observations, transcriptPath } from './recording.ts';

const lines = observations.filter((seen) => seen.is === 'line');
const others = observations.filter((seen) => seen.is !== 'line');
/** What must not depend on how the observations come: blocks with what is before them, results, turns. */
const facts = (decoded: readonly Decoded[]) => [
  ...draftsOf(decoded, 'block').map(({ lane, native, after, body }) => JSON.stringify([lane, native.id, after, body])),
  ...draftsOf(decoded, 'block_updated').map(({ call, result }) => JSON.stringify([call, result])),
].toSorted();

test('a recorded run of the real CLI', () => {
  const decoded = decodeAll(observations);
  assert.deepEqual(conversation(decoded), [
    '0 after - prompt: please [[work]]',
    '1 after 0 thinking: First I look at the file.',
    '2 after 1 text: I read the file.',
    '3 after 2 Read',
    '4 after 3 text: Now two things at once.',
    '5 after 4 Read',
    '6 after 5 Bash',
    '7 after 6 text: I write a file.',
    '8 after 7 Write',
    '9 after 8 text: And change it.',
    '10 after 9 Edit',
    '11 after 10 thinking: All is done.',
    '12 after 11 text: Done with the work.',
    '13 after 12 prompt: please [[subagent]]',
    '14 after 13 text: I send somebody.',
    '15 after 14 Agent',
    '  16 after - prompt: Please [[child]]',
    '  17 after 16 thinking: The child thinks.',
    '  18 after 17 text: The child reads.',
    '  19 after 18 Read',
    '20 after 15 text: Somebody is at work.',
    '  21 after 19 text: The child is done.',
    '22 after 20 prompt: <task-notification>',
    '23 after 22 text: Somebody is at work.',
    '24 after 23 compaction manual: 1. Primary Request: the scripted work.',
    '25 after 24 notice: /compact',
    '26 after 25 notice: Compacted (ctrl+o to see full summary)',
    '27 after 26 prompt: please [[hi]]',
    '28 after 27 text: Hello from the model.',
  ]);
  assert.deepEqual(draftsOf(decoded, 'task_complete').map(({ status }) => status), ['completed', 'completed', 'completed', 'completed']);
  assert.deepEqual(draftsOf(decoded, 'lane_opened').map(({ parent_lane, agent_type, description, background }) => [parent_lane, agent_type, description, background]), [['main', 'general-purpose', 'Look at the files', true]]);
  assert.deepEqual(draftsOf(decoded, 'lane_closed').map(({ status, summary }) => [status, summary]), [['completed', 'The child is done.']]);
  assert.equal(draftsOf(decoded, 'state').at(-1)?.state.is, 'exited');
});

test('edits tell both sides of the file', () => {
  const results = draftsOf(decodeAll(observations), 'block_updated');
  assert.deepEqual(results.flatMap(({ result }) => result.edits ?? []), [
    { path: '/sandbox/project/made.txt', before: null, after: 'one\n' },
    { path: '/sandbox/project/made.txt', before: 'one\n', after: 'uno\n' },
  ]);
});

test('every live text ends when its block lands', () => {
  const open = new Map<string, string | null>();
  for (const item of decodeAll(observations)) if (item.is === 'live') open.set(item.live.live, item.live.text);
  assert.ok(open.size > 5);
  assert.deepEqual([...open.values()].filter((text) => text !== null), []);
});

test('rows before hooks, and a pause after every row, give the same facts', () => {
  const expected = facts(decodeAll(observations));
  assert.deepEqual(facts(decodeAll([...others.filter(({ is }) => is !== 'exited'), ...lines])), expected);
  assert.deepEqual(facts(decodeAll(observations.flatMap((seen): Observation[] => [seen, { is: 'quiet', ms: 0 }]))), expected);
});

test('rows out of order, as 2.1.197 wrote them, are told in the order of the conversation', () => {
  const expected = facts(decodeAll(observations));
  for (const at of lines.keys()) {
    const next = lines[at + 1];
    const line = lines[at];
    if (!line || !next || next.watch !== line.watch) continue;
    const swapped = [...others.filter(({ is }) => is !== 'exited'), ...lines.slice(0, at), next, line, ...lines.slice(at + 2)];
    assert.deepEqual(facts(decodeAll(swapped)), expected, `rows ${at} and ${at + 1} swapped`);
  }
});

test('a file that is read again says nothing new', () => {
  const decoder = newDecoder();
  decodeAll(observations, decoder);
  assert.deepEqual(facts(decodeAll(lines, decoder)), []);
});

test('what cannot be read is shown with its raw text', () => {
  const decoder = newDecoder(transcriptPath);
  const line = (text: string): Decoded[] => decoder.decode({ is: 'line', watch: 'transcript', path: transcriptPath, line: text });
  const [torn] = draftsOf(line('{"type":"assistant","uu'), 'block');
  assert.deepEqual(torn?.body, { kind: 'notice', notice: 'unread', text: 'A line that could not be read.', raw: '{"type":"assistant","uu' });
  const [unknown] = draftsOf(line('{"type":"poem","uuid":"p1","parentUuid":null,"content":"roses"}'), 'block');
  assert.equal(unknown?.body.kind === 'notice' && unknown.body.notice, 'unread');
  assert.deepEqual(line('{"type":"bookkeeping-of-tomorrow","n":1}'), []);
});

test('hostile payloads never throw', () => {
  const decoder = newDecoder(transcriptPath);
  const odd: unknown[] = [null, 7, 'text', [], {}, { hook_event_name: 5 }, { agent_id: {}, tool_name: [], tool_use_id: 3, tool_calls: 'x', tool_response: null, background_tasks: [null] }];
  for (const hook of ['SessionStart', 'UserPromptSubmit', 'PreCompact', 'PreToolUse', 'PermissionRequest', 'PostToolUse', 'PostToolBatch', 'MessageDisplay', 'SubagentStart', 'SubagentStop', 'Stop', 'Nonsense']) {
    for (const payload of odd) decoder.decode({ is: 'hook', hook, payload });
  }
  for (const line of ['null', '[]', '{"type":"user"}', '{"type":"user","uuid":"a","message":{"content":[null,5,{"type":"tool_result"}]}}', '{"type":"system","uuid":"b","parentUuid":"b"}']) decoder.decode({ is: 'line', watch: 'transcript', path: transcriptPath, line });
  decoder.decode({ is: 'text', watch: 'status', path: '', text: '{"status":"dancing"}' });
  decoder.decode({ is: 'quiet', ms: 0 });
});

test('what a turn ended with is awaited until its row is read', () => {
  const decoder = newDecoder();
  const stop = observations.findIndex((seen) => seen.is === 'hook' && seen.hook === 'Stop');
  for (const seen of observations.slice(0, stop + 1)) if (seen.is !== 'line') decoder.decode(seen);
  assert.equal(decoder.isBehind, true);
  for (const seen of lines) decoder.decode(seen);
  assert.equal(decoder.isBehind, false);
  for (const seen of observations.slice(stop, stop + 1)) decoder.decode(seen);
  assert.equal(decoder.isBehind, false);
});
