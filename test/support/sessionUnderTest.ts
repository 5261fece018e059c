import type { MessageConnection } from 'vscode-jsonrpc/node';
import { Conversation } from '../../src/core/conversation.ts';
import type { Event } from '../../src/core/events.ts';
import type { Seam } from '../../src/core/view.ts';
import * as p from '../../src/protocol/protocol.ts';

/** A session followed by a client of its own: the same fold as every other client, fed by the real protocol. */
export class SessionUnderTest {
  readonly connection: MessageConnection;
  readonly uid: string;
  readonly events: Event[] = [];
  readonly conversation: Conversation;
  #waiters = new Set<() => void>();

  static async open(connection: MessageConnection, uid: string): Promise<SessionUnderTest> {
    const early: p.SessionEvents[] = [];
    let session: SessionUnderTest | null = null;
    connection.onNotification(p.sessionEvents, (batch) => {
      if (batch.session !== uid) return;
      if (session) session.#take(batch); else early.push(batch);
    });
    const snapshot = await connection.sendRequest(p.sessionOpen, { session: uid, blocks: 500 });
    session = new SessionUnderTest(connection, uid, Conversation.fromSnapshot(snapshot));
    for (const batch of early) session.#take(batch);
    return session;
  }

  private constructor(connection: MessageConnection, uid: string, conversation: Conversation) {
    this.connection = connection;
    this.uid = uid;
    this.conversation = conversation;
  }

  /** Resolves when `test` holds for the folded conversation. Fails with what is there after `ms`. */
  async until(what: string, test: (conversation: Conversation) => boolean, ms = 30_000): Promise<void> {
    const deadline = Date.now() + ms;
    while (!test(this.conversation)) {
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) throw new Error(`waited ${ms} ms for: ${what}; the state is ${JSON.stringify(this.conversation.state)}, the steps are:\n${this.text()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#waiters.add(() => { clearTimeout(timer); resolve(); });
      });
    }
  }

  async idle(): Promise<void> {
    await this.connection.sendRequest(p.sessionWaitIdle, { session: this.uid });
  }

  async send(text: string): Promise<void> {
    await this.connection.sendRequest(p.sessionSend, { session: this.uid, text, from: 'cli' });
  }

  /** Sends a prompt and waits until the agent has done what it asked. */
  async ask(text: string): Promise<void> {
    await this.send(text);
    await this.idle();
  }

  seams(branch?: string): Promise<Seam[]> {
    return this.connection.sendRequest(p.sessionSeams, { session: this.uid, ...(branch ? { branch } : {}) });
  }

  rewind(seam: string, options: { files?: boolean; interrupt?: boolean; overwrite?: string[]; expect?: p.Expect } = {}): Promise<p.RewindOutcome> {
    return this.connection.sendRequest(p.sessionRewind, { session: this.uid, seam, files: options.files ?? true, ...options });
  }

  switchTo(branch: string, options: { files?: boolean; interrupt?: boolean; expect?: p.Expect } = {}): Promise<p.RewindOutcome> {
    return this.connection.sendRequest(p.sessionSwitch, { session: this.uid, branch, files: options.files ?? true, ...options });
  }

  /** Kinds and texts of the current branch, a line each. */
  text(): string {
    return this.steps().join('\n');
  }

  steps(branch = this.conversation.branch): string[] {
    return this.conversation.chain('main', branch, { count: 10_000 }).map((block) => {
      if (block.kind === 'tool') return `${block.block} tool ${block.tool} ${block.result?.status ?? 'running'}`;
      return `${block.block} ${block.kind} ${('text' in block ? block.text : block.summary).split('\n')[0]?.slice(0, 60) ?? ''}`;
    });
  }

  #take(batch: p.SessionEvents): void {
    for (const event of batch.events) {
      this.events.push(event as Event);
      this.conversation.apply(event);
    }
    for (const waiter of [...this.#waiters]) {
      this.#waiters.delete(waiter);
      waiter();
    }
  }
}

/** A seam by its block: the kind, and the beginning of what it says. */
export function toldSeam(session: SessionUnderTest, { after }: Seam): string {
  const block = session.conversation.blocks.get(after);
  if (!block) return `unknown ${after}`;
  if (block.kind === 'tool') return `tool ${block.tool}`;
  if (block.kind === 'prompt' && block.source === 'agent') return 'prompt a task has ended';
  return `${block.kind} ${'text' in block ? (block.text.split('\n')[0] ?? '') : ''}`;
}
