import type { MessageConnection } from 'vscode-jsonrpc';
import { humanErrorOf } from '../protocol/failures.ts';
import { humanErrorCode, workbenchConnection } from '../protocol/protocol.ts';

/** A connection to the session host that may only speak of the panel's session. */
export interface PanelConnection {
  readonly connection: MessageConnection;
  onClose(listener: () => void): { dispose(): void };
  dispose(): void;
}

export interface PanelSide {
  /** To the webview. */
  post(message: unknown): void;
  connect(): Promise<PanelConnection>;
  /** Requests that the extension answers itself, by method. `params` is unknown until parsed. */
  workbench: Readonly<Record<string, (params: unknown) => Promise<unknown> | unknown>>;
  /** Why a request is not passed on to the host at all; null when it is. */
  refusal(method: string): Error | null;
}

type Incoming = { is: 'request'; id: number | string; method: string; params: unknown } | { is: 'notification'; method: string; params: unknown };

const firstRetryMs = 200;
const lastRetryMs = 5_000;
const methodNotFound = -32_601;

/**
 * Carries the panel's JSON-RPC messages to the session host and back, on a connection of the panel's own that is opened when the panel
 * first asks for something. Knows nothing of what is said; what the panel may do is the host's decision, by the connection's scope, but for
 * what this window refuses.
 */
export class PanelBridge {
  #side: PanelSide;
  #connected: Promise<PanelConnection> | null = null;
  #retry: NodeJS.Timeout | null = null;
  /** Rises when the panel is hidden: what began before no longer concerns it. */
  #life = 0;

  constructor(side: PanelSide) {
    this.#side = side;
  }

  /** One message of the webview; anything that is not a JSON-RPC request or notification is dropped. */
  async receive(message: unknown): Promise<void> {
    const incoming = parseIncoming(message);
    if (!incoming || incoming.method.startsWith('$/')) return;
    const life = this.#life;
    try {
      const result = await this.#answer(incoming);
      if (incoming.is === 'request' && life === this.#life) this.#side.post({ jsonrpc: '2.0', id: incoming.id, result: result ?? null });
    } catch (error) {
      if (incoming.is === 'request' && life === this.#life) this.#side.post({ jsonrpc: '2.0', id: incoming.id, error: errorOf(error) });
    }
  }

  /** To the webview, from the extension itself. */
  tell(method: string, params: unknown): void {
    this.#side.post({ jsonrpc: '2.0', method, params });
  }

  /** The webview is gone (hidden or closed): its connection goes with it. The next message opens another one. */
  suspend(): void {
    this.#life++;
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    const connected = this.#connected;
    this.#connected = null;
    void connected?.then((panel) => panel.dispose(), () => undefined);
  }

  async #answer(incoming: Incoming): Promise<unknown> {
    if (incoming.method.startsWith('workbench/')) {
      const own = Object.hasOwn(this.#side.workbench, incoming.method) ? this.#side.workbench[incoming.method] : undefined;
      if (!own) throw Object.assign(new Error(`unknown method ${incoming.method}`), { code: methodNotFound });
      return own(incoming.params);
    }
    const refusal = this.#side.refusal(incoming.method);
    if (refusal) throw refusal;
    this.#connected ??= this.#connect();
    const { connection } = await this.#connected;
    if (incoming.is === 'request') return connection.sendRequest(incoming.method, incoming.params ?? {});
    return connection.sendNotification(incoming.method, incoming.params ?? {});
  }

  async #connect(): Promise<PanelConnection> {
    const life = this.#life;
    try {
      const panel = await this.#side.connect();
      if (life !== this.#life) {
        panel.dispose();
        throw new Error('the panel was closed');
      }
      panel.connection.onNotification((method, params) => {
        if (life === this.#life) this.tell(method, params);
      });
      panel.onClose(() => this.#lost(life));
      return panel;
    } catch (error) {
      if (life === this.#life) this.#connected = null;
      throw error;
    }
  }

  #lost(life: number): void {
    if (life !== this.#life) return;
    this.#connected = null;
    this.tell(workbenchConnection.method, { open: false });
    this.#reconnect(life, firstRetryMs);
  }

  #reconnect(life: number, waitMs: number): void {
    this.#retry = setTimeout(() => {
      this.#connected ??= this.#connect();
      this.#connected.then(
        () => { if (life === this.#life) this.tell(workbenchConnection.method, { open: true }); },
        (error: unknown) => {
          if (life !== this.#life) return;
          this.tell(workbenchConnection.method, { open: false, reason: humanErrorOf(error).message });
          this.#reconnect(life, Math.min(waitMs * 2, lastRetryMs));
        },
      );
    }, waitMs);
  }
}

function parseIncoming(message: unknown): Incoming | null {
  if (typeof message !== 'object' || message === null) return null;
  const { jsonrpc, id, method, params } = message as Record<string, unknown>;
  if (jsonrpc !== '2.0' || typeof method !== 'string') return null;
  if (typeof id === 'number' || typeof id === 'string') return { is: 'request', id, method, params };
  return id === undefined ? { is: 'notification', method, params } : null;
}

/** The host's own error as it came; a failure on the way gets the form of one. */
function errorOf(error: unknown): { code: number; message: string; data?: unknown } {
  if (error instanceof Error && 'code' in error && typeof error.code === 'number') {
    return { code: error.code, message: error.message, ...('data' in error && { data: error.data }) };
  }
  const human = humanErrorOf(error);
  return { code: humanErrorCode, message: human.message, data: { code: human.code } };
}
