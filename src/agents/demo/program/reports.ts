import { Agent, request } from 'node:http';
import type { DemoRow } from '../rows.ts';

/** Longest that a step waits for the capture of files. */
const checkpointWaitMs = 2_000;
/** A host that is starting fifty sessions at once may be late (seen: 2 s); one that is stuck for longer has other troubles. */
const answerMs = 15_000;
/** After a failure nobody is asked again for so long, so that a host that is gone costs nothing. */
const pauseAfterFailureMs = 1_000;

type Payload = Record<string, unknown>;

/**
 * Tells the session host what happens, in order, on one connection. Nothing here ever blocks or fails a turn: reports that nobody takes
 * are dropped, and of live text only the newest is sent.
 */
export class Reports {
  #url: URL | null;
  #token: string;
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** A question waits for as long as a person thinks. Node's own agent cuts a connection on which nothing has come for 5 s (Node 24). */
  #holding = new Agent({ timeout: 0 });
  #queue: Promise<unknown> = Promise.resolve();
  #live = new Map<string, Payload>();
  #isFlushing = false;
  #silentUntilMs = 0;

  constructor(url: string | undefined, token: string) {
    this.#url = url ? new URL(url) : null;
    this.#token = token;
  }

  state(state: 'idle' | 'busy' | 'limited' | 'dialog', turn: string | null, more: { interrupted?: boolean; until?: string; message?: string } = {}): Promise<unknown> {
    return this.#report('state', { state, turn, ...more }, true);
  }

  session(session: string, path: string): Promise<unknown> {
    return this.#report('session', { session, path }, true);
  }

  row(value: DemoRow, path: string): void {
    const live = value.row === 'result' ? value.call : value.id;
    const isLive = this.#live.delete(live);
    void this.#report('row', { value, path });
    if (isLive || value.row === 'result') void this.#report('live', { live, lane: 'lane' in value ? value.lane : 'main', kind: 'text', text: null });
  }

  live(live: string, lane: string, kind: 'text' | 'thinking' | 'tool', text: string): void {
    if (!this.#url) return;
    this.#live.set(live, { live, lane, kind, text });
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#queue = this.#queue.then(async () => {
      this.#isFlushing = false;
      const newest = [...this.#live.values()];
      for (const payload of newest) await this.#post('live', payload, answerMs);
    });
  }

  /** Resolves when the host has captured the files, or after 2 s. */
  async checkpoint(cause: 'baseline' | 'before' | 'tool' | 'subagent', call?: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, checkpointWaitMs)));
    await Promise.race([this.#report('checkpoint', { cause, ...(call ? { call } : {}) }), enough]);
    clearTimeout(timer);
  }

  /** Asks; resolves with what the panel chose, or null when nobody answers there. Ends with the signal. */
  async permission(question: Payload, signal: AbortSignal): Promise<string | null> {
    await this.#queue;
    const reply = await this.#post('permission', question, null, this.#holding, signal);
    const option = reply?.['option'];
    return typeof option === 'string' ? option : null;
  }

  resolved(asked: string, outcome: 'allowed' | 'denied' | 'gone'): Promise<unknown> {
    return this.#report('permission_resolved', { request: asked, outcome });
  }

  /** Everything reported so far was taken or dropped. */
  settled(): Promise<unknown> {
    return this.#queue;
  }

  /** `asksAlways`: also right after a failure. Rows are in the history besides; a state is told here alone. */
  #report(hook: string, payload: Payload, asksAlways = false): Promise<unknown> {
    this.#queue = this.#queue.then(() => {
      if (asksAlways) this.#silentUntilMs = 0;
      return this.#post(hook, payload, answerMs);
    });
    return this.#queue;
  }

  /** The reply's JSON object; null when nobody took the report. `waitMs` null: it may take as long as it likes. Never rejects. */
  #post(hook: string, payload: Payload, waitMs: number | null, agent = this.#agent, signal?: AbortSignal): Promise<Payload | null> {
    const base = this.#url;
    if (!base || performance.now() < this.#silentUntilMs || signal?.aborted) return Promise.resolve(null);
    const body = JSON.stringify({ hook_event_name: hook, ...payload });
    return new Promise((resolve) => {
      const failed = () => {
        if (!signal?.aborted) this.#silentUntilMs = performance.now() + pauseAfterFailureMs;
        resolve(null);
      };
      const path = `${base.pathname.replace(/\/$/, '') || '/hook'}/${hook}`;
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'x-backstitch-token': this.#token, authorization: `Bearer ${this.#token}` };
      const sent = request({ host: base.hostname, port: base.port, path, method: 'POST', headers, agent, ...(signal ? { signal } : {}), ...(waitMs === null ? {} : { timeout: waitMs }) }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(response.statusCode === 200 ? objectOf(Buffer.concat(chunks).toString()) : null));
        response.on('error', failed);
      });
      if (waitMs !== null) sent.on('timeout', () => sent.destroy());
      sent.on('error', failed);
      sent.end(body);
    });
  }
}

function objectOf(text: string): Payload | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Payload) : null;
  } catch {
    // An empty or foreign reply says nothing.
    return null;
  }
}
