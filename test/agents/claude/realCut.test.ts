import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { claude } from '../../../src/agents/claude/adapter.ts';
import type { BlockDraft } from '../../../src/core/adapter.ts';
import { readNativeFiles, writeNativeFiles } from '../../../src/node/nativeKeep.ts';
import { keptHistoryProblems } from '../../modelServer/compareHistory.ts';
import { keptAt, type Place } from '../../modelServer/kept.ts';
import { startModelServer } from '../../modelServer/modelServer.ts';
import { scenariosIn } from '../../modelServer/scenarios.ts';
import { claudeSandbox } from '../../support/claudeHome.ts';
import { startClaude } from '../../support/claudeRun.ts';

const surgery = claude.history;
assert.ok(surgery);
const args = ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash(ls:*)'];
const nameOf = ({ body }: BlockDraft) => (body.kind === 'tool' ? body.tool : 'text' in body ? `${body.kind}: ${body.text}` : body.kind);

test('the real CLI goes on from a cut at every seam with exactly the kept history', async (t) => {
  const sandbox = await claudeSandbox();
  const server = await startModelServer({ scenarios: scenariosIn(sandbox.cwd) });
  t.after(async () => { await server.close(); await sandbox.remove(); });
  const first = await startClaude({ sandbox, server, args });
  await first.ask('please [[hi]]');
  await first.ask('please [[work]]');
  await first.end();

  const blocks = first.blocks();
  assert.deepEqual(blocks.map(nameOf), [
    'prompt: please [[hi]]', 'text: Hello from the model.',
    'prompt: please [[work]]', 'thinking: First I look at the file.', 'text: I read the file.', 'Read',
    'text: Now two things at once.', 'Read', 'Bash',
    'text: I write a file.', 'Write', 'text: And change it.', 'Edit',
    'thinking: All is done.', 'text: Done with the work.',
  ]);
  const record = server.requests.filter(({ kind }) => kind === 'agent');
  const native = first.native();
  const files = await readNativeFiles(surgery.pathsOf(native));

  // What the CLI has written and finds otherwise, it tells the model of; a rewind puts the file back.
  const made = join(sandbox.cwd, 'made.txt');
  const places: { seam: number; file?: string; place: Place }[] = [
    { seam: 0, place: { request: 'hi/0', answered: 0, items: 3, last: 'please [[hi]]' } },
    { seam: 1, place: { request: 'hi/0', answered: 1, items: 4, last: 'Hello from the model.' } },
    { seam: 2, place: { request: 'work/0', answered: 0, items: 5, last: 'please [[work]]' } },
    { seam: 4, place: { request: 'work/0', answered: 2, items: 7, last: 'I read the file.' } },
    { seam: 5, place: { request: 'work/1', answered: 0, items: 9, last: 'Read {"file_path":"./hello.txt"} => 1\thello world\n2\tline two\n3\t' } },
    { seam: 6, place: { request: 'work/1', answered: 1, items: 10, last: 'Now two things at once.' } },
    { seam: 8, place: { request: 'work/2', answered: 0, items: 14, last: 'Bash {"command":"ls","description":"List the files"} => hello.txt\ntwo.txt' } },
    { seam: 9, place: { request: 'work/2', answered: 1, items: 15, last: 'I write a file.' } },
    { seam: 10, file: 'one\n', place: { request: 'work/3', answered: 0, items: 17, last: 'Write {"file_path":"./made.txt","content":"one\\n"} => File created successfully at: ./made.txt' } },
    { seam: 11, file: 'one\n', place: { request: 'work/3', answered: 1, items: 18, last: 'And change it.' } },
    { seam: 12, file: 'uno\n', place: { request: 'work/4', answered: 0, items: 20, last: 'Edit {"replace_all":false,"file_path":"./made.txt","old_string":"one","new_string":"uno"} => The file ./made.txt has been updated successfully.' } },
  ];
  for (const { seam, file, place } of places) {
    if (file === undefined) rmSync(made, { force: true });
    else writeFileSync(made, file);
    const keep = blocks.slice(0, seam + 1).map((block) => block.native.id);
    const cut = surgery.cut({ native, files, keep, newSession: randomUUID(), now: new Date().toISOString(), newUuid: randomUUID });
    assert.equal(cut.is, 'cut');
    if (cut.is !== 'cut') return;
    await writeNativeFiles(cut.files);
    assert.deepEqual(surgery.readBack(cut.native, await readNativeFiles(surgery.pathsOf(cut.native))), keep);

    const from = server.requests.length;
    const again = await startClaude({ sandbox, server, args, resume: cut.native });
    await again.ask('please [[next]]');
    await again.end();
    const next = server.requests.slice(from).find(({ kind }) => kind === 'agent');
    assert.ok(next);
    assert.deepEqual(keptHistoryProblems(keptAt(record, place, sandbox.cwd), next.body, 'please [[next]]'), [], `after block ${seam} (${nameOf(blocks[seam] as BlockDraft)})`);
  }
  assert.deepEqual(await readNativeFiles(surgery.pathsOf(native)), files, 'the old history is as it was');
});
