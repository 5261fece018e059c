import { rm } from 'node:fs/promises';
import { adapters } from '../agents/all.ts';
import type { AgentAdapter } from '../core/adapter.ts';
import { agentUnusable, ambiguousSession, folderMissing, HumanError, idTaken, noSuchAgent, noSuchSession } from '../core/errors.ts';
import type { Event, UnknownEvent } from '../core/events.ts';
import type { LiveText } from '../core/adapter.ts';
import type { SessionSummary } from '../core/view.ts';
import { openEventLog } from '../node/eventLog.ts';
import { folderAt, repoRootOf } from '../node/gitFacts.ts';
import { probeEnvironment } from '../node/probe.ts';
import { listSessionLogs } from '../node/sessionIndex.ts';
import type { AgentListing, StartParams } from '../protocol/protocol.ts';
import { labelKey, makeLabel } from './names.ts';
import { needsRecovery, recover } from './recovery.ts';
import { Session, type HostParts, type SessionListener, type Starter } from './session.ts';

export interface SessionsListener {
  events(uid: string, events: Event[]): void;
  live(uid: string, live: LiveText[]): void;
  title(uid: string, title: string): void;
  changed(summary: SessionSummary): void;
  removed(uid: string): void;
}

/** How long changes of a summary are gathered before they are told. */
const changedMs = 40;

/** All sessions of this host, the running ones and those of which only the log is left. */
export class Sessions {
  #parts: HostParts;
  #listener: SessionsListener;
  #sessions = new Map<string, Session>();
  #changed = new Map<string, NodeJS.Timeout>();
  /** Logs that could not be opened, with the reason: shown, never touched. */
  readonly unreadable = new Map<string, string>();
  readonly loaded: Promise<void>;

  constructor(parts: HostParts, listener: SessionsListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.loaded = this.#load();
  }

  get aliveCount(): number {
    return [...this.#sessions.values()].filter((session) => session.isAlive || session.moving !== null).length;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** What can be started, as seen with somebody's environment. */
  listAgents(env: Record<string, string>): Promise<AgentListing[]> {
    return Promise.all(adapters.map(async (adapter) => ({
      agent: adapter.id, name: adapter.name, about: adapter.about,
      install: await adapter.probe(probeEnvironment(env, this.#parts.bundled)),
    })));
  }

  /** By uid, or by label: among the living ones first, then the newest of the ended. @throws HumanError */
  async find(name: string): Promise<Session> {
    await this.loaded;
    const byUid = this.#sessions.get(name);
    if (byUid) return byUid;
    const key = labelKey(name);
    const named = [...this.#sessions.values()].filter((session) => labelKey(session.label) === key);
    const alive = named.filter((session) => session.isAlive || session.moving !== null);
    if (alive.length > 1) throw ambiguousSession(name, alive.map((session) => session.uid));
    const found = alive[0] ?? named.sort((a, b) => (a.conversation.lastTs ?? '').localeCompare(b.conversation.lastTs ?? '')).at(-1);
    if (!found) throw noSuchSession(name);
    return found;
  }

  async list(filter: { cwd?: string | undefined; all?: boolean | undefined }): Promise<SessionSummary[]> {
    await this.loaded;
    const root = filter.cwd && !filter.all ? await repoRootOf((await folderAt(filter.cwd)) ?? filter.cwd) : null;
    return [...this.#sessions.values()].map((session) => session.summary())
      .filter((summary) => !root || summary.repoRoot === root || summary.cwd === root || summary.cwd.startsWith(`${root}/`))
      .sort((a, b) => b.createdTs.localeCompare(a.createdTs));
  }

  /** Starts an agent on a new session. Everything that can be wrong is checked before anything is created. @throws HumanError */
  async start(params: StartParams): Promise<Session> {
    await this.loaded;
    const { adapter, starter } = await this.#ready(params.agent, params.env);
    const cwd = await folderAt(params.cwd);
    if (!cwd) throw folderMissing(params.cwd);
    const isTaken = (key: string): boolean => this.#isAliveLabel(key);
    if (params.id !== undefined && !labelKey(params.id)) throw new HumanError('bad-id', `“${params.id}” cannot be an id: it needs a letter or a digit.`, 2);
    if (params.id !== undefined && isTaken(labelKey(params.id))) throw idTaken(params.id);
    const label = params.id ?? makeLabel((key) => [...this.#sessions.values()].some((session) => labelKey(session.label) === key));
    const uid = crypto.randomUUID();
    const repoRoot = await repoRootOf(cwd);
    const logPath = this.#parts.directory.eventLogPath(repoRoot, uid);
    const session = await Session.open({ uid, label, cwd, adapter, logPath, opened: await openEventLog(logPath), cols: params.cols, rows: params.rows, parts: this.#parts, listener: this.#listenerFor(uid) });
    this.#sessions.set(uid, session);
    try {
      await session.recordStart({
        args: params.args, repoRoot, version: starter.install.version,
        ...(params.description ? { description: params.description } : {}), ...(params.meta ? { meta: params.meta } : {}),
      });
      void session.files.capture('idle');
      const started = await session.startRun(starter, 'start', { is: 'new', session: crypto.randomUUID() }, params.args);
      if (started.is === 'failed') throw agentUnusable(adapter.name, started.problem, 'Nothing was created.');
      return session;
    } catch (error) {
      await this.#discard(session);
      throw error;
    }
  }

  /** Starts the agent of an ended or interrupted session again, on its current branch's native history. @throws HumanError */
  async resume(session: Session, env: Record<string, string>, size: { cols: number; rows: number }): Promise<Session> {
    if (session.isAlive || session.moving !== null) return session;
    if (this.#isAliveLabel(labelKey(session.label))) throw idTaken(session.label);
    const { starter } = await this.#ready(session.adapter.id, env);
    if (!(await folderAt(session.cwd))) throw folderMissing(session.cwd);
    const { native } = session.conversation;
    await session.history.bringBack(native);
    session.terminal.resize(size.cols, size.rows);
    const hasHistory = native.path !== '' && (await session.history.read(native)).length > 0;
    const how = hasHistory ? { is: 'resume', native } as const : { is: 'new', session: crypto.randomUUID() } as const;
    const started = await session.startRun(starter, 'resume', how, session.agentArgs());
    if (started.is === 'failed') throw agentUnusable(session.adapter.name, started.problem, 'The session is as it was.');
    return session;
  }

  async rename(session: Session, label: string): Promise<void> {
    if (!labelKey(label)) throw new HumanError('bad-id', `“${label}” cannot be an id: it needs a letter or a digit.`, 2);
    await session.rename(label, (wanted) => [...this.#sessions.values()].some((other) => other !== session && other.isAlive && labelKey(other.label) === labelKey(wanted)));
  }

  /** Takes an ended session away for good. @throws HumanError while it runs */
  async remove(session: Session): Promise<void> {
    if (session.isAlive || session.moving !== null) throw new HumanError('running', `Session “${session.label}” is running. Stop it before you remove it.`);
    await this.#discard(session);
    this.#listener.removed(session.uid);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
    for (const timer of this.#changed.values()) clearTimeout(timer);
  }

  async #ready(agent: string, env: Record<string, string>): Promise<{ adapter: AgentAdapter; starter: Starter }> {
    const adapter = adapters.find((one) => one.id === agent);
    if (!adapter) throw noSuchAgent(agent, adapters.map((one) => one.id));
    const install = await adapter.probe(probeEnvironment(env, this.#parts.bundled));
    if (install.is !== 'ready') throw agentUnusable(adapter.name, install.problem, install.todo);
    return { adapter, starter: { install, env } };
  }

  #isAliveLabel(key: string): boolean {
    return [...this.#sessions.values()].some((session) => (session.isAlive || session.moving !== null) && labelKey(session.label) === key);
  }

  async #discard(session: Session): Promise<void> {
    this.#sessions.delete(session.uid);
    await session.close();
    await session.removeTraces();
    await rm(session.logPath, { force: true });
  }

  async #load(): Promise<void> {
    for (const { uid, path } of await listSessionLogs(this.#parts.directory.events)) {
      try {
        const session = await this.#open(uid, path);
        if (!session) continue;
        this.#sessions.set(uid, session);
        if (needsRecovery(session)) await recover(session);
      } catch (error) {
        this.unreadable.set(path, error instanceof Error ? error.message : String(error));
      }
    }
  }

  async #open(uid: string, logPath: string): Promise<Session | null> {
    const opened = await openEventLog(logPath);
    const started = opened.rows.find(isStarted);
    const adapter = started && adapters.find((one) => one.id === started.agent);
    if (!started || !adapter) {
      await opened.log.close();
      this.unreadable.set(logPath, started ? `no adapter for the agent “${started.agent}”` : 'it has no “started” row');
      return null;
    }
    const label = opened.rows.at(-1)?.id ?? started.id;
    return Session.open({ uid, label, cwd: started.cwd, adapter, logPath, opened, cols: 100, rows: 30, parts: this.#parts, listener: this.#listenerFor(uid) });
  }

  #listenerFor(uid: string): SessionListener {
    return {
      events: (events) => { this.#listener.events(uid, events); this.#noteChange(uid); },
      live: (live) => this.#listener.live(uid, live),
      title: (title) => this.#listener.title(uid, title),
      changed: () => this.#noteChange(uid),
    };
  }

  #noteChange(uid: string): void {
    if (this.#changed.has(uid)) return;
    this.#changed.set(uid, setTimeout(() => {
      this.#changed.delete(uid);
      const session = this.#sessions.get(uid);
      if (session?.conversation.started) this.#listener.changed(session.summary());
    }, changedMs));
  }
}

const isStarted = (row: Event | UnknownEvent): row is Extract<Event, { type: 'started' }> =>
  row.type === 'started' && 'agent' in row && typeof row.agent === 'string' && 'cwd' in row && typeof row.cwd === 'string';

