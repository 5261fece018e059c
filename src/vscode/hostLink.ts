import { watch, type FSWatcher } from 'node:fs';
import * as vscode from 'vscode';
import type { MessageConnection, RequestType } from 'vscode-jsonrpc';
import type { HostConnection, HostOptions } from '../client/connect.ts';
import type { HumanError } from '../core/errors.ts';
import type { SessionUid } from '../core/ids.ts';
import type { OtherHost } from '../client/otherHosts.ts';
import { humanErrorOf } from '../protocol/failures.ts';

/** `off`: no host is running and nobody needs one. */
export type LinkState = { is: 'off' } | { is: 'connecting' } | { is: 'on'; pid: number; build: string } | { is: 'lost'; why: string };

const firstRetryMs = 200;
const lastRetryMs = 10_000;
/** A connection that held this long was a good one: the next loss starts the waiting times anew. */
const settledMs = 5_000;

/**
 * The window's own connection to the session host, with full scope. Made when first needed, made again by itself when the host dies or
 * is replaced. Loaded late: neither the socket nor the client's code is touched before `open` or `look`.
 */
export class HostLink implements vscode.Disposable {
  #options: HostOptions;
  #wanted: () => boolean;
  #state: LinkState = { is: 'off' };
  #connected: Promise<HostConnection> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #retryMs = firstRetryMs;
  #watcher: FSWatcher | null = null;
  #disposed = false;
  #changed = new vscode.EventEmitter<LinkState>();
  #opened = new vscode.EventEmitter<MessageConnection>();
  readonly onDidChangeState = this.#changed.event;
  /** Fires with each new connection, before anything is sent on it by others: register handlers here. */
  readonly onDidOpen = this.#opened.event;

  /** `wanted` says whether a host that went away is worth starting again. */
  constructor(options: HostOptions, wanted: () => boolean) {
    this.#options = options;
    this.#wanted = wanted;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The connection, started with a host if need be. @throws HumanError */
  async open(): Promise<MessageConnection> {
    this.#connected ??= this.#connect();
    return (await this.#connected).connection;
  }

  async request<P, R, E>(type: RequestType<P, R, E>, params: P): Promise<R> {
    const connection = await this.open();
    try {
      return await connection.sendRequest<R>(type.method, params);
    } catch (error) {
      throw humanErrorOf(error);
    }
  }

  /** A connection of its own, for a panel. @throws HumanError */
  async openAnother(client: string): Promise<HostConnection> {
    const { connectOrStartHost } = await import('../client/connect.ts');
    return connectOrStartHost({ ...this.#options, client });
  }

  /** Connects to a host that is running; starts none, but takes notice when somebody else does. */
  async look(): Promise<void> {
    if (this.#connected || this.#disposed) return;
    const { connectHost, openStateDirectoryFor } = await import('../client/connect.ts');
    const running = await connectHost(this.#options);
    if (this.#connected || this.#disposed) return running?.dispose();
    if (running) {
      this.#connected = Promise.resolve(running);
      this.#settle(running);
    } else {
      this.#watchFor((await openStateDirectoryFor(this.#options.env)).path);
    }
  }

  /** The hosts of another version, as they are now. @throws HumanError when the state directory cannot be used */
  async others(): Promise<OtherHost[]> {
    const { otherHosts } = await import('../client/otherHosts.ts');
    return otherHosts(this.#options);
  }

  /** Says that a host of another version keeps a session; null: none does. */
  async whereElse(uid: SessionUid): Promise<HumanError | null> {
    const { keptElsewhere } = await import('../client/otherHosts.ts');
    return keptElsewhere(uid, await this.others());
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#retry) clearTimeout(this.#retry);
    this.#watcher?.close();
    void this.#connected?.then((host) => host.dispose(), () => undefined);
    this.#changed.dispose();
    this.#opened.dispose();
  }

  async #connect(): Promise<HostConnection> {
    this.#become({ is: 'connecting' });
    try {
      const { connectOrStartHost } = await import('../client/connect.ts');
      const host = await connectOrStartHost(this.#options);
      this.#settle(host);
      return host;
    } catch (error) {
      this.#connected = null;
      this.#become({ is: 'lost', why: humanErrorOf(error).message });
      throw error;
    }
  }

  #settle(host: HostConnection): void {
    if (this.#disposed) return host.dispose();
    this.#watcher?.close();
    this.#watcher = null;
    const since = Date.now();
    host.onClose(() => this.#lost(Date.now() - since));
    this.#opened.fire(host.connection);
    this.#become({ is: 'on', pid: host.host.pid, build: host.host.build });
  }

  #lost(heldMs: number): void {
    this.#connected = null;
    if (this.#disposed) return;
    if (heldMs > settledMs) this.#retryMs = firstRetryMs;
    if (!this.#wanted()) {
      this.#become({ is: 'off' });
      void this.look().catch(() => undefined); // an unusable state directory is told when somebody asks for something
      return;
    }
    this.#become({ is: 'lost', why: vscode.l10n.t('The session host went away.') });
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.open().catch(() => this.#retryLater());
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
  }

  #watchFor(directory: string): void {
    if (this.#watcher || this.#disposed) return;
    try {
      this.#watcher = watch(directory, { persistent: false }, (_event, name) => {
        if (name?.startsWith('host-')) void this.look().catch(() => undefined);
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // Where directories cannot be watched, the view and the commands still connect.
    }
  }

  #become(state: LinkState): void {
    this.#state = state;
    if (!this.#disposed) this.#changed.fire(state);
  }
}
