import { join } from 'node:path';
import type { LiveText } from '../core/adapter.ts';
import { agentUnusable, ambiguousSession, folderMissing, hostEnding, HumanError, noSuchSession } from '../core/errors.ts';
import type { Added, Event, EventBody } from '../core/events.ts';
import { seamIdOf } from '../core/ids.ts';
import { sessionLineOf } from '../core/ownWords.ts';
import type { SessionSummary } from '../core/view.ts';
import { readLogRows } from '../node/eventLog.ts';
import { folderAt, repoRootOf } from '../node/gitFacts.ts';
import type { AgentListing, ForkParams, Resumability, StartParams } from '../protocol/protocol.ts';
import { cutHistory } from './cutHistory.ts';
import { forkPoint } from './fork.ts';
import { AgentPlaces } from './agentPlaces.ts';
import type { HostParts } from './hostParts.ts';
import { inherit } from './inherit.ts';
import { Labels } from './labels.ts';
import { labelKey } from './names.ts';
import { Neighbours } from './neighbours.ts';
import { listAgents, readyAgent, settingArgsOf, type ReadyAgent } from './readyAgent.ts';
import { recover } from './recovery.ts';
import { resumabilityOf } from './resumability.ts';
import { resume } from './resume.ts';
import type { RunStart } from './runs.ts';
import { Session, type SessionListener, type SessionOptions } from './session.ts';
import { meantBy, type SessionFilter } from './sessionFilter.ts';
import { Shelf } from './shelf.ts';
import { agentUnknown, type ShelvedSession } from './shelvedSession.ts';
import { removeTraces } from './traces.ts';

/** `label`: of the session that is named before it; null: none is. */
function firstPromptOf(text: string, label: string | null): { text: string; added?: Added } {
  if (label === null) return { text };
  const line = sessionLineOf(label);
  return { text: `${line} ${text}`, added: { text: line, why: 'session' } };
}

/** All that a session begins with. */
interface NewSession extends ReadyAgent, Omit<StartParams, 'agent' | 'id' | 'env' | 'agentSettings' | 'context'> {
  /** The first prompt, as it will be typed. */
  context?: { text: string; added?: Added } | undefined;
  label: string;
  /** Its starter gave the label. */
  named: boolean;
  how: RunStart['how'];
  /** Recorded before the agent starts; made once the session has a place for its checkpoints. */
  before(uid: string): Promise<EventBody[]>;
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
  readonly shelf: Shelf;
  #host: HostParts;
  readonly #places = new AgentPlaces();
  #listener: SessionsListener;
  #sessions = new Map<string, Session>();
  #labels = new Labels({
    living: () => [...this.#sessions.values()].filter((session) => session.isLiving || this.#resuming.has(session.uid)).map((session) => session.label),
    all: () => this.#summaries().map((summary) => summary.id),
  });
  #opening = new Map<string, Promise<Session>>();
  #resuming = new Map<string, Promise<Session>>();
  #creating = new Set<Promise<Session>>();
  #changed = new Map<string, NodeJS.Timeout>();
  #atWork = new Set<string>();
  #isClosed = false;

  constructor(host: HostParts, listener: SessionsListener) {
    this.#host = host;
    this.#listener = listener;
    this.shelf = new Shelf(host.directory, (shelved) => this.#recover(shelved));
  }

  get aliveCount(): number {
    return [...this.#sessions.values()].filter((session) => session.isLiving).length;
  }

  /** What can be started, as seen with somebody's environment. */
  listAgents(env: Record<string, string>): Promise<AgentListing[]> {
    return listAgents(env, this.#host.bundled);
  }

  /** By uid, or by label: among the living ones first, then the newest of the ended. @throws HumanError */
  async find(name: string): Promise<Session> {
    return this.#at(await this.#uidOf(name));
  }

  /** What a list shows of a session that is found so, among those that are meant; one that is over is not read again for it. @throws HumanError */
  async summary(name: string, filter: SessionFilter = {}): Promise<SessionSummary> {
    const uid = await this.#uidOf(name, Object.keys(filter).length === 0 ? null : await meantBy(filter));
    return this.#sessions.get(uid)?.summary() ?? this.shelf.get(uid)?.summary ?? (await this.#at(uid)).summary();
  }

  /** Those that are meant, newest first; with `all`, of all folders. */
  async list({ all, cwd, agent }: SessionFilter & { all?: boolean | undefined }): Promise<SessionSummary[]> {
    await this.shelf.loaded;
    await this.shelf.lookElsewhere();
    const isMeant = await meantBy({ agent, cwd: all ? undefined : cwd });
    return this.#summaries().filter(isMeant).sort((a, b) => b.createdTs.localeCompare(a.createdTs));
  }

  /** Starts an agent on a new session. Everything that can be wrong is checked before anything is created. @throws HumanError */
  async start(params: StartParams): Promise<Session> {
    await this.shelf.loaded;
    const label = this.#labels.choose(params.id);
    return this.#holding(label, async () => {
      const ready = await readyAgent(params.agent, params.env, params.cwd, this.#host.bundled);
      const args = [...settingArgsOf(ready.adapter, params.agentSettings), ...params.args];
      const context = params.context === undefined ? undefined : firstPromptOf(params.context, params.sessionLine === false ? null : label);
      // Refused before anything is created.
      if (context !== undefined) ready.adapter.keystrokes({ is: 'prompt', text: context.text }, { is: 'starting' });
      return this.#create({ ...params, ...ready, context, args, label, named: params.id !== undefined, how: { is: 'new', session: crypto.randomUUID() }, before: async () => [] });
    });
  }

  /** A new session whose agent remembers what this one's does up to a seam or the tip; both go on side by side. @throws HumanError */
  async fork(source: Session, params: ForkParams): Promise<Session> {
    const after = await forkPoint(source, params.seam);
    const label = this.#labels.chooseForFork(params.id, source.label);
    return this.#holding(label, async () => {
      const ready = await readyAgent(source.adapter.id, params.env, source.cwd, this.#host.bundled);
      const seam = seamIdOf(after);
      const native = await cutHistory(source, seam, after);
      const named = params.id !== undefined || source.summary().named === true;
      const before = (uid: string): Promise<EventBody[]> => inherit(source, after, join(this.#host.directory.checkpoints, uid));
      try {
        return await this.#create({ ...params, ...ready, cwd: source.cwd, args: source.agentArgs(), label, named, how: { is: 'resume', native }, before });
      } catch (error) {
        await source.history.discard(native);
        throw error;
      }
    });
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

  /** What a resume would come to; starts and writes nothing. */
  resumable(session: Session, env: Record<string, string>): Promise<Resumability> {
    return resumabilityOf(session, env, this.#host.bundled);
  }

  async rename(session: Session, label: string): Promise<void> {
    await this.#labels.holdChange(session.label, label, () => session.rename(label));
  }

  /** Takes an ended session away for good. @throws HumanError while it runs */
  async remove(session: Session): Promise<void> {
    if (session.isLiving || this.#resuming.has(session.uid)) throw new HumanError('running', `Session “${session.label}” is running. Stop it before you remove it.`);
    await session.runs.ended();
    // Nobody else may be writing what is taken away.
    await session.recorder.open();
    await this.#discard(session);
    this.#listener.removed(session.uid);
  }

  /** The state directory was taken away and made again: the logs of the open sessions are put back. */
  async putBack(): Promise<void> {
    await Promise.allSettled([...this.#sessions.values()].map((session) => session.recorder.putBack()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
    // What these have begun is taken away again before the host is gone.
    await Promise.allSettled(this.#creating);
    for (const timer of this.#changed.values()) clearTimeout(timer);
  }

  async #uidOf(name: string, isMeant: ((summary: SessionSummary) => boolean) | null = null): Promise<string> {
    await this.shelf.loaded;
    const isUid = this.#sessions.has(name) || this.shelf.get(name) !== undefined;
    if (isUid && isMeant === null) return name;
    await this.shelf.lookElsewhere();
    const key = labelKey(name);
    const found = this.#summaries().filter((summary) => (isUid ? summary.uid === name : labelKey(summary.id) === key) && (isMeant?.(summary) ?? true));
    const alive = found.filter((summary) => summary.alive);
    if (alive.length > 1) throw ambiguousSession(name, alive.map((summary) => summary.uid));
    const newest = alive[0] ?? found.sort((a, b) => a.lastTs.localeCompare(b.lastTs)).at(-1);
    if (!newest) throw noSuchSession(name);
    return newest.uid;
  }

  #summaries(): SessionSummary[] {
    const open = [...this.#sessions.values()].filter((session) => session.conversation.started).map((session) => session.summary());
    return [...open, ...this.shelf.summaries()];
  }

  /** A session by its uid, from the shelf if need be. @throws HumanError */
  #at(uid: string): Session | Promise<Session> {
    const session = this.#sessions.get(uid);
    if (session) return session;
    const shelved = this.shelf.get(uid);
    if (!shelved) throw noSuchSession(uid);
    const opening = this.#opening.get(uid) ?? this.#takeFromShelf(shelved).finally(() => this.#opening.delete(uid));
    this.#opening.set(uid, opening);
    return opening;
  }

  async #takeFromShelf(shelved: ShelvedSession): Promise<Session> {
    const { adapter, path, summary: { uid, cwd } } = shelved;
    if (!adapter) throw agentUnknown(shelved);
    const { rows, damage } = await readLogRows(path);
    const session = await this.#openSession({ uid, label: rows.at(-1)?.id ?? uid, cwd, adapter, logPath: path, rows, damage, screen: { cols: 100, rows: 30 } });
    this.#sessions.set(uid, session);
    this.shelf.take(uid);
    return session;
  }

  /** A log that says that its session lives is either left over, or being written by another host: then the session is that host's. */
  async #recover(shelved: ShelvedSession): Promise<void> {
    const session = await this.#takeFromShelf(shelved);
    try {
      await session.recorder.open();
      await recover(session);
    } catch (error) {
      this.#sessions.delete(session.uid);
      await session.close();
      throw error;
    }
  }

  /** @throws HumanError when the label is taken, or this host is going down */
  async #holding(label: string, work: () => Promise<Session>): Promise<Session> {
    this.#mustBeOpen();
    return this.#labels.hold(label, work);
  }

  /** @throws HumanError when this host is going down */
  #mustBeOpen(): void {
    if (this.#isClosed) throw hostEnding();
  }

  /** The session with its first rows and its running agent; nothing is left when the agent does not start. @throws HumanError */
  #create(params: NewSession): Promise<Session> {
    const creating = this.#begin(params).finally(() => this.#creating.delete(creating));
    this.#creating.add(creating);
    return creating;
  }

  async #begin(params: NewSession): Promise<Session> {
    this.#mustBeOpen();
    const { adapter, starter, label } = params;
    const cwd = await folderAt(params.cwd);
    if (!cwd) throw folderMissing(params.cwd);
    const uid = crypto.randomUUID();
    this.shelf.know(uid);
    const repoRoot = await repoRootOf(cwd);
    const logPath = this.#host.directory.eventLogPath(repoRoot, uid);
    const session = await this.#openSession({ uid, label, cwd, adapter, logPath, rows: [], damage: [], screen: { cols: params.cols, rows: params.rows } });
    try {
      await session.recorder.open();
      this.#mustBeOpen();
      this.#sessions.set(uid, session);
      const started = await session.begin(starter, params.how, {
        args: params.args, repoRoot, before: await params.before(uid), named: params.named, from: params.from ?? 'cli',
        ...(params.description ? { description: params.description } : {}), ...(params.meta ? { meta: params.meta } : {}), ...(params.tmuxSession ? { tmuxSession: params.tmuxSession } : {}),
        ...(params.settings ? { settings: params.settings } : {}),
      });
      if (started.is === 'failed') {
        this.#mustBeOpen();
        throw agentUnusable(adapter.name, started.problem, 'Nothing was created.');
      }
      if (params.context !== undefined) await session.upkeep.prompts.enqueue(params.context.text, 'host', undefined, params.context);
      return session;
    } catch (error) {
      await this.#discard(session);
      throw error;
    }
  }

  async #resume(session: Session, env: Record<string, string>, size: { cols: number; rows: number }): Promise<Session> {
    if (session.isLiving) return session;
    return this.#holding(session.label, async () => {
      await session.runs.ended();
      const { starter } = await readyAgent(session.adapter.id, env, session.cwd, this.#host.bundled);
      await resume(session, starter, size);
      return session;
    });
  }

  async #discard(session: Session): Promise<void> {
    this.#sessions.delete(session.uid);
    await session.close();
    // A capture under way would go on writing into what is taken away.
    await session.files.settled();
    await removeTraces({ uid: session.uid, logPath: session.recorder.logPath }, this.#host.directory);
  }

  #openSession(options: Omit<SessionOptions, 'host' | 'listener' | 'neighbours' | 'places'>): Promise<Session> {
    return Session.open({ ...options, host: this.#host, listener: this.#listenerFor(options.uid), places: this.#places, neighbours: new Neighbours(options, () => this.#sessions.values()) });
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
      changed: () => { this.#noteWork(uid); this.#noteChange(uid); },
    };
  }

  /** Whether one is at work is of importance to those that share its folder. */
  #noteWork(uid: string): void {
    const isAtWork = this.#sessions.get(uid)?.state.is === 'busy';
    if (isAtWork === this.#atWork.has(uid)) return;
    if (isAtWork) this.#atWork.add(uid);
    else this.#atWork.delete(uid);
    for (const session of this.#sessions.values()) if (session.uid !== uid) session.noteNeighbours();
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
