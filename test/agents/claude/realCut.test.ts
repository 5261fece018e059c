import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { claude } from '../../../src/agents/claude/adapter.ts';
import type { BlockDraft } from '../../../src/core/adapter.ts';
import { readNativeFiles, writeNativeFiles } from '../../../src/node/nativeKeep.ts';
import { keptHistoryProblems } from '../../modelServer/compareHistory.ts';
import { startModelServer } from '../../modelServer/modelServer.ts';
import { scenariosIn } from '../../modelServer/scenarios.ts';
import { claudeSandbox } from '../../support/claudeHome.ts';
import { startClaude } from '../../support/claudeRun.ts';

const surgery = claude.history;
assert.ok(surgery);
const args = ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash(ls:*)'];
const nameOf = ({ body }: BlockDraft) => (body.kind === 'tool' ? body.tool : 'text' in body ? `${body.kind}: ${body.text}` : body.kind);

test('the real CLI goes on from a cut at every seam with exactly the kept history', async (t) => {
  const sandbox = claudeSandbox();
  const server = await startModelServer({ scenarios: scenariosIn(sandbox.cwd) });
  t.after(async () => { await server.close(); sandbox.remove(); });
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
  const original = server.requests.filter(({ kind }) => kind === 'agent');
  const native = first.native();
  const files = await readNativeFiles(surgery.pathsOf(native));

  for (const seam of [0, 1, 2, 4, 5, 6, 8, 9, 10, 11, 12]) {
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
    assert.deepEqual(keptHistoryProblems(original, next.body, 'please [[next]]'), [], `after block ${seam} (${nameOf(blocks[seam] as BlockDraft)})`);
  }
  assert.deepEqual(await readNativeFiles(surgery.pathsOf(native)), files, 'the old history is as it was');
});
