import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ownersSince } from '../../src/core/fileOwners.ts';
import type { EventFields, ToolKind, ToolResult } from '../../src/core/events.ts';
import { Story } from './story.ts';

type Captured = Partial<EventFields['checkpoint']> & Pick<EventFields['checkpoint'], 'by' | 'changed'>;

/** A session in /work whose files are captured; `seam` is the first state. */
class Files {
  readonly story = new Story();

  constructor() {
    this.story.log({ type: 'started', pid: 1, uid: 'u', agent: 'a', cwd: '/stitch', args: [] }).start();
    this.story.prompt('go', null);
    this.capture('seam', { by: 'others', changed: [], cause: 'baseline' });
  }

  capture(checkpoint: string, { cause = 'tool', ...more }: Captured): this {
    this.story.log({ type: 'checkpoint', checkpoint, cause, after: this.story.conversation.tip, ...more });
    return this;
  }

  call(id: string, tool_kind: ToolKind, result: Partial<ToolResult> | null, options: { message?: string; lane?: string } = {}): this {
    const lane = options.lane ?? 'main';
    this.story.tool(id, null, { ...options, tool_kind });
    if (result) this.story.take({ type: 'block_updated', lane, call: `call-${id}`, result: { status: 'completed', text: '', native_id: `${id}-result`, ...result } });
    return this;
  }

  owners(since = 'seam'): Record<string, string> {
    return Object.fromEntries(ownersSince(this.story.conversation, since));
  }
}

const edited = (...paths: string[]): Partial<ToolResult> => ({ edits: paths.map((path) => ({ path, before: null, after: '' })) });

describe('whose doing a change is', () => {
  test('the session’s, when it was at work with a call that may write anything', () => {
    assert.deepEqual(new Files().call('sh', 'execute', {}).capture('a', { by: 'session', changed: ['x'], call: 'call-sh' }).owners(), { x: 'session' });
    assert.deepEqual(new Files().call('mcp', 'other', { status: 'failed' }).capture('a', { by: 'session', changed: ['x'], call: 'call-mcp' }).owners(), { x: 'session' });
    assert.deepEqual(new Files().call('sh', 'execute', null).capture('a', { by: 'session', changed: ['x'], cause: 'idle' }).owners(), { x: 'session' }, 'interrupted');
  });

  test('the session’s, when a call named it, by a path of this folder', () => {
    const files = new Files().call('e', 'edit', edited('/stitch/src/x', '/elsewhere/y', '/stitching/z')).capture('a', { by: 'session', changed: ['src/x', 'x', 'y', 'z'], call: 'call-e' });
    assert.deepEqual(files.owners(), { 'src/x': 'session', x: 'unclear', y: 'unclear', z: 'unclear' });
  });

  test('nobody’s that could be told, when nothing that ran accounts for it', () => {
    assert.deepEqual(new Files().capture('a', { by: 'session', changed: ['x'], cause: 'idle' }).owners(), { x: 'unclear' });
    assert.deepEqual(new Files().call('r', 'read', {}).capture('a', { by: 'session', changed: ['x'], call: 'call-r' }).owners(), { x: 'unclear' });
    assert.deepEqual(new Files().call('sh', 'execute', { status: 'rejected' }).capture('a', { by: 'session', changed: ['x'], call: 'call-sh' }).owners(), { x: 'unclear' });
    assert.deepEqual(new Files().call('sh', 'execute', {}).capture('a', { by: 'either', changed: ['x'], call: 'call-sh' }).owners(), { x: 'unclear' });
  });

  test('others’, when nothing of the session ran, whatever it did before', () => {
    assert.deepEqual(new Files().call('sh', 'execute', {}).capture('a', { by: 'session', changed: [], call: 'call-sh' }).capture('b', { by: 'others', changed: ['x'], cause: 'idle' }).owners(), { x: 'others' });
  });

  test('unclear, when several have changed it', () => {
    const files = new Files().call('sh', 'execute', {}).capture('a', { by: 'session', changed: ['x', 'y'], call: 'call-sh' }).capture('b', { by: 'others', changed: ['x'], cause: 'baseline' });
    assert.deepEqual(files.owners(), { x: 'unclear', y: 'session' });
    assert.deepEqual(files.owners('a'), { x: 'others' });
  });

  test('the session’s, when a rewind has put it back', () => {
    assert.deepEqual(new Files().capture('a', { by: 'others', changed: ['x', 'y'], restored: ['x'], cause: 'rewind' }).owners(), { x: 'session', y: 'others' });
  });

  test('of equal states only what came after the last one counts', () => {
    const files = new Files().capture('a', { by: 'others', changed: ['x'], cause: 'idle' }).capture('seam', { by: 'others', changed: ['x'], cause: 'idle' });
    assert.deepEqual(files.owners(), {});
  });
});

describe('which calls ran before a mark', () => {
  test('those of the batch that it names, also when their rows land after it', () => {
    const late = new Files().capture('a', { by: 'session', changed: ['x', 'y'], call: 'call-two' });
    late.call('one', 'edit', edited('/stitch/x'), { message: 'm' }).call('two', 'read', {}, { message: 'm' });
    assert.deepEqual(late.owners(), { x: 'session', y: 'unclear' });
    late.capture('b', { by: 'session', changed: ['x'], cause: 'idle' });
    assert.deepEqual(late.owners('a'), { x: 'unclear' }, 'and they have nothing to do with the next one');
  });

  test('those that go on, and those of other lanes', () => {
    const files = new Files().call('long', 'execute', null).capture('a', { by: 'session', changed: ['x'], cause: 'subagent' }).capture('b', { by: 'session', changed: ['y'], call: 'call-long' }).capture('c', { by: 'session', changed: ['z'], cause: 'idle' });
    assert.deepEqual(files.owners(), { x: 'session', y: 'session', z: 'unclear' });
    files.call('sub', 'execute', {}, { lane: 'sub-1' }).capture('d', { by: 'session', changed: ['z'], cause: 'idle' });
    assert.deepEqual(files.owners('c'), { z: 'session' });
  });

  test('not the one that a person is asked for, until it is answered', () => {
    const files = new Files().call('sh', 'execute', null).capture('a', { by: 'session', changed: ['x'], cause: 'wait', call: 'call-sh' }).capture('b', { by: 'session', changed: ['y'], call: 'call-sh' });
    assert.deepEqual(files.owners(), { x: 'unclear', y: 'session' });
    const elsewhere = new Files().call('e', 'edit', edited('/stitch/x')).capture('a', { by: 'either', changed: ['x', 'y'], cause: 'wait', call: 'call-e' });
    assert.deepEqual(elsewhere.owners(), { x: 'session', y: 'unclear' });
  });
});

test('a mark of a log that does not tell who it was goes by why it was taken', () => {
  const files = new Files().call('sh', 'execute', {}).capture('a', { by: undefined as never, changed: ['x'], call: 'call-sh' })
    .capture('b', { by: undefined as never, changed: ['y'], cause: 'baseline' }).capture('c', { by: undefined as never, changed: ['z'], cause: 'idle' });
  assert.deepEqual(files.owners(), { x: 'session', y: 'others', z: 'unclear' });
});

test('files are not shown at a seam as they were while a person was asked', () => {
  const files = new Files();
  files.story.text('said', 'go');
  files.capture('asked', { by: 'session', changed: ['x'], cause: 'wait' });
  assert.deepEqual(files.story.conversation.marks.after(files.story.conversation.tip), []);
});
