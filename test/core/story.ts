import type { Draft } from '../../src/core/adapter.ts';
import { Conversation } from '../../src/core/conversation.ts';
import { textOf } from '../../src/core/conversationText.ts';
import type { Event, EventBody, NativeRef, ToolKind, ToolResult, UnknownEvent } from '../../src/core/events.ts';
import type { BranchId, SeamId } from '../../src/core/ids.ts';
import { Ingest } from '../../src/core/ingest.ts';
import { seamsOf } from '../../src/core/seams.ts';

export const native = (session: string): NativeRef => ({ session, path: `/histories/${session}.jsonl` });
export const exact = () => ({ fidelity: 'exact', reason: '' }) as const;

/** A session written down in the agent's own terms: rows in, events and the conversation out. */
export class Story {
  readonly conversation = new Conversation();
  readonly events: (Event | UnknownEvent)[] = [];
  readonly ingest = new Ingest(this.conversation);
  run = 0;
  session = 'A';

  log(...bodies: (EventBody | { type: string })[]): this {
    for (const body of bodies) {
      const event = { schema_version: 1, seq: this.events.length + 1, ts: new Date(Date.UTC(2026, 0, 1) + this.events.length * 1000).toISOString(), id: 'story', ...(this.run > 0 ? { run: this.run } : {}), ...body } as Event;
      this.events.push(event);
      this.conversation.apply(event);
    }
    return this;
  }

  /** Takes a draft; gives whether it was new. */
  take(draft: Draft): boolean {
    const body = this.ingest.take(draft);
    if (body) this.log(body);
    return body !== null;
  }

  start(session = 'A', branch: BranchId = 'main', cause: 'start' | 'rewind' | 'switch' | 'resume' = 'start'): this {
    this.session = session;
    this.run++;
    return this.log({ type: 'run_started', pid: 100 + this.run, cause, native: native(session), branch });
  }

  prompt(id: string, after: string | null, text = id): boolean {
    return this.take({ type: 'block', lane: 'main', native: { session: this.session, id }, after, body: { kind: 'prompt', text, source: 'typed' } });
  }

  text(id: string, after: string | null, options: { message?: string; lane?: string } = {}): boolean {
    return this.take({ type: 'block', lane: options.lane ?? 'main', native: { session: this.session, id, ...(options.message ? { message: options.message } : {}) }, after, body: { kind: 'text', text: id } });
  }

  thinking(id: string, after: string | null): boolean {
    return this.take({ type: 'block', lane: 'main', native: { session: this.session, id }, after, body: { kind: 'thinking', text: id } });
  }

  notice(id: string, after: string | null, notice: 'info' | 'command' = 'info'): boolean {
    return this.take({ type: 'block', lane: 'main', native: { session: this.session, id }, after, body: { kind: 'notice', notice, text: id } });
  }

  tool(id: string, after: string | null, options: { message?: string; lane?: string; tool_kind?: ToolKind } = {}): boolean {
    return this.take({
      type: 'block', lane: options.lane ?? 'main', native: { session: this.session, id, ...(options.message ? { message: options.message } : {}) }, after,
      body: { kind: 'tool', tool: 'Tool', tool_kind: options.tool_kind ?? 'read', call: `call-${id}`, title: id, input: {} },
    });
  }

  result(id: string, options: { lane?: string; status?: ToolResult['status'] } = {}): boolean {
    return this.take({ type: 'block_updated', lane: options.lane ?? 'main', call: `call-${id}`, result: { status: options.status ?? 'completed', text: `${id} done`, native_id: `${id}-result` } });
  }

  checkpoint(checkpoint: string, options: { call?: string; cause?: 'baseline' | 'tool' | 'idle' | 'rewind'; late?: boolean } = {}): this {
    const { call, cause = 'tool', late } = options;
    return this.log({ type: 'checkpoint', checkpoint, cause, after: this.conversation.tip, changed: [], ...(call ? { call: `call-${call}` } : {}), ...(late ? { late } : {}) });
  }

  rewind(seam: SeamId, session: string, files: 'restored' | 'kept' = 'restored'): this {
    const { branch: from, tip, conversation } = { ...this.conversation, branch: this.conversation.branch, tip: this.conversation.tip, conversation: this.conversation };
    const branch = conversation.freeBranchName();
    const rewind = `r${this.events.length}`;
    this.log({ type: 'rewind_started', rewind, how: 'rewind', from_branch: from, to_branch: branch, tip, seam, old_native: conversation.native, new_native: native(session), checkpoint: `tip-${from}`, to_checkpoint: null, files: files === 'restored' });
    this.log({ type: 'run_ended', code: 0, cause: 'rewind' });
    this.start(session, branch, 'rewind');
    return this.log({ type: 'rewound', rewind, branch, parent_branch: from, seam, native: native(session), fidelity: 'exact', files: { is: files }, tip_checkpoint: `tip-${from}` });
  }

  switchTo(branch: BranchId, files: 'restored' | 'kept' = 'restored'): this {
    const from = this.conversation.branch;
    const ref = this.conversation.branches.get(branch)?.native ?? native('?');
    const rewind = `r${this.events.length}`;
    this.log({ type: 'rewind_started', rewind, how: 'switch', from_branch: from, to_branch: branch, tip: this.conversation.tip, seam: null, old_native: this.conversation.native, new_native: ref, checkpoint: null, to_checkpoint: null, files: true });
    this.log({ type: 'run_ended', code: 0, cause: 'switch' });
    this.start(ref.session, branch, 'switch');
    return this.log({ type: 'branch_selected', rewind, branch, from_branch: from, native: ref, files: { is: files }, tip_checkpoint: `tip-${from}` });
  }

  /** The branch as text, with its seams. */
  shown(branch: BranchId = this.conversation.branch): string {
    return textOf(this.conversation, { branch, seams: seamsOf(this.conversation, { branch, fidelityAfter: exact }) });
  }

  /** The native ids on a branch, oldest first. */
  line(branch: BranchId = this.conversation.branch): string {
    return this.conversation.chain('main', branch).map((block) => block.native?.id).join(' ');
  }
}

/** All that a conversation holds, as plain data. */
export const dump = (conversation: Conversation): unknown => ({
  blocks: [...conversation.blocks.values()], lanes: [...conversation.lanes.values()], branches: [...conversation.branches.values()], branch: conversation.branch,
  turns: [...conversation.turns.values()], requests: [...conversation.requests.values()], checkpoints: conversation.checkpoints, queue: conversation.queue,
  state: conversation.state, lastSeq: conversation.lastSeq, run: conversation.run, alive: conversation.alive, pid: conversation.pid, ended: conversation.ended,
  openRewind: conversation.openRewind, count: conversation.blockCount,
});
