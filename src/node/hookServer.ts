import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HookReply } from '../core/adapter.ts';
import type { Disposable } from '../core/ports.ts';

/** Where the hooks of all runs report. Listens on loopback only, and takes nothing but hook reports of a run that is open. */
export interface HookServer {
  /** `http://127.0.0.1:<port>`; a hook posts its JSON to `/hook/<name>` with the run's token in the header `x-backstitch-token`. */
  readonly url: string;
  /**
   * Takes the reports that carry `token` until disposed. The reply may wait as long as it likes; `left` is aborted when nobody waits for it
   * any more, and then it is dropped.
   */
  open(token: string, onHook: OnHook): Disposable;
  close(): Promise<void>;
}

type OnHook = (hook: string, payload: unknown, left: AbortSignal) => Promise<HookReply>;

const bodyLimitBytes = 32 << 20;
const tokenHeader = 'x-backstitch-token';
const hookName = /^[A-Za-z0-9_.-]{1,64}$/;

/** Starts the one hook server of a host on a random port. */
export async function startHookServer(): Promise<HookServer> {
  const runs = new Map<string, { digest: Buffer; onHook: OnHook }>();
  const server = createServer((request, response) => void answer(request, response));
  // A request must come in promptly; its reply may take as long as a person thinks.
  server.headersTimeout = 10_000;
  server.requestTimeout = 60_000;
  server.timeout = 0;
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const admitted = admit(request, port, runs.values());
    if (admitted.is === 'refused') return refuse(response, admitted.status);
    const body = await bodyOf(request);
    if (body.is === 'gone') return;
    if (body.is === 'tooLarge') return refuse(response, 413);
    const payload = parsed(body.text);
    if (payload === undefined) return refuse(response, 400);
    const hook = admitted.hook ?? namedIn(payload);
    if (hook === null) return refuse(response, 404);
    try {
      send(response, await admitted.onHook(hook, payload, leftBy(response)));
    } catch {
      // The session has its own account of what failed; the agent must only not hang.
      refuse(response, 500);
    }
  }

  return {
    url: `http://127.0.0.1:${port}`,
    open(token, onHook) {
      const run = { digest: digestOf(token), onHook };
      const key = run.digest.toString('hex');
      runs.set(key, run);
      return {
        dispose: () => {
          if (runs.get(key) === run) runs.delete(key);
        },
      };
    },
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

type Admission = { is: 'admitted'; onHook: OnHook; hook: string | null } | { is: 'refused'; status: number };

/** Who asks is settled before what is asked: a stranger learns nothing about paths. */
function admit(request: IncomingMessage, port: number, runs: Iterable<{ digest: Buffer; onHook: OnHook }>): Admission {
  const { headers, socket } = request;
  if (socket.remoteAddress !== '127.0.0.1' || headers.host !== `127.0.0.1:${port}` || headers.origin !== undefined) return { is: 'refused', status: 403 };
  const token = headers[tokenHeader];
  const onHook = typeof token === 'string' ? authorised(token, runs) : null;
  if (onHook === null) return { is: 'refused', status: 401 };
  const [, name] = /^\/hook(?:\/([^/?]*))?(?:\?.*)?$/.exec(request.url ?? '') ?? [null];
  if (name === null || (name !== undefined && !hookName.test(name))) return { is: 'refused', status: 404 };
  if (request.method !== 'POST') return { is: 'refused', status: 405 };
  if (Number(headers['content-length'] ?? 0) > bodyLimitBytes) return { is: 'refused', status: 413 };
  return { is: 'admitted', onHook, hook: name ?? null };
}

/** All runs are compared, each in constant time, so that the time taken says nothing about a token. */
function authorised(token: string, runs: Iterable<{ digest: Buffer; onHook: OnHook }>): OnHook | null {
  const digest = digestOf(token);
  let found: OnHook | null = null;
  for (const run of runs) if (timingSafeEqual(run.digest, digest)) found = run.onHook;
  return found;
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

async function bodyOf(request: IncomingMessage): Promise<{ is: 'whole'; text: string } | { is: 'tooLarge' } | { is: 'gone' }> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > bodyLimitBytes) return { is: 'tooLarge' };
      chunks.push(chunk);
    }
  } catch {
    // The client went away in the middle: nobody is there to be told.
    return { is: 'gone' };
  }
  return { is: 'whole', text: Buffer.concat(chunks).toString('utf8') };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function namedIn(payload: unknown): string | null {
  const name = typeof payload === 'object' && payload !== null && 'hook_event_name' in payload ? payload.hook_event_name : null;
  return typeof name === 'string' && hookName.test(name) ? name : null;
}

function send(response: ServerResponse, reply: HookReply): void {
  if (response.destroyed) return;
  if (reply.body === undefined) return void response.writeHead(reply.status).end();
  response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
}

/** Aborted when the connection goes before the reply does. */
function leftBy(response: ServerResponse): AbortSignal {
  const left = new AbortController();
  if (response.destroyed) left.abort();
  else response.once('close', () => { if (!response.writableFinished) left.abort(); });
  return left.signal;
}

/** Without detail, and without reading on: what is left of a refused body would only be paid for. */
function refuse(response: ServerResponse, status: number): void {
  if (!response.destroyed) response.writeHead(status, { connection: 'close' }).end();
}
