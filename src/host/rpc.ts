import type { Socket } from 'node:net';
import type { MessageConnection, RequestType } from 'vscode-jsonrpc/node';
import type { LiveText } from '../core/adapter.ts';
import { skillFolders } from '../agents/skillFolders.ts';
import { HumanError, notAllowed, stale } from '../core/errors.ts';
import type { SessionSummary } from '../core/view.ts';
import { Backlog } from '../protocol/backlog.ts';
import { connectionOver } from '../protocol/connection.ts';
import { responseErrorOf } from '../protocol/failures.ts';
import { parseParams, type Method, type ParamsOf } from '../protocol/params.ts';
import * as p from '../protocol/protocol.ts';
import { compareFile, fileAt, resumedOf, pageOf } from './answers.ts';
import { FollowedSessions } from './followed.ts';
import { labelKey } from './names.ts';
import { checkExpectation, rewind, switchTo } from './rewind.ts';
import { branchesFor, previewOf, seamsFor, switchPreviewOf } from './seamsOfSession.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import { checkBranch } from './shown.ts';
import { hostFailure } from './start.ts';
import { terminalProblem } from './terminalProblem.ts';

export interface HostFacts {
  build: string;
  stateDirectory: string;
  startedMs: number;
  clients(): number;
  /** Ends all agents and records that. */
  close(): Promise<void>;
  /** Ends the process. */
  end(): void;
  /** Writes to the host's own log. */
  note(line: string): void;
}

/** Notifications on their way whose size nobody asks for, and how much may wait beyond them. */
const freeCount = 8;
const mostWaitingChars = 8_000_000;

/** Who connects says hello within this long; and what it is told last has so long to get there. */
const helloMs = Number(process.env['BACKSTITCH_HOST_HELLO_MS'] ?? 10_000);
const lastWordMs = 1_000;

/** A timer cannot be set further ahead. */
const longestMs = 2_000_000_000;

/** One client of the host: what it may do, and what it is told. */
export class Client {
  readonly connection: MessageConnection;
  #socket: Socket;
  #sessions: Sessions;
  #facts: HostFacts;
  readonly #backlog: Backlog;
  readonly #greeting: NodeJS.Timeout;
  #greeted = false;
  /** The only session a panel may touch; null for full scope. */
  #only: string | null = null;
  readonly #followed = new FollowedSessions({ tell: (method, params) => this.#tell(method, params), isFree: () => this.#waitingCount < freeCount });
  #attached = new Set<Session>();
  /** Sessions of whose prompts it edits some: that ends with it. */
  #editsIn = new Set<Session>();
  #isGone = false;
  /** Notifications that the socket has not taken yet, and the size of all but the first few. */
  #waitingCount = 0;
  #waitingChars = 0;

  constructor(socket: Socket, sessions: Sessions, facts: HostFacts) {
    this.#socket = socket;
    this.#sessions = sessions;
    this.#facts = facts;
    this.#backlog = new Backlog(() => this.hangUp('it has read no answers for 30 s'));
    this.connection = connectionOver(socket, this.#backlog);
    this.#serve();
    this.connection.listen();
    // What has come while this process was not running is looked at first.
    this.#greeting = setTimeout(() => setImmediate(() => {
      if (!this.#greeted) this.hangUp(`it has not said hello within ${helloMs / 1_000} s`);
    }), helloMs);
    this.#greeting.unref();
  }

  /** Called by the host for every session's facts, in order. */
  tellEvents(uid: string, events: p.SessionEvents['events']): void {
    this.#followed.events(uid, events);
  }

  tellLive(uid: string, live: LiveText[]): void {
    this.#followed.live(uid, live);
  }

  tellChanged(summary: { uid: string }): void {
    if (this.#greeted && (this.#only === null || this.#only === summary.uid)) this.#tell(p.sessionChanged.method, summary);
  }

  tellRemoved(uid: string): void {
    this.#followed.letGo(uid);
    if (this.#greeted && (this.#only === null || this.#only === uid)) this.#tell(p.sessionRemoved.method, { session: uid });
  }

  tellTitle(uid: string, title: string): void {
    for (const session of this.#attached) if (session.uid === uid) this.#tell(p.terminalTitle.method, { session: uid, title });
  }

  tellSize(uid: string, cols: number, rows: number): void {
    for (const session of this.#attached) if (session.uid === uid) this.#tell(p.terminalSized.method, { session: uid, cols, rows });
  }

  /** Closes the connection, and says why. */
  hangUp(reason: string): void {
    if (this.#isGone) return;
    this.#facts.note(`hung up on a client: ${reason}`);
    this.connection.sendNotification(p.hostHangUp, { reason: `The session host has hung up on this client: ${reason}.` }).catch(() => undefined);
    this.#socket.end();
    // It may not read that either.
    setTimeout(() => this.#socket.destroy(), lastWordMs).unref();
  }

  gone(): void {
    clearTimeout(this.#greeting);
    this.#isGone = true;
    this.#detachAll();
    this.#followed.clear();
    for (const session of this.#editsIn) session.upkeep.prompts.holds.clientGone(this);
    this.#editsIn.clear();
    this.connection.dispose();
  }

  /** A client that does not read is hung up on once too much waits for it: memory is ours, and it opens anew when it is back. */
  #tell(method: string, params: object): void {
    if (this.#isGone) return;
    // What is written at once costs no second look at its size.
    const size = this.#waitingCount++ < freeCount ? 0 : JSON.stringify(params).length;
    this.#waitingChars += size;
    if (this.#waitingChars > mostWaitingChars) {
      this.#facts.note('hung up on a client: too much waited for it to read');
      this.#isGone = true;
      this.#socket.destroy();
      return;
    }
    const written = (): void => {
      this.#waitingCount--;
      this.#waitingChars -= size;
      if (this.#waitingCount === 0) this.#followed.tellLate();
    };
    try {
      this.connection.sendNotification(method, params).then(written, written);
    } catch {
      // A client that is just going away is no error; its socket's close ends it.
      written();
    }
  }

  async #session(name: string): Promise<Session> {
    const session = await this.#sessions.find(await this.#meant(name));
    if (this.#isGone) throw new HumanError('gone', 'The client has gone away.');
    return session;
  }

  /** A panel is answered the same for every name but those of its own session, whether there is such a session or not. */
  async #meant(name: string): Promise<string> {
    const own = this.#only;
    if (own === null || name === own) return name;
    const summary = await this.#sessions.summary(own).catch(() => null);
    if (summary === null || labelKey(name) !== labelKey(summary.id)) throw notAllowed('use that session');
    return own;
  }

  /**
   * Registers a handler: parameters are parsed, the role is checked, failures cross as what they are. No reply, also none
   * that tells a failure, is sent before the durable rows of the sessions that `work` names in `touched` are on the disk.
   */
  #on<P, R>(type: RequestType<P, R, void>, needs: p.Role, work: (params: P, touched: Set<Session>) => Promise<R> | R): void {
    this.connection.onRequest(type.method, async (params: unknown): Promise<unknown> => {
      const touched = new Set<Session>();
      try {
        const parsed = parseParams(type.method as Method, params) as P;
        if (!this.#greeted && type.method !== p.hello.method) throw notAllowed('do anything before it has said hello');
        if (needs === 'full' && this.#only !== null) throw notAllowed(`call ${type.method}`);
        return await work(parsed, touched);
      } catch (error) {
        return responseErrorOf(hostFailure(error));
      } finally {
        for (const session of touched) await session.recorder.safe();
      }
    });
  }

  #onSession<P extends { session: string }, R>(
    type: RequestType<P, R, void>, needs: p.Role, work: (session: Session, params: P, touched: Set<Session>) => Promise<R> | R,
  ): void {
    this.#on(type, needs, async (params, touched) => {
      const session = await this.#session(params.session);
      touched.add(session);
      return work(session, params, touched);
    });
  }

  /** Of a request that answers with a session: also where that is another one than it names. */
  async #summaryOf(found: Promise<Session>, touched: Set<Session>): Promise<SessionSummary> {
    const session = await found;
    touched.add(session);
    return session.summary();
  }

  #serve(): void {
    this.#serveHost();
    this.#serveSessions();
    this.#serveConversation();
    this.#serveHistory();
    this.#serveTerminal();
  }

  #serveHost(): void {
    this.#on(p.hello, 'panel', ({ protocol }) => {
      if (protocol !== p.protocolVersion)
        throw new HumanError('protocol', `This host speaks protocol ${p.protocolVersion}, the client ${protocol}. Reload the window, or update the older of the two.`);
      this.#greeted = true;
      clearTimeout(this.#greeting);
      this.#backlog.greeted();
      return { protocol: p.protocolVersion, build: this.#facts.build, pid: process.pid, role: this.#only ? 'panel' : 'full', session: this.#only };
    });
    this.#onSession(p.restrict, 'full', (session) => {
      this.#only = session.uid;
      this.#detachAll();
      this.#followed.keepOnly(session.uid);
      return null;
    });
    this.#on(p.agentsList, 'full', ({ env }) => this.#sessions.listAgents(env));
    this.#on(p.agentsSkillFolders, 'full', () => [...skillFolders]);
    this.#on(p.hostStatus, 'full', () => ({
      pid: process.pid, build: this.#facts.build, node: process.version, stateDirectory: this.#facts.stateDirectory,
      sessions: this.#sessions.aliveCount, clients: this.#facts.clients(), uptimeMs: Math.round(performance.now() - this.#facts.startedMs),
    }));
    this.#on(p.hostTryTerminal, 'full', async () => ({ problem: await terminalProblem(this.#facts.stateDirectory) }));
    this.#on(p.hostShutdown, 'full', async ({ force }) => {
      if (!force && this.#sessions.aliveCount > 0) return { ended: false };
      await this.#facts.close();
      // Once the answer was sent.
      setImmediate(() => this.#facts.end());
      return { ended: true };
    });
  }

  #serveSessions(): void {
    this.#on(p.sessionStart, 'full', (params, touched) => this.#summaryOf(this.#sessions.start(params), touched));
    this.#on(p.sessionList, 'full', (params) => this.#sessions.list(params));
    // What a panel asks for is its own, whatever folder or agent is meant beside.
    this.#on(p.sessionStatus, 'panel', async ({ session, ...filter }) => this.#sessions.summary(await this.#meant(session), this.#only === null ? filter : {}));
    this.#onSession(p.sessionStop, 'full', (session, { timeoutMs, shown }) =>
      session.stop(Math.min(Math.max(timeoutMs ?? 5_000, 0), longestMs), shown));
    this.#onSession(p.sessionResume, 'full', async (session, params, touched) => {
      const resumed = await this.#sessions.resume(session, params.env, params);
      touched.add(resumed);
      return resumedOf(resumed);
    });
    this.#onSession(p.sessionResumable, 'full', (session, { env }) => this.#sessions.resumable(session, env));
    this.#onSession(p.sessionRename, 'full', async (session, { id, was }) => {
      if (was !== undefined && was !== session.label) throw stale(`it is called “${session.label}” now`);
      await this.#sessions.rename(session, id);
      return session.summary();
    });
    this.#onSession(p.sessionRemove, 'full', async (session) => { await this.#sessions.remove(session); return null; });
  }

  #serveConversation(): void {
    this.#onSession(p.sessionOpen, 'panel', async (session, { blocks, paced }) => {
      await session.recorder.told();
      return this.#followed.open(session, blocks, paced === true);
    });
    this.#onNotification('session/taken', ({ session, batch, missed }) => this.#followed.taken(session, batch, missed));
    this.#onSession(p.sessionClose, 'panel', (session) => { this.#followed.letGo(session.uid); return null; });
    this.#onSession(p.sessionPage, 'panel', (session, params) => pageOf(session, params));
    this.#onSession(p.sessionBlock, 'panel', (session, { block }) => {
      const found = session.conversation.blocks.get(block);
      if (!found) throw new HumanError('no-such-block', `There is no block “${block}” in this session.`);
      return found;
    });
    this.#onSession(p.sessionFileAt, 'panel', (session, { block, path }) => fileAt(session, block, path));
    this.#onSession(p.sessionCompareFile, 'full', (session, { checkpoint, path }) => compareFile(session, checkpoint, path));
    this.#onSession(p.sessionSend, 'panel', (session, { text, from, key, branch, force, submit, expect }) => {
      const { prompts } = session.upkeep;
      // What is known already is answered, wherever the session has gone since.
      const known = key === undefined ? undefined : prompts.sentAs(key);
      if (known) return known;
      checkExpectation(session, expect);
      checkBranch(session, branch);
      return prompts.send(text, from, { force: force === true, ...(submit !== undefined && { submit }), key });
    });
    this.#onSession(p.sessionSendFate, 'panel', (session, { send }) => session.upkeep.prompts.fate(send));
    this.#onSession(p.sessionQueue, 'panel', (session) => session.upkeep.prompts.list());
    this.#onSession(p.sessionChangeQueue, 'panel', async (session, { change, from }) => {
      if (change.is === 'hold') this.#editsIn.add(session);
      const listing = await session.upkeep.prompts.change(change, from, this);
      session.upkeep.lookAgain();
      return { ...listing, seq: session.conversation.lastSeq };
    });
    this.#onSession(p.sessionNudge, 'panel', async (session, { shown }) => { await session.nudge(shown); return null; });
    this.#onSession(p.sessionConfigure, 'full', async (session, { settings, from }) => { await session.configure(settings, from); return session.summary(); });
    this.#onSession(p.sessionWaitIdle, 'panel', async (session, { send }) => ({ state: await session.waitIdle(send) }));
    this.#onSession(p.sessionWaitEnd, 'panel', (session) => session.waitEnd());
    this.#onSession(p.sessionInterrupt, 'panel', async (session, { shown }) => { await session.interrupt(shown); return null; });
    this.#onSession(p.sessionAnswer, 'panel', async (session, { request, option, message, from }) =>
      ({ won: await session.answer(request, { option, ...(message ? { message } : {}) }, from) }));
  }

  #serveHistory(): void {
    this.#onSession(p.sessionSeams, 'panel', async (session, { branch, words, seams }) => {
      const all = await seamsFor(session, branch, words);
      return seams ? all.filter(({ seam }) => seams.includes(seam)) : all;
    });
    this.#onSession(p.sessionBranches, 'panel', async (session) => ({ current: session.conversation.branch, branches: await branchesFor(session) }));
    this.#onSession(p.sessionPreview, 'panel', (session, { seam, files }) => previewOf(session, seam, files));
    this.#onSession(p.sessionPreviewSwitch, 'panel', (session, { branch, files }) => switchPreviewOf(session, branch, files));
    this.#onSession(p.sessionRewind, 'panel', (session, params) => rewind(session, params.seam, params));
    this.#onSession(p.sessionFork, 'full', (session, params, touched) =>
      this.#summaryOf(this.#sessions.fork(session, params), touched));
    this.#onSession(p.sessionSwitch, 'panel', (session, params) => switchTo(session, params.branch, params));
  }

  #serveTerminal(): void {
    this.#onSession(p.terminalAttach, 'full', async (session, { cols, rows }) => {
      this.#attached.add(session);
      session.viewSizes.attach(this, { cols, rows });
      const uid = session.uid;
      session.settleSize();
      const answer = await session.terminal.attach(this, {
        data: (data, offset) => this.#tell(p.terminalData.method, { session: uid, data, offset }),
        reset: (replay, offset) => this.#tell(p.terminalReset.method, { session: uid, replay, offset }),
      }, cols, rows);
      if (session.terminal.title) this.#tell(p.terminalTitle.method, { session: uid, title: session.terminal.title });
      return answer;
    });
    this.#onSession(p.terminalText, 'full', async ({ terminal }, { lines }) =>
      ({ text: await terminal.text(lines), cols: terminal.cols, rows: terminal.rows, title: terminal.title }));
    this.#onSession(p.terminalDetach, 'full', (session) => {
      this.#detach(session);
      return null;
    });
    this.#onAttached('terminal/input', (session, { data }) => {
      session.viewSizes.used(this);
      session.settleSize();
      session.input(data);
    });
    this.#onAttached('terminal/resize', (session, size) => {
      session.viewSizes.resize(this, { cols: size.cols, rows: size.rows });
      session.settleSize();
    });
    this.#onAttached('terminal/ack', (session, { offset }) => session.terminal.views.ack(this, offset));
  }

  #detach(session: Session): void {
    session.terminal.views.detach(this);
    this.#attached.delete(session);
    session.viewSizes.detach(this);
    session.settleSize();
  }

  #detachAll(): void {
    for (const session of [...this.#attached]) this.#detach(session);
  }

  /** Keys, sizes and acknowledgements come often and want no answer: only for sessions this client is attached to, in order. */
  #onAttached<M extends 'terminal/input' | 'terminal/resize' | 'terminal/ack'>(method: M, work: (session: Session, params: ParamsOf<M>) => void): void {
    this.#onNotification(method, (params) => {
      const session = [...this.#attached].find((one) => one.uid === params.session || one.label === params.session);
      if (session) work(session, params);
    });
  }

  #onNotification<M extends Method>(method: M, work: (params: ParamsOf<M>) => void): void {
    this.connection.onNotification(method, (params: unknown) => {
      try {
        work(parseParams(method, params));
      } catch {
        // A notification has no answer to carry a failure; a malformed one is dropped.
      }
    });
  }
}
