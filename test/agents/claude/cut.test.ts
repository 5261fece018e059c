import assert from 'node:assert/strict';
import { test } from 'node:test';
import { history } from '../../../src/agents/claude/history.ts';
import { asObject, parseObject } from '../../../src/agents/claude/json.ts';
import type { NativeFile } from '../../../src/core/adapter.ts';
import { wrongIn } from '../../../src/host/cutHistory.ts';
import { decodeAll, draftsOf, observations, session, transcriptPath } from './recording.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (file: NativeFile | undefined) => new TextDecoder().decode(file?.content);

/** The files that the recorded run has left behind. */
function recordedFiles(): NativeFile[] {
  const contents = new Map<string, string>();
  for (const seen of observations) {
    if (seen.is === 'line') contents.set(seen.path, `${contents.get(seen.path) ?? ''}${seen.line}\n`);
    if (seen.is === 'text' && seen.watch.startsWith('meta:') && seen.text !== null) contents.set(seen.path, seen.text);
  }
  return [...contents].map(([path, content]) => ({ path, content: bytes(content) }));
}

const native = { session, path: transcriptPath };
const blocks = draftsOf(decodeAll(observations), 'block').filter(({ lane }) => lane === 'main');
const cutAfter = (count: number) => {
  let n = 0;
  return history.cut({ native, files: recordedFiles(), keep: blocks.slice(0, count).map((block) => block.native.id), newSession: 'new-session', now: '2026-01-01T00:00:00.000Z', newUuid: () => `made-${++n}` });
};

test('what is cut after any seam reads back as exactly the kept blocks', () => {
  for (const [index, { body, native: place }] of blocks.entries()) {
    const next = blocks[index + 1];
    if (body.kind === 'thinking' || (body.kind === 'tool' && next?.body.kind === 'tool' && next.native.message === place.message)) continue;
    const cut = cutAfter(index + 1);
    assert.equal(cut.is, 'cut', `after ${index}`);
    if (cut.is === 'cut') assert.deepEqual(history.readBack(cut.native, cut.files), blocks.slice(0, index + 1).map((block) => block.native.id), `after ${index} (${body.kind})`);
  }
});

test('what is cut after any seam gives the model what the whole history gives it there, item by item', () => {
  const whole = { native, files: recordedFiles() };
  for (const [index, { body, native: place }] of blocks.entries()) {
    const next = blocks[index + 1];
    const isInBatch = body.kind === 'tool' && next?.body.kind === 'tool' && next.native.message === place.message;
    if (body.kind === 'thinking' || isInBatch) continue;
    const cut = cutAfter(index + 1);
    assert.ok(cut.is === 'cut');
    const keep = blocks.slice(0, index + 1).map((block) => block.native.id);
    assert.equal(wrongIn(history, whole, keep, cut), null, `after ${index} (${body.kind})`);
  }
});

test('a row that hangs on a kept step and is not in the copy is missed when it is read back', () => {
  const keep = blocks.slice(0, 1).map((block) => block.native.id);
  const prompt = keep[0] ?? '';
  const lines = textOf(recordedFiles()[0]).trim().split('\n');
  const at = lines.findIndex((line) => parseObject(line)?.['uuid'] === prompt);
  const told = parseObject(lines[at] ?? '');
  const message = { role: 'user', content: 'The body of a command.' };
  const body = { ...told, uuid: 'body', parentUuid: prompt, isMeta: true, message };
  const below = lines.slice(at + 1).map((line) => line.replaceAll(`"parentUuid":"${prompt}"`, '"parentUuid":"body"'));
  const content = bytes([...lines.slice(0, at + 1), JSON.stringify(body), ...below, ''].join('\n'));
  const whole = { native, files: [{ path: native.path, content }] };
  const cut = history.cut({ ...whole, keep, newSession: 'new', now: '', newUuid: () => 'made' });
  assert.ok(cut.is === 'cut');
  assert.equal(wrongIn(history, whole, keep, cut), null);
  const lost = textOf(cut.files[0]).split('\n').filter((line) => !line.includes('The body of a command.')).join('\n');
  const damaged = { ...cut, files: [{ path: cut.native.path, content: bytes(lost) }] };
  assert.equal(wrongIn(history, whole, keep, damaged), 'item 2 is another one');
});

test('a history that ends on a user row gets one row that is only displayed', () => {
  const endings = [1, 3, 4].map((count) => {
    const cut = cutAfter(count);
    assert.equal(cut.is, 'cut');
    const last = cut.is === 'cut' ? parseObject(textOf(cut.files[0]).trim().split('\n').at(-1) ?? '') : undefined;
    return [last?.['type'], last?.['isVirtual'] ?? false, last?.['sessionId']];
  });
  assert.deepEqual(endings, [['assistant', true, 'new-session'], ['assistant', false, 'new-session'], ['assistant', true, 'new-session']]);
});

test('a history that ends on a user row does not resume as it is, a cut of it does', () => {
  const [prompt] = recordedFiles().flatMap((file) => textOf(file).split('\n').filter((line) => line.includes('"type":"user"')));
  const asTold = [{ path: transcriptPath, content: bytes(`${prompt}\n`) }];
  const cut = cutAfter(1);
  assert.equal(cut.is, 'cut');
  if (cut.is !== 'cut') return;
  assert.deepEqual([history.endOf?.(native, asTold).keep === null, history.endOf?.(cut.native, cut.files), history.endOf?.(native, [])], [false, { keep: null }, { keep: null }]);
});

test('one of two parallel calls is kept without the other', () => {
  const cut = cutAfter(6);
  assert.equal(cut.is, 'cut');
  if (cut.is !== 'cut') return;
  const rows = textOf(cut.files[0]).trim().split('\n').map((line) => parseObject(line));
  const content = rows.flatMap((row) => (asObject(row?.['message'])?.['content'] ?? []) as { type: string; name?: string }[]);
  assert.deepEqual(content.filter(({ type }) => type === 'tool_use').map(({ name }) => name), ['Read', 'Read']);
  assert.equal(content.filter(({ type }) => type === 'tool_result').length, 2);
});

test('a subagent’s history goes with the call that started it', () => {
  const names = (count: number) => {
    const cut = cutAfter(count);
    return cut.is === 'cut' ? cut.files.map(({ path }) => path.replace(/^.*\/new-session/, '')).toSorted() : [];
  };
  const agent = blocks.findIndex(({ body }) => body.kind === 'tool' && body.tool === 'Agent');
  assert.deepEqual(names(agent), ['.jsonl']);
  const [transcript, own, meta] = names(agent + 1);
  assert.equal(transcript, '.jsonl');
  assert.match(own ?? '', /^\/subagents\/agent-\w+\.jsonl$/);
  assert.match(meta ?? '', /^\/subagents\/agent-\w+\.meta\.json$/);
});

test('a cut that cannot be made is refused with the reason', () => {
  const request = { native, files: recordedFiles(), keep: [blocks[0]?.native.id ?? ''], newSession: 'n', now: '', newUuid: () => 'u' };
  const reason = (changes: Partial<typeof request>) => {
    const cut = history.cut({ ...request, ...changes });
    return cut.is === 'refused' ? cut.reason : cut.is;
  };
  assert.match(reason({ files: [] }), /is missing/);
  assert.match(reason({ keep: ['gone'] }), /does not hold the step gone any more/);
  assert.match(reason({ files: [{ path: native.path, content: bytes('{"torn\n{}\n') }] }), /does not hold the step/);
  assert.match(reason({ keep: [] }), /nothing would be kept/);
});
