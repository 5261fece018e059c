import { appendFile, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Conversation } from '../core/conversation.ts';
import type { Event, EventBody, ExitClass, SendFrom, SessionSettings, UnknownEvent } from '../core/events.ts';
import { headOf, sinceCommit, type SinceCommit } from '../node/gitFacts.ts';
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

  constructor(conversation: Conversation, cwd: string) {
    this.#conversation = conversation;
    this.#cwd = cwd;
  }

  /** Of a session that is read again. */
  see(row: Event | UnknownEvent): void {
    if (row.type === 'git' && 'phase' in row && row.phase === 'start' && typeof row.sha === 'string') [this.#startSha, this.#branch] = [row.sha, String(row.branch)];
  }

  /** The first rows of a session's log, for when its agent runs. */
  async atStart(facts: StartFacts, agent: { uid: string; agent: string; agent_version?: string }): Promise<(pid: number) => EventBody[]> {
    const head = await headOf(this.#cwd);
    this.#startSha = head?.sha ?? null;
    this.#branch = head?.branch ?? null;
    const { args, repoRoot, description, meta, tmuxSession, settings, from, before } = facts;
    return (pid) => [
      { type: 'started', pid, ...agent, cwd: this.#cwd, repo_root: repoRoot, args, ...(description ? { description } : {}), ...(meta ? { meta } : {}), ...(tmuxSession ? { tmux_session: tmuxSession } : {}) },
      ...(head ? [{ type: 'git', phase: 'start', ...head } as const] : []),
      ...(settings && Object.keys(settings).length > 0 ? [{ type: 'configured', settings, from } as const] : []),
      ...before,
    ];
  }

  /**
   * The rows of the end, in the schema's order: usage, git, summary, exited. With `closing` the host is going down. Adds a row to the file
   * that the session names, or to `koder/DISPATCH.jsonl` of a repository that has such a folder; a file that cannot be written is said.
   */
  async atEnd(end: End, how: { wasStopped: boolean; closing: boolean; label: string }): Promise<EventBody[]> {
    const conversation = this.#conversation;
    const by = { code: end.code, ...(end.signal ? { signal: end.signal } : {}) };
    const reason: ExitClass = how.closing ? 'interrupted' : exitClassOf(end, how.wasStopped, conversation);
    const endedTs = new Date().toISOString();
    const git = this.#startSha === null ? null : await sinceCommit(this.#cwd, this.#startSha);
    const path = await this.#summaryPath();
    const problem = path === null ? null : await this.#append(path, reason, git, how.label, endedTs);
    return [
      { type: 'usage', ...usageOf(conversation), cost_usd: conversation.costUsd, agent_session_id: conversation.native.session },
      ...(git ? [{ type: 'git', phase: 'end', ...git } as const] : []),
      { type: 'summary', path: problem === null ? path : null, exit: reason, ...(problem !== null && { problem }), duration_s: durationOf(conversation, endedTs), ...countsOf(conversation) },
      { type: 'exited', ...by, reason },
    ];
  }

  async #summaryPath(): Promise<string | null> {
    const { watching, started } = this.#conversation;
    if (watching.settings.summary_out !== null) return watching.settings.summary_out;
    const koder = started?.repo_root === undefined ? null : join(started.repo_root, 'koder');
    const isThere = koder !== null && (await stat(koder).then((found) => found.isDirectory(), () => false));
    return isThere ? join(koder, 'DISPATCH.jsonl') : null;
  }

  async #append(path: string, exit: ExitClass, git: SinceCommit | null, label: string, endedTs: string): Promise<string | null> {
    try {
      await mkdir(dirname(path), { recursive: true });
      await appendFile(path, `${JSON.stringify(dispatchRow(this.#conversation, { exit, git, label, startSha: this.#startSha, branch: this.#branch, endedTs }))}\n`);
      return null;
    } catch (error) {
      return `The summary could not be added to ${path}: ${error instanceof Error ? error.message : String(error)}.`;
    }
  }
}
