import type * as vscode from 'vscode';
import type { SessionUid } from '../core/ids.ts';

/** What of our sessions a window shows, so that the next life of the extension can show it again. */
export interface Shown {
  /** `vscode.env.sessionId` of the window that wrote this: the same one means that only the extension host was started anew. */
  window: string;
  /** In the order in which they were opened; `name` as the tab was called last. */
  terminals: { uid: SessionUid; name: string }[];
  panels: SessionUid[];
}

const key = 'backstitch.shown';
const nothing: Shown = { window: '', terminals: [], panels: [] };

/** Kept in the workspace's state; each window of a workspace has its own. */
export class ShownSessions {
  #memento: vscode.Memento;
  #now: Shown;

  constructor(memento: vscode.Memento, window: string) {
    this.#memento = memento;
    this.#now = { ...nothing, window };
  }

  /** What the life before this one showed. Read it before anything is recorded. */
  before(): Shown {
    const kept = this.#memento.get<Shown>(key);
    return { ...nothing, ...kept };
  }

  terminalOpened(uid: SessionUid, name: string): void {
    this.#keep({ terminals: [...this.#now.terminals.filter((each) => each.uid !== uid), { uid, name }] });
  }

  terminalClosed(uid: SessionUid): void {
    this.#keep({ terminals: this.#now.terminals.filter((each) => each.uid !== uid) });
  }

  panelOpened(uid: SessionUid): void {
    this.#keep({ panels: [...this.#now.panels.filter((each) => each !== uid), uid] });
  }

  panelClosed(uid: SessionUid): void {
    this.#keep({ panels: this.#now.panels.filter((each) => each !== uid) });
  }

  #keep(change: Partial<Shown>): void {
    this.#now = { ...this.#now, ...change };
    void this.#memento.update(key, this.#now);
  }
}
