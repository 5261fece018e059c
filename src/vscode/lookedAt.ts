import * as vscode from 'vscode';
import { standingOf, type Standing } from '../core/attention.ts';
import type { SessionUid } from '../core/ids.ts';
import type { SessionSummary } from '../core/view.ts';
import type { Panels } from './panels.ts';
import type { SessionList } from './sessionList.ts';
import type { Terminals } from './terminals.ts';

const key = 'backstitch.lookedAt';
/** Sessions of which it is kept; the oldest go first. */
const most = 500;

/** `since`: what finished before was not followed, and counts as seen. */
interface Kept {
  since: string;
  sessions: Record<SessionUid, string>;
}

/**
 * When a person last looked at each session: its conversation was in view, or its terminal in use, in a window with
 * the focus. Kept in the state
 * that all windows share: VS Code gives each of them what another one has written.
 */
export class LookedAt implements vscode.Disposable {
  #memento: vscode.Memento;
  #sessions: SessionList;
  #panels: Panels;
  #terminals: Terminals;
  #subscriptions: vscode.Disposable[];
  #changed = new vscode.EventEmitter<SessionUid[]>();
  /** Sessions have been looked at that had finished meanwhile. */
  readonly onDidChange = this.#changed.event;

  constructor(
    memento: vscode.Memento,
    { sessions, panels, terminals }: { sessions: SessionList; panels: Panels; terminals: Terminals },
  ) {
    this.#memento = memento;
    this.#sessions = sessions;
    this.#panels = panels;
    this.#terminals = terminals;
    if (this.#kept.since === '') void memento.update(key, { since: new Date().toISOString(), sessions: {} });
    const lookAtAll = () => this.#look(this.#sessions.all);
    this.#subscriptions = [
      sessions.onDidChange((changes) => this.#look(changes.flatMap(({ after }) => (after ? [after] : [])))),
      panels.onDidShow(lookAtAll),
      vscode.window.onDidChangeActiveTerminal(lookAtAll),
      vscode.window.onDidChangeWindowState(lookAtAll),
    ];
  }

  /** Whether a person sees it now. */
  isSeen(uid: SessionUid): boolean {
    return (
      vscode.window.state.focused &&
      (this.#panels.isVisible(uid) || this.#terminals.sessionOf(vscode.window.activeTerminal) === uid)
    );
  }

  standingOf(session: SessionSummary): Standing {
    return standingOf(session, this.#tsOf(session.uid));
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }

  get #kept(): Kept {
    return this.#memento.get<Kept>(key) ?? { since: '', sessions: {} };
  }

  #tsOf(uid: SessionUid): string {
    const { since, sessions } = this.#kept;
    return sessions[uid] ?? since;
  }

  #look(sessions: readonly SessionSummary[]): void {
    const seen = sessions.filter(
      ({ uid, finishedTs }) => finishedTs && finishedTs > this.#tsOf(uid) && this.isSeen(uid),
    );
    if (seen.length === 0) return;
    const { since, sessions: before } = this.#kept;
    const now = seen.map(({ uid, finishedTs }): [string, string] => [uid, finishedTs ?? '']);
    const known = Object.entries(before).filter(([uid]) => seen.every((session) => session.uid !== uid));
    void this.#memento.update(key, { since, sessions: Object.fromEntries([...known, ...now].slice(-most)) });
    this.#changed.fire(seen.map(({ uid }) => uid));
  }
}
