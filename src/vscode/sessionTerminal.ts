import * as vscode from 'vscode';
import type { MessageConnection } from 'vscode-jsonrpc';
import type { SessionUid } from '../core/ids.ts';
import type { SessionSummary } from '../core/view.ts';
import { humanErrorOf } from '../protocol/failures.ts';
import {
  terminalAck, terminalAttach, terminalData, terminalDetach, terminalInput, terminalReset, terminalResize, terminalSized, terminalTitle,
} from '../protocol/protocol.ts';
import type { HostLink } from './hostLink.ts';
import { plainText } from '../core/plainText.ts';
import { asLine } from './asText.ts';

/** Must not be more than the host's low water mark, else a paused agent would wait for an acknowledgement that never comes. */
const ackEvery = 5_000;
/** Clears screen and scrollback and puts every mode back, so that what follows starts from nothing. */
const clearAll = '\x1bc\x1b[3J';
const dim = (text: string): string => `\x1b[0m\r\n\x1b[2m${text}\x1b[0m\r\n`;

/**
 * A session's terminal in VS Code: bytes from the host, keys to it. It is a view and no more: closing it (as a window that goes away
 * does) detaches and never stops the session.
 */
export class SessionTerminal implements vscode.Pseudoterminal {
  readonly uid: SessionUid;
  #link: HostLink;
  #size = { cols: 80, rows: 24 };
  #received = 0;
  #acked = 0;
  #isOpen = false;
  #isAttached = false;
  #title: string;
  #subscriptions: vscode.Disposable[] = [];
  #listeners: { dispose(): void }[] = [];
  #write = new vscode.EventEmitter<string>();
  #name = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.#write.event;
  #override = new vscode.EventEmitter<vscode.TerminalDimensions | undefined>();
  readonly onDidChangeName = this.#name.event;
  /** While another view, used later, has settled the size: what is drawn is drawn for that. */
  readonly onDidOverrideDimensions = this.#override.event;

  constructor(link: HostLink, session: SessionSummary) {
    this.uid = session.uid;
    this.#link = link;
    this.#title = asLine(session.id);
  }

  open(size: vscode.TerminalDimensions | undefined): void {
    this.#isOpen = true;
    if (size) this.#size = { cols: size.columns, rows: size.rows };
    this.#subscriptions.push(
      this.#link.onDidOpen((connection) => {
        this.#listen(connection);
        setImmediate(() => void this.#attach(connection));
      }),
      this.#link.onDidChangeState((state) => {
        if (state.is === 'lost' && this.#isAttached) this.#lose(state.why);
      }),
    );
    void this.#attachNow();
  }

  handleInput(data: string): void {
    this.#notify((connection) => connection.sendNotification(terminalInput, { session: this.uid, data }));
  }

  setDimensions(size: vscode.TerminalDimensions): void {
    this.#size = { cols: size.columns, rows: size.rows };
    this.#notify((connection) => connection.sendNotification(terminalResize, { session: this.uid, ...this.#size }));
  }

  /** Called when the tab is closed, and also at each reload of the window: the session goes on. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#isAttached && this.#link.state.is === 'on') {
      void this.#link.request(terminalDetach, { session: this.uid }).catch(() => undefined); // the connection's end detaches too
    }
    for (const each of [...this.#subscriptions, ...this.#listeners]) each.dispose();
    this.#write.dispose();
    this.#name.dispose();
    this.#override.dispose();
  }

  /** The session goes by another label now. */
  rename(title: string): void {
    if (!this.#isOpen || title === this.#title) return;
    this.#title = title;
    this.#name.fire(title);
  }

  /** A line of ours below the agent's output. */
  say(text: string): void {
    if (this.#isOpen) this.#write.fire(dim(plainText(text)));
  }

  /** Shows the session's screen as the host has it now; also after a resume, when the agent runs again. */
  async #attachNow(): Promise<void> {
    try {
      const connection = await this.#link.open();
      if (this.#listeners.length === 0) this.#listen(connection);
      await this.#attach(connection);
    } catch (error) {
      this.say(humanErrorOf(error).message);
    }
  }

  async #attach(connection: MessageConnection): Promise<void> {
    if (!this.#isOpen || this.#isAttached) return;
    this.#isAttached = true;
    try {
      const { replay, offset } = await connection.sendRequest(terminalAttach, { session: this.uid, ...this.#size });
      this.#restart(replay, offset);
    } catch (error) {
      this.#isAttached = false;
      this.say(humanErrorOf(error).message);
    }
  }

  #listen(connection: MessageConnection): void {
    for (const each of this.#listeners) each.dispose();
    this.#isAttached = false;
    const mine = <P extends { session: SessionUid }>(then: (params: P) => void) => (params: P) => {
      if (params.session === this.uid && this.#isOpen) then(params);
    };
    // A later handler of a method replaces an earlier one, so all terminals share the handlers of `terminalNotices`.
    const notices = terminalNotices(connection);
    this.#listeners = [
      notices.data.event(mine(({ data, offset }) => this.#show(data, offset))),
      notices.reset.event(mine(({ replay, offset }) => this.#restart(replay, offset))),
      notices.title.event(mine(({ title }) => this.#retitle(title))),
      notices.sized.event(mine(({ cols, rows }) => this.#sized(cols, rows))),
    ];
  }

  #restart(replay: string, offset: number): void {
    if (!this.#isOpen) return;
    this.#write.fire(clearAll + replay);
    this.#received = offset;
    this.#acked = offset;
  }

  #show(data: string, offset: number): void {
    this.#write.fire(data);
    this.#received = offset;
    if (this.#received - this.#acked < ackEvery) return;
    this.#acked = this.#received;
    this.#notify((connection) => connection.sendNotification(terminalAck, { session: this.uid, offset }));
  }

  #sized(cols: number, rows: number): void {
    const isOurs = cols === this.#size.cols && rows === this.#size.rows;
    this.#override.fire(isOurs ? undefined : { columns: cols, rows });
  }

  /** The agent's own title goes behind our label; its spinner and control characters stay out. */
  #retitle(title: string): void {
    const words = asLine(title.replace(/\p{C}/gu, '')).replace(/^[^\p{L}\p{N}]+/u, '').trim().slice(0, 60);
    this.#name.fire(words && words !== this.#title ? `${this.#title}: ${words}` : this.#title);
  }

  #lose(why: string): void {
    this.#isAttached = false;
    this.say(`${why} ${vscode.l10n.t('Connecting again …')}`);
  }

  #notify(send: (connection: MessageConnection) => Promise<void>): void {
    if (!this.#isAttached || this.#link.state.is !== 'on') return;
    // A key typed while the connection breaks is lost with it, as the terminal then says.
    void this.#link.open().then(send).catch(() => undefined);
  }
}

interface TerminalNotices {
  data: vscode.EventEmitter<{ session: SessionUid; data: string; offset: number }>;
  reset: vscode.EventEmitter<{ session: SessionUid; replay: string; offset: number }>;
  title: vscode.EventEmitter<{ session: SessionUid; title: string }>;
  sized: vscode.EventEmitter<{ session: SessionUid; cols: number; rows: number }>;
}

const noticesOf = new WeakMap<MessageConnection, TerminalNotices>();

function terminalNotices(connection: MessageConnection): TerminalNotices {
  const known = noticesOf.get(connection);
  if (known) return known;
  const notices: TerminalNotices = { data: new vscode.EventEmitter(), reset: new vscode.EventEmitter(), title: new vscode.EventEmitter(), sized: new vscode.EventEmitter() };
  connection.onNotification(terminalData, (params) => notices.data.fire(params));
  connection.onNotification(terminalReset, (params) => notices.reset.fire(params));
  connection.onNotification(terminalTitle, (params) => notices.title.fire(params));
  connection.onNotification(terminalSized, (params) => notices.sized.fire(params));
  noticesOf.set(connection, notices);
  return notices;
}
