import * as vscode from 'vscode';
import { isDeepStrictEqual } from 'node:util';
import type { SessionUid } from '../core/ids.ts';
import type { PermissionRequest, SessionSummary } from '../core/view.ts';
import type { SessionChange, SessionList } from './sessionList.ts';

/**
 * What the sessions ask leave for, each looked at when the number of its requests changes or, while it asks, when
 * anything does.
 */
export class OpenRequests implements vscode.Disposable {
  #sessions: SessionList;
  #onProblem: (error: unknown) => void;
  #known = new Map<SessionUid, readonly PermissionRequest[]>();
  #looking = new Map<SessionUid, { again: boolean }>();
  #subscription: vscode.Disposable;
  #changed = new vscode.EventEmitter<SessionUid>();
  /** A session asks for something else than before, or for nothing any more. */
  readonly onDidChange = this.#changed.event;

  constructor(sessions: SessionList, onProblem: (error: unknown) => void) {
    this.#sessions = sessions;
    this.#onProblem = onProblem;
    this.#subscription = sessions.onDidChange((changes) => changes.forEach((change) => this.#take(change)));
  }

  /** Oldest first; as of the last look. */
  of(uid: SessionUid): readonly PermissionRequest[] {
    return this.#known.get(uid) ?? [];
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  #take({ before, after }: SessionChange): void {
    const uid = (after ?? before)!.uid;
    if (!after || after.pendingRequests === 0) this.#put(uid, []);
    else if (before?.lastSeq !== after.lastSeq || before.pendingRequests !== after.pendingRequests) this.#look(after);
  }

  /** One look at a session at a time; what has changed meanwhile is looked at after it. */
  #look({ uid }: SessionSummary): void {
    const under = this.#looking.get(uid);
    if (under) under.again = true;
    else this.#lookNow(uid).catch(this.#onProblem);
  }

  async #lookNow(uid: SessionUid): Promise<void> {
    const look = { again: true };
    this.#looking.set(uid, look);
    try {
      while (look.again) {
        look.again = false;
        const { requests } = await this.#sessions.look(uid);
        this.#put(uid, (this.#sessions.get(uid)?.pendingRequests ?? 0) === 0 ? [] : requests);
      }
    } finally {
      this.#looking.delete(uid);
    }
  }

  #put(uid: SessionUid, requests: readonly PermissionRequest[]): void {
    if (isDeepStrictEqual(this.of(uid), requests)) return;
    if (requests.length === 0) this.#known.delete(uid);
    else this.#known.set(uid, requests);
    this.#changed.fire(uid);
  }
}
