import * as vscode from 'vscode';
import type { SessionUid } from '../core/ids.ts';
import type { SessionSummary } from '../core/view.ts';
import type { HostLink } from './hostLink.ts';
import type { SessionList } from './sessionList.ts';
import { SessionTerminal } from './sessionTerminal.ts';
import type { Shown, ShownSessions } from './shown.ts';
import { asLine } from './asText.ts';

/** The terminals of this window, at most one for each session. */
export class Terminals implements vscode.Disposable {
  #link: HostLink;
  #shown: ShownSessions;
  #open = new Map<SessionUid, { terminal: vscode.Terminal; pty: SessionTerminal }>();
  #subscriptions: vscode.Disposable[] = [];
  #closed = new vscode.EventEmitter<SessionUid>();
  /** A person closed a session's terminal; not fired when the window goes away. */
  readonly onDidCloseByUser = this.#closed.event;

  constructor(link: HostLink, sessions: SessionList, shown: ShownSessions) {
    this.#link = link;
    this.#shown = shown;
    this.#subscriptions.push(
      vscode.window.onDidCloseTerminal((terminal) => this.#onClosed(terminal)),
      vscode.window.onDidChangeActiveTerminal((terminal) => {
        void vscode.commands.executeCommand('setContext', 'backstitch.terminalActive', terminal !== undefined && this.sessionOf(terminal) !== undefined);
      }),
      sessions.onDidChange((changes) => {
        for (const { before, after } of changes) if (after) this.#follow(before, after);
      }),
    );
  }

  /** Shows a session's terminal, made if there is none yet. */
  show(session: SessionSummary, options: { preserveFocus: boolean }): vscode.Terminal {
    const terminal = this.#open.get(session.uid)?.terminal ?? this.#create(session);
    terminal.show(options.preserveFocus);
    return terminal;
  }

  has(uid: SessionUid): boolean {
    return this.#open.has(uid);
  }

  sessionOf(terminal: vscode.Terminal | undefined): SessionUid | undefined {
    for (const [uid, { terminal: each }] of this.#open) if (each === terminal) return uid;
    return undefined;
  }

  /**
   * Closes what a life before this one left behind: an extension's terminals are not given back to it after a reload, and after a
   * killed extension host they stay as tabs without anybody behind them.
   */
  closeLeftovers(before: Shown): void {
    const names = new Set(before.terminals.map(({ name }) => name));
    for (const terminal of vscode.window.terminals) {
      const { creationOptions } = terminal;
      const isShell = 'shellPath' in creationOptions && creationOptions.shellPath !== undefined;
      if (!isShell && names.has(terminal.name) && this.sessionOf(terminal) === undefined) terminal.dispose();
    }
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#closed.dispose();
  }

  #create(session: SessionSummary): vscode.Terminal {
    const pty = new SessionTerminal(this.#link, session);
    const terminal = vscode.window.createTerminal({ name: asLine(session.id), pty, iconPath: new vscode.ThemeIcon('history'), isTransient: true });
    this.#open.set(session.uid, { terminal, pty });
    this.#shown.terminalOpened(session.uid, asLine(session.id));
    pty.onDidChangeName((title) => this.#shown.terminalOpened(session.uid, title));
    return terminal;
  }

  #follow(before: SessionSummary | null, after: SessionSummary): void {
    const pty = this.#open.get(after.uid)?.pty;
    if (!pty) return;
    if (before && before.id !== after.id) pty.rename(asLine(after.id));
    if (before?.alive && !after.alive) pty.say(vscode.l10n.t('The agent has ended. “Backstitch: Resume Session” starts it again.'));
  }

  #onClosed(terminal: vscode.Terminal): void {
    const uid = this.sessionOf(terminal);
    if (uid === undefined) return;
    this.#open.delete(uid);
    // At a shutdown of the window the tab is to come back.
    if (terminal.exitStatus?.reason === vscode.TerminalExitReason.Shutdown) return;
    this.#shown.terminalClosed(uid);
    if (terminal.exitStatus?.reason === vscode.TerminalExitReason.User) this.#closed.fire(uid);
  }
}
