import type { Conversation } from '../core/conversation.ts';
import type { Event, EventBody, ExitClass, SendFrom, SessionSettings, UnknownEvent } from '../core/events.ts';
import { headOf, sinceCommit, type SinceCommit } from '../node/gitFacts.ts';
import { NamedFile } from '../node/namedFile.ts';
import { dispatchRow } from './dispatchRow.ts';
import { countsOf, durationOf, exitClassOf, usageOf } from './exitSummary.ts';

/** How a process ended. */
export interface End {
  code: number | null;
  signal: string | null;
}

/** What a session begins with besides its agent. */
export interface StartFacts {
  args: string[];
  repoRoot: string;
  description?: string;
  meta?: Record<string, unknown>;
  tmuxSession?: string;
  settings?: Partial<SessionSettings>;
  /** Its starter gave the label; false: it was made up. */
  named: boolean;
  /** Who starts it. */
  from: SendFrom;
  /** Recorded before the agent's run. */
  before: EventBody[];
}

/** What is recorded when a session begins and when it ends: what it cost, what it changed, how it went. */
export class Bookends {
  #conversation: Conversation;
  #cwd: string;
  /** Commit of the user's repository at the session's start. */
  #startSha: string | null = null;
  #branch: string | null = null;
  #problem: string | null = null;

  constructor(conversation: Conversation, cwd: string) {
    this.#conversation = conversation;
    this.#cwd = cwd;
  }

  /** Of a session that is read again. */
  see(row: Event | UnknownEvent): void {
    if (row.type === 'git' && 'phase' in row && row.phase === 'start' && typeof row.sha === 'string') [this.#startSha, this.#branch] = [row.sha, String(row.branch)];
  }

  /** Why the row of its end cannot be added to the file that was named, or could not; null: it can, or no file was named. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Looks at the file that the row of its end is for, which may be another one now. Resolves to whether `problem` is another. */
  async look(): Promise<boolean> {
    const before = this.#problem;
    const file = this.#summaryFile();
    this.#problem = file === null ? null : unadded(file.path, await file.problem());
    return this.#problem !== before;
  }

  /** The first rows of a session's log, for when its agent runs. */
  async atStart(facts: StartFacts, agent: { uid: string; agent: string; agent_version?: string }): Promise<(pid: number) => EventBody[]> {
    const head = await headOf(this.#cwd);
    this.#startSha = head?.sha ?? null;
    this.#branch = head?.branch ?? null;
    const { args, repoRoot, description, meta, tmuxSession, settings, named, from, before } = facts;
    return (pid) => [
      { type: 'started', pid, ...agent, cwd: this.#cwd, repo_root: repoRoot, args, named, ...(description ? { description } : {}), ...(meta ? { meta } : {}), ...(tmuxSession ? { tmux_session: tmuxSession } : {}) },
      ...(head ? [{ type: 'git', phase: 'start', ...head } as const] : []),
      ...(settings && Object.keys(settings).length > 0 ? [{ type: 'configured', settings, from } as const] : []),
      ...before,
    ];
  }

  /**
   * The rows of the end, in the schema's order: usage, git, summary, exited. With `closing` the host is going down. Adds a row to the file
   * that was named for it, if any; that it could not be added is said.
   */
  async atEnd(end: End, how: { wasStopped: boolean; closing: boolean; label: string }): Promise<EventBody[]> {
    const conversation = this.#conversation;
    const by = { code: end.code, ...(end.signal ? { signal: end.signal } : {}) };
    const reason: ExitClass = how.closing ? 'interrupted' : exitClassOf(end, how.wasStopped, conversation);
    const endedTs = new Date().toISOString();
    const git = this.#startSha === null ? null : await sinceCommit(this.#cwd, this.#startSha);
    const file = this.#summaryFile();
    const path = file?.path ?? null;
    const problem = file === null ? null : unadded(file.path, await file.append(this.#rowOf(reason, git, how.label, endedTs)));
    this.#problem = problem;
    return [
      { type: 'usage', ...usageOf(conversation), cost_usd: conversation.costUsd, agent_session_id: conversation.native.session },
      ...(git ? [{ type: 'git', phase: 'end', ...git } as const] : []),
      { type: 'summary', path: problem === null ? path : null, exit: reason, ...(problem !== null && { problem }), duration_s: durationOf(conversation, endedTs), ...countsOf(conversation) },
      { type: 'exited', ...by, reason },
    ];
  }

  #summaryFile(): NamedFile | null {
    const path = this.#conversation.watching.settings.summary_out;
    return path === null ? null : new NamedFile(path, this.#cwd);
  }

  #rowOf(exit: ExitClass, git: SinceCommit | null, label: string, endedTs: string): string {
    return `${JSON.stringify(dispatchRow(this.#conversation, { exit, git, label, startSha: this.#startSha, branch: this.#branch, endedTs }))}\n`;
  }
}

const unadded = (path: string, why: string | null): string | null => (why === null ? null : `The summary cannot be added to ${path}: ${why}`);
