import * as vscode from 'vscode';
import { noSuchSession } from '../core/errors.ts';
import type { SessionUid } from '../core/ids.ts';
import type { SessionSnapshot, SessionSummary } from '../core/view.ts';
import { sessionChanged, sessionClose, sessionList, sessionOpen, sessionRemoved } from '../protocol/protocol.ts';
import type { HostLink } from './hostLink.ts';

/** What happened to a session; `before` is null for one that was not known. */
export interface SessionChange {
  before: SessionSummary | null;
  after: SessionSummary | null;
}

/** The sessions of this user as the host tells them, kept up to date by its notifications. */
export class SessionList implements vscode.Disposable {
  #link: HostLink;
  #known = new Map<SessionUid, SessionSummary>();
  #listed: Promise<void> | null = null;
  #subscriptions: vscode.Disposable[] = [];
  #changed = new vscode.EventEmitter<SessionChange[]>();
  readonly onDidChange = this.#changed.event;
  #isListed = false;
  #settle: () => void = () => undefined;
  #listedEvent = new vscode.EventEmitter<void>();
  /** The host has told all sessions, for the first time or again; fires also where nothing is another. */
  readonly onDidList = this.#listedEvent.event;
  /** Resolves once the host has told its sessions, or cannot be reached. */
  readonly firstListing: Promise<void>;

  constructor(link: HostLink) {
    this.#link = link;
    this.firstListing = new Promise((resolve) => { this.#settle = resolve; });
    this.#subscriptions.push(link.onDidChangeState(({ is }) => { if (is === 'lost') this.#settle(); }));
    this.#subscriptions.push(link.onDidOpen((connection) => {
      connection.onNotification(sessionChanged, (summary) => this.take(summary));
      connection.onNotification(sessionRemoved, ({ session }) => this.#remove(session));
      // Not at once: the link is only known as open after its listeners have run.
      this.#listed = Promise.resolve().then(() => this.#list());
      this.#listed.catch(() => undefined); // a connection lost meanwhile is made again and lists again
    }));
  }

  /** Whether the host has ever told its sessions to this window. */
  get isListed(): boolean {
    return this.#isListed;
  }

  /** Newest first. */
  get all(): SessionSummary[] {
    return [...this.#known.values()].sort((a, b) => b.createdTs.localeCompare(a.createdTs));
  }

  get(uid: SessionUid): SessionSummary | undefined {
    return this.#known.get(uid);
  }

  /** @throws HumanError when there is no such session (any more). */
  mustGet(uid: SessionUid): SessionSummary {
    const summary = this.#known.get(uid);
    if (!summary) throw noSuchSession(uid);
    return summary;
  }

  /** The sessions once the host has told them. @throws HumanError when there is no host to be had. */
  async loaded(): Promise<SessionSummary[]> {
    await this.#link.open();
    await this.#listed;
    return this.all;
  }

  /** Asks a host that is connected anew: another one may have let go of sessions. */
  async again(): Promise<void> {
    if (this.#link.state.is === 'on') await this.#list();
  }

  /** An answer of the host that carries a summary is as good as a notification. */
  take(summary: SessionSummary): void {
    const before = this.#known.get(summary.uid) ?? null;
    this.#known.set(summary.uid, summary);
    this.#changed.fire([{ before, after: summary }]);
  }

  /** Branches, lanes and open requests of a session as of now, without following it. */
  async look(uid: SessionUid, blocks = 1): Promise<SessionSnapshot> {
    const snapshot = await this.#link.request(sessionOpen, { session: uid, blocks });
    void this.#link.request(sessionClose, { session: uid }).catch(() => undefined); // gone with the connection anyway
    return snapshot;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
    this.#listedEvent.dispose();
  }

  async #list(): Promise<void> {
    const summaries = await this.#link.request(sessionList, { all: true });
    const before = this.#known;
    this.#known = new Map(summaries.map((summary) => [summary.uid, summary]));
    const uids = new Set([...before.keys(), ...this.#known.keys()]);
    this.#isListed = true;
    this.#changed.fire([...uids].map((uid) => ({ before: before.get(uid) ?? null, after: this.#known.get(uid) ?? null })));
    this.#settle();
    this.#listedEvent.fire();
  }

  #remove(uid: SessionUid): void {
    const before = this.#known.get(uid);
    if (!before) return;
    this.#known.delete(uid);
    this.#changed.fire([{ before, after: null }]);
  }
}
