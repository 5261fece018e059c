import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation } from '../../src/core/conversation.ts';
import type { Event, EventBody } from '../../src/core/events.ts';
import type { Checkpoints } from '../../src/core/ports.ts';
import { WorkspaceFiles } from '../../src/host/workspaceFiles.ts';

type Captured = Awaited<ReturnType<Checkpoints['capture']>>;

/** Checkpoints whose looks come back when the test says so. */
function slowCheckpoints(): { checkpoints: Checkpoints; looks: PromiseWithResolvers<Captured>[]; until(count: number): Promise<void> } {
  const looks: PromiseWithResolvers<Captured>[] = [];
  const waiting: (() => void)[] = [];
  const capture = (): Promise<Captured> => {
    const look = Promise.withResolvers<Captured>();
    looks.push(look);
    for (const tell of waiting.splice(0)) tell();
    return look.promise;
  };
  const until = async (count: number): Promise<void> => {
    while (looks.length < count) await new Promise<void>((resolve) => { waiting.push(resolve); });
  };
  return { checkpoints: { capture } as unknown as Checkpoints, looks, until };
}

function filesOver(checkpoints: Checkpoints, heldMs: number): { files: WorkspaceFiles; rows: EventBody[] } {
  const conversation = new Conversation();
  const rows: EventBody[] = [];
  const record = async (body: EventBody): Promise<void> => {
    rows.push(body);
    conversation.apply({ schema_version: 1, seq: rows.length, ts: '2026-01-01T00:00:00.000Z', id: 's', ...body } as Event);
  };
  return { files: new WorkspaceFiles({ checkpoints, conversation, record, heldMs }), rows };
}

const captured = (checkpoint: string, ...changed: string[]): Captured => ({ checkpoint, changed, skipped: [] });

test('while one capture takes its time, one more look serves all who ask meanwhile', async () => {
  const { checkpoints, looks, until } = slowCheckpoints();
  const { files, rows } = filesOver(checkpoints, 60_000);
  const asked = [files.capture('baseline')];
  await until(1);
  asked.push(files.capture('tool', { call: 'a' }), files.capture('tool', { call: 'b' }), files.capture('idle'));
  looks[0]?.resolve(captured('one', 'x'));
  await until(2);
  looks[1]?.resolve(captured('two', 'y'));
  assert.deepEqual(await Promise.all(asked), ['one', 'two', 'two', 'two']);
  assert.equal(looks.length, 2);
  assert.deepEqual(rows.map((row) => ('checkpoint' in row && 'changed' in row ? [row.checkpoint, row.changed] : [])), [['one', ['x']], ['two', ['y']], ['two', []]]);
});

test('nothing waits for a capture that is behind already, and it counts as late', async () => {
  const { checkpoints, looks, until } = slowCheckpoints();
  const { files, rows } = filesOver(checkpoints, -1);
  const first = files.capture('baseline', { waits: true });
  await until(1);
  assert.equal(await files.capture('tool', { call: 'a', waits: true }), null);
  looks[0]?.resolve(captured('one'));
  await first;
  await until(2);
  looks[1]?.resolve(captured('two'));
  assert.equal(await files.settled(), true);
  assert.deepEqual(rows.map((row) => 'late' in row && row.late), [true, true]);
});

test('an end does not wait for a look that never comes back, and nothing is recorded after it', async () => {
  const { checkpoints, looks, until } = slowCheckpoints();
  const { files, rows } = filesOver(checkpoints, 60_000);
  const never = files.capture('idle');
  await until(1);
  assert.equal(await files.settled(1), false);
  await files.closed(1);
  assert.equal(files.problem, 'the files as they were at its end could not be captured within 0.001 s');
  looks[0]?.resolve(captured('one'));
  assert.deepEqual([await never, rows], [null, []]);
});

test('a look that does not come back is told, and no more once it has', async () => {
  const { checkpoints, looks, until } = slowCheckpoints();
  const told: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()];
  let times = 0;
  const files = new WorkspaceFiles({
    checkpoints, conversation: new Conversation(), record: async () => undefined, slowMs: 1, noteChange: () => told[times++]?.resolve(),
  });
  const asked = files.capture('idle');
  await until(1);
  await told[0]?.promise;
  assert.match(files.problem ?? '', /^The session’s files are not captured yet, after 0.001 s: its folder does not answer, or is slow/);
  looks[0]?.resolve(captured('one'));
  await told[1]?.promise;
  assert.equal(files.problem, null);
  assert.equal(await asked, 'one');
});
