import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { adapterFor, adapters } from '../agents/all.ts';
import type { AgentAdapter, AgentSettings, LiveText } from '../core/adapter.ts';
import { agentUnusable, ambiguousSession, folderMissing, hostEnding, HumanError, idTaken, noSuchAgent, noSuchSession } from '../core/errors.ts';
import type { Event, EventBody, NativeRef } from '../core/events.ts';
import { seamIdOf } from '../core/ids.ts';
import type { SessionSummary } from '../core/view.ts';
import { readLogRows } from '../node/eventLog.ts';
import { isLogHeld } from '../node/eventLogLock.ts';
import { folderAt, repoRootOf } from '../node/gitFacts.ts';
import { hostProtocols } from '../node/hostSocket.ts';
import { probeEnvironment } from '../node/probe.ts';
import { endLeftOverRuns } from '../node/runProcess.ts';
import { listSessionLogs } from '../node/sessionIndex.ts';
import { protocolVersion, type AgentListing, type ForkParams, type StartParams } from '../protocol/protocol.ts';
import { cutHistory } from './cutHistory.ts';
import { forkPoint } from './fork.ts';
import type { HostParts } from './hostParts.ts';
import { forkLabel, labelKey, makeLabel } from './names.ts';
import { recover } from './recovery.ts';
import type { Starter } from './runs.ts';
import { Session, type SessionListener } from './session.ts';
import { agentUnknown, shelve, type ShelvedSession } from './shelf.ts';

/** All that a session begins with. */
interface NewSession extends Omit<StartParams, 'agent' | 'id' | 'env' | 'agentSettings' | 'context'> {
  /** The first prompt, as it will be typed. */
  context?: string | undefined;
  label: string;
  adapter: AgentAdapter;
  starter: Starter;
  how: { is: 'new'; session: string } | { is: 'resume'; native: NativeRef };
  /** Recorded before the agent starts. */
  before: EventBody[];
}

export interface SessionsListener {
  events(uid: string, events: Event[]): void;
  live(uid: string, live: LiveText[]): void;
  title(uid: string, title: string): void;
  sized(uid: string, cols: number, rows: number): void;
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
  /** Sessions that are over and that nobody has looked into since this host started. */
  #shelf = new Map<string, ShelvedSession>();
  #opening = new Map<string, Promise<Session>>();
  #resuming = new Map<string, Promise<Session>>();
  /** Labels of sessions that are about to run. */
  #reserved = new Set<string>();
  #changed = new Map<string, NodeJS.Timeout>();
  #isClosed = false;
  /** Logs that could not be opened, with the reason: never touched. */
  readonly unreadable = new Map<string, string>();
  /** Sessions that were read, or made, by this host: all but those that a host of another version keeps. */
  #known = new Set<string>();
  #looking: Promise<void> | null = null;
  #hadOthers = true;
  /** Processes of agents that outlived the host that owned them, and have been ended. */
  readonly leftOver: number[] = [];
  readonly loaded: Promise<void>;

  constructor(parts: HostParts, listener: SessionsListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.loaded = this.#load();
  }

  get aliveCount(): number {
    return [...this.#sessions.values()].filter(isLiving).length;
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
    return this.#at(await this.#uidOf(name));
  }

  /** What a list shows of a session that is found so; one that is over is not read again for it. @throws HumanError */
  async summary(name: string): Promise<SessionSummary> {
    const uid = await this.#uidOf(name);
    return this.#sessions.get(uid)?.summary() ?? this.#shelf.get(uid)?.summary ?? (await this.#at(uid)).summary();
  }

  async #uidOf(name: string): Promise<string> {
    await this.loaded;
    if (this.#sessions.has(name) || this.#shelf.has(name)) return name;
    await this.#lookElsewhere();
    const key = labelKey(name);
    const alive = [...this.#sessions.values()].filter((session) => isLiving(session) && labelKey(session.label) === key);
    if (alive.length > 1) throw ambiguousSession(name, alive.map((session) => session.uid));
    if (alive[0]) return alive[0].uid;
    const found = this.#summaries().filter((summary) => labelKey(summary.id) === key).sort((a, b) => a.lastTs.localeCompare(b.lastTs)).at(-1);
    if (!found) throw noSuchSession(name);
    return found.uid;
  }

  /** Newest first. With `cwd`, those of that folder's repository, or below that folder where there is none. */
  async list(filter: { cwd?: string | undefined; all?: boolean | undefined }): Promise<SessionSummary[]> {
    await this.loaded;
    await this.#lookElsewhere();
    const root = filter.cwd && !filter.all ? await repoRootOf((await folderAt(filter.cwd)) ?? filter.cwd) : null;
    return this.#summaries()
      .filter((summary) => root === null || summary.repoRoot === root || isInside(root, summary.cwd))
      .sort((a, b) => b.createdTs.localeCompare(a.createdTs));
  }

  /** Starts an agent on a new session. Everything that can be wrong is checked before anything is created. @throws HumanError */
  async start(params: StartParams): Promise<Session> {
    await this.loaded;
    if (params.id !== undefined && !labelKey(params.id)) throw badId(params.id);
    const label = params.id ?? makeLabel((key) => this.#reserved.has(key) || this.#summaries().some((summary) => labelKey(summary.id) === key));
    return this.#withLabel(label, async () => {
      const { adapter, starter } = await this.#ready(params.agent, params.env, params.cwd);
      const args = [...settingArgsOf(adapter, params.agentSettings), ...params.args];
      const context = params.context === undefined ? undefined : `[backstitch session id=${label}] ${params.context}`;
      // Refused before anything is created.
      if (context !== undefined) adapter.keystrokes({ is: 'prompt', text: context }, { is: 'starting' });
      return this.#create({ ...params, context, args, label, adapter, starter, how: { is: 'new', session: crypto.randomUUID() }, before: [] });
    });
  }

  /** A new session whose agent remembers what this one's does up to a seam or the tip; both go on side by side. @throws HumanError */
  async fork(source: Session, params: ForkParams): Promise<Session> {
    if (params.id !== undefined && !labelKey(params.id)) throw badId(params.id);
    const after = forkPoint(source, params.seam);
    const label = params.id ?? forkLabel(source.label, (key) => this.#reserved.has(key) || this.#summaries().some((summary) => labelKey(summary.id) === key));
    return this.#withLabel(label, async () => {
      const { adapter, starter } = await this.#ready(source.adapter.id, params.env, source.cwd);
      const seam = seamIdOf(after);
      const native = await cutHistory(source, seam, after);
      const forked: EventBody = { type: 'forked', from_uid: source.uid, from_seam: seam, from_branch: source.conversation.branch };
      try {
        return await this.#create({ ...params, cwd: source.cwd, args: source.agentArgs(), label, adapter, starter, how: { is: 'resume', native }, before: [forked] });
      } catch (error) {
        await source.history.discard(native);
        throw error;
      }
    });
  }

  /** The session with its first rows and its running agent; nothing is left when the agent does not start. */
  async #create(params: NewSession): Promise<Session> {
    const { adapter, starter, label } = params;
    const cwd = await folderAt(params.cwd);
    if (!cwd) throw folderMissing(params.cwd);
    const uid = crypto.randomUUID();
    this.#known.add(uid);
    const repoRoot = await repoRootOf(cwd);
    const logPath = this.#parts.directory.eventLogPath(repoRoot, uid);
    const session = await Session.open({ uid, label, cwd, adapter, logPath, rows: [], damage: [], screen: { cols: params.cols, rows: params.rows }, host: this.#parts, listener: this.#listenerFor(uid) });
    try {
      await session.recorder.open();
      this.#sessions.set(uid, session);
      const started = await session.begin(starter, params.how, {
        args: params.args, repoRoot, before: params.before, from: params.from ?? 'cli',
        ...(params.description ? { description: params.description } : {}), ...(params.meta ? { meta: params.meta } : {}),
        ...(params.settings ? { settings: params.settings } : {}),
      });
      if (started.is === 'failed') throw agentUnusable(adapter.name, started.problem, 'Nothing was created.');
      if (params.context !== undefined) await session.upkeep.prompts.enqueue(params.context, 'host');
      return session;
    } catch (error) {
      await this.#discard(session);
      throw error;
    }
  }

  /**
   * Starts the agent of an ended or interrupted session again, on its current branch's native history; whoever asks while that is under
   * way gets the same. @throws HumanError
   */
  resume(session: Session, env: Record<string, string>, size: { cols: number; rows: number }): Promise<Session> {
    const known = this.#resuming.get(session.uid);
    if (known) return known;
    const resuming = this.#resume(session, env, size).finally(() => this.#resuming.delete(session.uid));
    this.#resuming.set(session.uid, resuming);
    return resuming;
  }

  async rename(session: Session, label: string): Promise<void> {
    if (!labelKey(label)) throw badId(label);
    const isOwn = labelKey(label) === labelKey(session.label);
    if (!isOwn && this.#isTaken(labelKey(label))) throw idTaken(label);
    await session.rename(label);
  }

  /** Takes an ended session away for good. @throws HumanError while it runs */
  async remove(session: Session): Promise<void> {
    if (isLiving(session) || this.#resuming.has(session.uid)) throw new HumanError('running', `Session “${session.label}” is running. Stop it before you remove it.`);
    await session.runs.ended();
    // Nobody else may be writing what is taken away.
    await session.recorder.open();
    await this.#discard(session);
    this.#listener.removed(session.uid);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
    for (const timer of this.#changed.values()) clearTimeout(timer);
  }

  async #resume(session: Session, env: Record<string, string>, size: { cols: number; rows: number }): Promise<Session> {
    if (isLiving(session)) return session;
    return this.#withLabel(session.label, async () => {
      await session.runs.ended();
      const { starter } = await this.#ready(session.adapter.id, env, session.cwd);
      if (!(await folderAt(session.cwd))) throw folderMissing(session.cwd);
      await session.recorder.open();
      const { native } = session.conversation;
      await session.history.bringBack(native);
      if (!session.viewSizes.current) session.terminal.resize(size.cols, size.rows);
      const hasHistory = native.path !== '' && (await session.history.read(native)).length > 0;
      // An agent without a history starts anew, and is to say so.
      const fresh = session.adapter.history ? { is: 'new', session: crypto.randomUUID() } as const : { is: 'resume', native: { session: crypto.randomUUID(), path: '' } } as const;
      const how = hasHistory ? { is: 'resume', native } as const : fresh;
      const started = await session.runs.start(starter, { cause: 'resume', how });
      if (started.is === 'failed') throw agentUnusable(session.adapter.name, started.problem, 'The session is as it was.');
      return session;
    });
  }

  /** Holds a label from the check on, so that of two who ask at once one is refused. */
  async #withLabel<T>(label: string, work: () => Promise<T>): Promise<T> {
    const key = labelKey(label);
    if (this.#isClosed) throw hostEnding();
    if (this.#isTaken(key)) throw idTaken(label);
    this.#reserved.add(key);
    try {
      return await work();
    } finally {
      this.#reserved.delete(key);
    }
  }

  #isTaken(key: string): boolean {
    return this.#reserved.has(key) || [...this.#sessions.values()].some((session) => isLiving(session) && labelKey(session.label) === key);
  }

  async #ready(agent: string, env: Record<string, string>, cwd: string): Promise<{ adapter: AgentAdapter; starter: Starter }> {
    const adapter = adapterFor(agent);
    const install = await adapter.probe(probeEnvironment(env, this.#parts.bundled, cwd));
    if (install.is !== 'ready' && !adapters.includes(adapter)) throw noSuchAgent(agent, install.problem, adapters.map((one) => one.id));
    if (install.is !== 'ready') throw agentUnusable(adapter.name, install.problem, install.todo);
    return { adapter, starter: { install, env } };
  }

  #summaries(): SessionSummary[] {
    const open = [...this.#sessions.values()].filter((session) => session.conversation.started).map((session) => session.summary());
    return [...open, ...[...this.#shelf.values()].map(({ summary }) => summary)];
  }

  /** A session by its uid, from the shelf if need be. @throws HumanError */
  #at(uid: string): Session | Promise<Session> {
    const session = this.#sessions.get(uid);
    if (session) return session;
    const shelved = this.#shelf.get(uid);
    if (!shelved) throw noSuchSession(uid);
    const opening = this.#opening.get(uid) ?? this.#open(shelved).finally(() => this.#opening.delete(uid));
    this.#opening.set(uid, opening);
    return opening;
  }

  async #open(shelved: ShelvedSession): Promise<Session> {
    const { adapter, path, summary: { uid, cwd } } = shelved;
    if (!adapter) throw agentUnknown(shelved);
    const { rows, damage } = await readLogRows(path);
    const session = await Session.open({ uid, label: rows.at(-1)?.id ?? uid, cwd, adapter, logPath: path, rows, damage, screen: { cols: 100, rows: 30 }, host: this.#parts, listener: this.#listenerFor(uid) });
    this.#sessions.set(uid, session);
    this.#shelf.delete(uid);
    return session;
  }

  /** The session's log goes last, and with it what was kept of it aside. */
  async #discard(session: Session): Promise<void> {
    this.#sessions.delete(session.uid);
    await session.close();
    // A capture under way would go on writing into what is taken away.
    await session.files.settled();
    await session.removeTraces();
    const folder = dirname(session.recorder.logPath);
    const stem = `${basename(session.recorder.logPath, '.jsonl')}.`;
    for (const name of await readdir(folder).catch(() => [])) if (name.startsWith(stem)) await rm(join(folder, name), { force: true });
  }

  async #load(): Promise<void> {
    this.leftOver.push(...await endLeftOverRuns(this.#parts.directory.runs));
    for (const { uid, path } of await listSessionLogs(this.#parts.directory.events)) await this.#loadOne(uid, path);
  }

  async #loadOne(uid: string, path: string): Promise<void> {
    this.#known.add(uid);
    this.unreadable.delete(path);
    try {
      const shelved = await shelve(uid, path);
      if (shelved.adapter && shelved.needsRecovery) await this.#recover(shelved);
      else this.#shelf.set(uid, shelved);
    } catch (error) {
      if (error instanceof HumanError && error.code === 'log-in-use') this.#known.delete(uid);
      this.unreadable.set(path, error instanceof Error ? error.message : String(error));
    }
  }

  /** Takes in what a host of another version has made and let go of since. What it is still writing stays its own. */
  #lookElsewhere(): Promise<void> {
    // What cannot be looked at is not listed; what is known is, all the same.
    return (this.#looking ??= this.#takeIn().catch(() => undefined).finally(() => { this.#looking = null; }));
  }

  async #takeIn(): Promise<void> {
    const { directory } = this.#parts;
    const hasOthers = (await hostProtocols(directory)).some((protocol) => protocol !== protocolVersion);
    if (!hasOthers && !this.#hadOthers) return;
    this.#hadOthers = hasOthers;
    this.leftOver.push(...await endLeftOverRuns(directory.runs));
    for (const { uid, path } of await listSessionLogs(directory.events)) {
      if (this.#known.has(uid)) continue;
      if (await isLogHeld(path)) this.#hadOthers = true;
      else await this.#loadOne(uid, path);
    }
  }

  /** A log that says that its session lives is either left over, or being written by another host: then the session is that host's. */
  async #recover(shelved: ShelvedSession): Promise<void> {
    const session = await this.#open(shelved);
    try {
      await session.recorder.open();
    } catch (error) {
      this.#sessions.delete(session.uid);
      await session.close();
      throw error;
    }
    await recover(session);
  }

  #listenerFor(uid: string): SessionListener {
    return {
      events: (events) => { this.#listener.events(uid, events); this.#noteChange(uid); },
      live: (live) => this.#listener.live(uid, live),
      title: (title) => this.#listener.title(uid, title),
      sized: () => {
        const terminal = this.#sessions.get(uid)?.terminal;
        if (terminal) this.#listener.sized(uid, terminal.cols, terminal.rows);
      },
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

const isLiving = (session: Session): boolean => session.isAlive || session.move.what !== null;

/** @throws HumanError when the agent does not know one of them */
function settingArgsOf(adapter: AgentAdapter, settings: AgentSettings | undefined): string[] {
  if (!settings || Object.keys(settings).length === 0) return [];
  const given = adapter.settingArgs?.(settings) ?? { is: 'refused' as const, problem: `${adapter.name} has no such settings. Give its own arguments after --.` };
  if (given.is === 'refused') throw new HumanError('bad-setting', given.problem, 2);
  return given.args;
}

const badId = (label: string): HumanError => new HumanError('bad-id', `“${label}” cannot be an id: it needs a letter or a digit.`, 2);

function isInside(root: string, folder: string): boolean {
  const path = relative(root, folder);
  return path === '' || (!path.startsWith('..') && !isAbsolute(path));
}
