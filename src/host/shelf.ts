import { HumanError } from '../core/errors.ts';
import type { SessionSummary } from '../core/view.ts';
import { isLogHeld } from '../node/eventLogLock.ts';
import { hostProtocols } from '../node/hostSocket.ts';
import { endLeftOverRuns } from '../node/runProcess.ts';
import { listSessionLogs } from '../node/sessionIndex.ts';
import type { StateDirectory } from '../node/stateDirectory.ts';
import { protocolVersion } from '../protocol/protocol.ts';
import { shelve, type ShelvedSession } from './shelvedSession.ts';

/** Sessions that are over and that nobody has looked into since this host started: found at its start, and where a host of another version has let go of them. */
export class Shelf {
  readonly #directory: StateDirectory;
  readonly #recover: (shelved: ShelvedSession) => Promise<void>;
  readonly #sessions = new Map<string, ShelvedSession>();
  /** Sessions that were read, or made, by this host: all but those that a host of another version keeps. */
  readonly #known = new Set<string>();
  #hadOthers = true;
  #looking: Promise<void> | null = null;
  /** Logs that could not be opened, with the reason: never touched. */
  readonly unreadable = new Map<string, string>();
  /** Processes of agents that outlived the host that owned them, and have been ended. */
  readonly leftOver: number[] = [];
  /** Settled once all has been looked at that was there when the host started. */
  readonly loaded: Promise<void>;

  /** `recover` takes over a session that a dead host has left half done. It throws HumanError `log-in-use` when that host is not dead. */
  constructor(directory: StateDirectory, recover: (shelved: ShelvedSession) => Promise<void>) {
    this.#directory = directory;
    this.#recover = recover;
    this.loaded = this.#load();
  }

  get(uid: string): ShelvedSession | undefined {
    return this.#sessions.get(uid);
  }

  summaries(): SessionSummary[] {
    return [...this.#sessions.values()].map(({ summary }) => summary);
  }

  /** The session has been opened: the shelf has it no more. */
  take(uid: string): void {
    this.#sessions.delete(uid);
  }

  /** This host makes that session: it is not looked for elsewhere. */
  know(uid: string): void {
    this.#known.add(uid);
  }

  /** Takes in what a host of another version has made and let go of since. What it is still writing stays its own. */
  lookElsewhere(): Promise<void> {
    // What cannot be looked at is not listed; what is known is, all the same.
    return (this.#looking ??= this.#takeIn().catch(() => undefined).finally(() => { this.#looking = null; }));
  }

  async #load(): Promise<void> {
    this.leftOver.push(...await endLeftOverRuns(this.#directory.runs));
    for (const { uid, path } of await listSessionLogs(this.#directory.events)) await this.#loadOne(uid, path);
  }

  async #takeIn(): Promise<void> {
    const hasOthers = (await hostProtocols(this.#directory)).some((protocol) => protocol !== protocolVersion);
    if (!hasOthers && !this.#hadOthers) return;
    this.#hadOthers = hasOthers;
    this.leftOver.push(...await endLeftOverRuns(this.#directory.runs));
    for (const { uid, path } of await listSessionLogs(this.#directory.events)) {
      if (this.#known.has(uid)) continue;
      if (await isLogHeld(path)) this.#hadOthers = true;
      else await this.#loadOne(uid, path);
    }
  }

  async #loadOne(uid: string, path: string): Promise<void> {
    this.#known.add(uid);
    this.unreadable.delete(path);
    try {
      const shelved = await shelve(uid, path);
      if (shelved.adapter && shelved.needsRecovery) await this.#recover(shelved);
      else this.#sessions.set(uid, shelved);
    } catch (error) {
      if (error instanceof HumanError && error.code === 'log-in-use') this.#known.delete(uid);
      this.unreadable.set(path, error instanceof Error ? error.message : String(error));
    }
  }
}
