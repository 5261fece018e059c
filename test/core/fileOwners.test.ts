import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ownersAfter, ownersSince } from '../../src/core/fileOwners.ts';
import type { EventFields, FileWriter, ToolKind, ToolResult } from '../../src/core/events.ts';
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

  /** What was there before that call began, which waited for it. */
  before(id: string, changed: string[] = [], by: FileWriter = 'session'): this {
    return this.capture(`before ${id}`, { by, changed, cause: 'wait', call: `call-${id}`, before: true });
  }

  owners(since = 'seam'): Record<string, string> {
    return Object.fromEntries(ownersSince(this.story.conversation, since));
  }
}

const edited = (...paths: string[]): Partial<ToolResult> => ({ edits: paths.map((path) => ({ path, before: null, after: '' })) });

describe('whose doing a change is', () => {
  test('the session’s, when it was at work with a call that may write anything', () => {
    assert.deepEqual(new Files().before('sh').call('sh', 'execute', {}).capture('a', { by: 'session', changed: ['x'], call: 'call-sh' }).owners(), { x: 'session' });
    assert.deepEqual(new Files().before('mcp').call('mcp', 'other', { status: 'failed' }).capture('a', { by: 'session', changed: ['x'], call: 'call-mcp' }).owners(), { x: 'session' });
    assert.deepEqual(new Files().before('sh').call('sh', 'execute', null).capture('a', { by: 'session', changed: ['x'], cause: 'idle' }).owners(), { x: 'session' }, 'interrupted');
  });

  test('the session’s, when a call named it, by a path of this folder', () => {
    const files = new Files().call('e', 'edit', edited('/stitch/src/x', '/elsewhere/y', '/stitching/z')).capture('a', { by: 'session', changed: ['src/x', 'x', 'y', 'z'], call: 'call-e' });
    assert.deepEqual(files.owners(), { 'src/x': 'session', x: 'unclear', y: 'unclear', z: 'unclear' });
  });

  test('nobody’s that could be told, when nothing that ran accounts for it', () => {
    assert.deepEqual(new Files().capture('a', { by: 'session', changed: ['x'], cause: 'idle' }).owners(), { x: 'unclear' });
    assert.deepEqual(new Files().call('r', 'read', {}).capture('a', { by: 'session', changed: ['x'], call: 'call-r' }).owners(), { x: 'unclear' });
    assert.deepEqual(new Files().before('sh').call('sh', 'execute', { status: 'rejected' }).capture('a', { by: 'session', changed: ['x'], call: 'call-sh' }).owners(), { x: 'unclear' });
    assert.deepEqual(new Files().before('sh').call('sh', 'execute', {}).capture('a', { by: 'either', changed: ['x'], call: 'call-sh' }).owners(), { x: 'unclear' });
  });

  test('others’, when nothing of the session ran, whatever it did before', () => {
    assert.deepEqual(new Files().before('sh').call('sh', 'execute', {}).capture('a', { by: 'session', changed: [], call: 'call-sh' }).capture('b', { by: 'others', changed: ['x'], cause: 'idle' }).owners(), { x: 'others' });
  });

  test('unclear, when several have changed it', () => {
    const files = new Files().before('sh').call('sh', 'execute', {}).capture('a', { by: 'session', changed: ['x', 'y'], call: 'call-sh' }).capture('b', { by: 'others', changed: ['x'], cause: 'baseline' });
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

describe('what came before a call began', () => {
  test('is not its doing, in whatever order its row and the capture come', () => {
    const early = new Files().before('sh', ['mine', 'both']).call('sh', 'execute', {}).capture('a', { by: 'session', changed: ['made', 'both'], call: 'call-sh' });
    assert.deepEqual(early.owners(), { mine: 'unclear', both: 'unclear', made: 'session' });
    const late = new Files().call('sh', 'execute', null).before('sh', ['mine', 'both']).capture('a', { by: 'session', changed: ['made', 'both'], call: 'call-sh' });
    assert.deepEqual(late.owners(), { mine: 'unclear', both: 'unclear', made: 'session' });
  });

  test('is asked, too, when the edit names a file that was made meanwhile', () => {
    const files = new Files().before('e', ['x']).call('e', 'edit', edited('/stitch/x', '/stitch/y')).capture('a', { by: 'session', changed: ['x', 'y'], call: 'call-e' });
    assert.deepEqual(files.owners(), { x: 'unclear', y: 'session' });
  });

  test('may be the doing of a parallel one that had begun', () => {
    const files = new Files().before('one', ['mine']).before('two', ['made by one']);
    files.call('one', 'execute', {}, { message: 'm' }).call('two', 'execute', {}, { message: 'm' }).capture('a', { by: 'session', changed: ['made by two'], call: 'call-two' });
    assert.deepEqual(files.owners(), { mine: 'unclear', 'made by one': 'session', 'made by two': 'session' });
  });

  test('and all that it may have done is asked, when it did not wait for a capture', () => {
    const files = new Files().call('sh', 'execute', {}).capture('a', { by: 'session', changed: ['x'], call: 'call-sh' });
    assert.deepEqual(files.owners(), { x: 'unclear' });
    const parallel = new Files().before('one').call('one', 'read', {}, { message: 'm' }).call('two', 'execute', {}, { message: 'm' }).capture('a', { by: 'session', changed: ['x'], call: 'call-two' });
    assert.deepEqual(parallel.owners(), { x: 'unclear' });
  });

  test('an interrupted one ends with the agent’s rest, and no later change is its doing', () => {
    const files = new Files().before('sh').call('sh', 'execute', null).capture('a', { by: 'session', changed: ['x'], cause: 'subagent' })
      .capture('b', { by: 'session', changed: ['y'], cause: 'idle' }).capture('c', { by: 'session', changed: ['z'], cause: 'idle' });
    assert.deepEqual(files.owners(), { x: 'session', y: 'session', z: 'unclear' });
  });

  test('nor is what came when another question named it', () => {
    const files = new Files().before('sh').call('sh', 'execute', {}).capture('a', { by: 'session', changed: ['x'], call: 'call-sh' })
      .capture('asked', { by: 'session', changed: ['y'], cause: 'wait', call: 'call-sh' }).capture('b', { by: 'session', changed: ['z'], cause: 'idle' });
    assert.deepEqual(files.owners(), { x: 'session', y: 'unclear', z: 'unclear' });
    const interrupted = new Files().before('sh').call('sh', 'execute', { status: 'cancelled' }).capture('a', { by: 'session', changed: ['x'], cause: 'idle' })
      .capture('asked', { by: 'session', changed: ['y'], cause: 'wait', call: 'call-sh' }).capture('b', { by: 'session', changed: ['z'], cause: 'idle' });
    assert.deepEqual(interrupted.owners(), { x: 'session', y: 'unclear', z: 'unclear' });
  });

  test('a subagent accounts for nothing that its own calls do not', () => {
    const files = new Files().call('agent', 'subagent', {});
    files.story.take({ type: 'lane_opened', lane: 'sub-1', parent_lane: 'main', parent_call: 'call-agent', agent_type: 't', description: 'd', background: false });
    files.before('sub', ['mine']).call('sub', 'execute', {}, { lane: 'sub-1' }).capture('a', { by: 'session', changed: ['made'], call: 'call-sub' }).capture('b', { by: 'session', changed: ['mine too'], call: 'call-agent' });
    assert.deepEqual(files.owners(), { mine: 'unclear', made: 'session', 'mine too': 'unclear' });
  });
});

test('whose doing it was before this session was copied is what its origin knew', () => {
  const { conversation } = new Story().log(
    { type: 'checkpoint', checkpoint: 'seam', cause: 'baseline', after: null, changed: [], inherited: { ts: '2025-01-01T00:00:00.000Z', own: [], unclear: [] } },
    { type: 'checkpoint', checkpoint: 'i', cause: 'tool', after: null, changed: ['own', 'unclear', 'others'], inherited: { ts: '2025-01-02T00:00:00.000Z', own: ['own'], unclear: ['unclear'] } },
    { type: 'checkpoint', checkpoint: 'mine', cause: 'idle', after: null, changed: ['theirs'], by: 'others' },
  );
  assert.deepEqual(Object.fromEntries(ownersSince(conversation, 'seam')), { own: 'session', unclear: 'unclear', others: 'others', theirs: 'others' });
  assert.deepEqual([...ownersAfter(conversation, '2024-01-01T00:00:00.000Z').keys()], ['theirs']);
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
    const files = new Files().before('long').call('long', 'execute', null).capture('a', { by: 'session', changed: ['x'], cause: 'subagent' }).capture('b', { by: 'session', changed: ['y'], call: 'call-long' }).capture('c', { by: 'session', changed: ['z'], cause: 'idle' });
    assert.deepEqual(files.owners(), { x: 'session', y: 'session', z: 'unclear' });
    files.before('sub').call('sub', 'execute', {}, { lane: 'sub-1' }).capture('d', { by: 'session', changed: ['z'], cause: 'idle' });
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
  const files = new Files().before('sh').call('sh', 'execute', {}).capture('a', { by: undefined as never, changed: ['x'], call: 'call-sh' })
    .capture('b', { by: undefined as never, changed: ['y'], cause: 'baseline' }).capture('c', { by: undefined as never, changed: ['z'], cause: 'idle' });
  assert.deepEqual(files.owners(), { x: 'session', y: 'others', z: 'unclear' });
});

test('files are not shown at a seam as they were while a person was asked', () => {
  const files = new Files();
  files.story.text('said', 'go');
  files.capture('asked', { by: 'session', changed: ['x'], cause: 'wait' });
  assert.deepEqual(files.story.conversation.marks.after(files.story.conversation.tip), []);
});
