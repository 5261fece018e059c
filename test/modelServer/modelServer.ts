import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContentBlock, MessageRequest } from './messages.ts';
import { type Answer, kindOf, type RequestKind, type Scenario, type Scenarios, scenarioOf, type Step } from './scenario.ts';

/** A request as the server received it, and what it answered. */
export interface RecordedRequest {
  n: number;
  method: string;
  path: string;
  kind: RequestKind;
  scenario: string | null;
  step: number;
  /** Empty messages for requests that are none for a message. */
  body: MessageRequest;
  /** Blocks that were sent, with their ids and signatures; filled when the answer begins. */
  answered: ContentBlock[];
  /** True once the whole answer was sent; an answer that the client left stays false. */
  isWhole: boolean;
}

export interface ModelServerOptions {
  scenarios: Scenarios;
  /** What the model answers to a request for a compaction, and to requests without a known marker. */
  compaction?: string;
  otherwise?: string;
}

export interface ModelServer {
  url: string;
  port: number;
  /** In the order of their arrival. */
  requests: RecordedRequest[];
  /** Adds or replaces a scenario. */
  script(name: string, scenario: Scenario): void;
  /** Resolves with the first request, from the `from`-th on, that matches; also with one that has come already. */
  next(matches: (request: RecordedRequest) => boolean, from?: number): Promise<RecordedRequest>;
  close(): Promise<void>;
}

const summary = '<analysis>\nThe conversation so far.\n</analysis>\n\n<summary>\n1. Primary Request: the scripted work.\n2. Files: none\n</summary>';

/**
 * A scripted stand-in of the Messages API on the loopback. It keeps no state between requests: what it answers follows from the
 * messages of the request alone. Its record of requests is the proof of what a model would have been given.
 */
export async function startModelServer(given: ModelServerOptions): Promise<ModelServer> {
  const options = { ...given, scenarios: { ...given.scenarios } };
  const requests: RecordedRequest[] = [];
  const waiting = new Set<() => void>();
  const tellWaiting = () => { for (const look of waiting) look(); };
  const server = createServer((request, response) => {
    void serve(request, response, options, requests, tellWaiting).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    script: (name, scenario) => { options.scenarios[name] = scenario; },
    next: (matches, from = 0) => new Promise((resolve) => {
      const look = () => {
        const found = requests.slice(from).find(matches);
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    }),
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, options: ModelServerOptions, requests: RecordedRequest[], changed: () => void): Promise<void> {
  const path = request.url ?? '/';
  const raw = (await buffer(request)).toString('utf8');
  const body = parseBody(raw);
  const isMessage = /^\/v1\/messages(?:\?|$)/.test(path) && request.method === 'POST';
  const scenario = isMessage ? scenarioOf(body.messages) : null;
  const record: RecordedRequest = {
    n: requests.length, method: request.method ?? '', path, kind: isMessage ? kindOf(body) : 'other',
    scenario: scenario?.name ?? null, step: scenario?.step ?? 0, body, answered: [], isWhole: false,
  };
  requests.push(record);
  changed();
  if (path.startsWith('/v1/messages/count_tokens')) return reply(response, 200, { input_tokens: Math.ceil(raw.length / 4) });
  if (request.method === 'HEAD') return void response.writeHead(200).end();
  if (!isMessage) return reply(response, 404, { type: 'error', error: { type: 'not_found_error', message: path } });
  const step = stepFor(record, options);
  if (step.error) return reply(response, step.error.status, { type: 'error', error: { type: step.error.type, message: step.error.message } }, step.error.headers);
  await answer(record, response, step);
  changed();
}

function parseBody(raw: string): MessageRequest {
  try {
    const body = JSON.parse(raw) as Partial<MessageRequest>;
    return { model: '', ...body, messages: body.messages ?? [] };
  } catch {
    return { model: '', messages: [] };
  }
}

function stepFor(record: RecordedRequest, { scenarios, compaction, otherwise }: ModelServerOptions): Step {
  if (record.kind === 'compaction') return { blocks: [{ type: 'text', text: compaction ?? summary }] };
  if (record.kind === 'side') return { blocks: [{ type: 'text', text: '{"title":"Scripted","isNewTopic":false}' }] };
  const scenario = record.scenario === null ? undefined : scenarios[record.scenario];
  const found: Answer | undefined = typeof scenario === 'function' ? scenario(record.body, record.step) : scenario?.[Math.min(record.step, scenario.length - 1)];
  if (found === undefined) return { blocks: [{ type: 'text', text: otherwise ?? 'Nothing is scripted for this prompt.' }] };
  return 'blocks' in found ? found : { blocks: found };
}

async function answer(record: RecordedRequest, response: ServerResponse, step: Step): Promise<void> {
  const id = `msg_${randomBytes(12).toString('hex')}`;
  const blocks = step.blocks.map((block, index) => completed(block, `${id}-${index}`));
  const stop = blocks.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn';
  const usage = { input_tokens: 10, cache_creation_input_tokens: 100, cache_read_input_tokens: 1000, output_tokens: 5, service_tier: 'standard', ...step.usage };
  const message = { id, type: 'message', role: 'assistant', model: record.body.model, stop_sequence: null };
  if (!record.body.stream) {
    record.answered = blocks;
    record.isWhole = true;
    return reply(response, 200, { ...message, content: blocks, stop_reason: stop, usage });
  }
  let isOpen = true;
  response.on('close', () => { isOpen = false; });
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'request-id': `req_${randomBytes(8).toString('hex')}` });
  const send = (type: string, fields: Record<string, unknown>) => { if (isOpen) response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`); };
  send('message_start', { message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } } });
  for (const [index, block] of blocks.entries()) {
    if (step.gate && index === (step.holdAfter ?? 0)) await Promise.race([step.gate, closeOf(response)]);
    if (!isOpen) return;
    record.answered.push(block);
    await sendBlock(send, index, block, step, () => isOpen);
  }
  if (step.gate && (step.holdAfter ?? 0) >= blocks.length) await Promise.race([step.gate, closeOf(response)]);
  send('message_delta', { delta: { stop_reason: stop, stop_sequence: null }, usage });
  send('message_stop', {});
  record.isWhole = isOpen;
  if (isOpen) response.end();
}

const closeOf = (response: ServerResponse) => new Promise<void>((resolve) => { response.once('close', resolve); });

function completed(block: ContentBlock, name: string): ContentBlock {
  if (block.type === 'thinking') return { ...block, signature: block.signature ?? Buffer.from(`signed ${name}`).toString('base64') };
  return block.type === 'tool_use' ? { ...block, id: block.id ?? `toolu_${randomBytes(12).toString('hex')}` } : block;
}

async function sendBlock(send: (type: string, fields: Record<string, unknown>) => void, index: number, block: ContentBlock, step: Step, isOpen: () => boolean): Promise<void> {
  const [start, whole, deltaType, field] =
    block.type === 'text' ? [{ type: 'text', text: '' }, block.text, 'text_delta', 'text']
    : block.type === 'thinking' ? [{ type: 'thinking', thinking: '', signature: '' }, block.thinking, 'thinking_delta', 'thinking']
    : [{ ...block, input: {} }, JSON.stringify(block.input), 'input_json_delta', 'partial_json'];
  send('content_block_start', { index, content_block: start });
  const length = step.pieceLength ?? 40;
  for (let at = 0; at < whole.length && isOpen(); at += length) {
    send('content_block_delta', { index, delta: { type: deltaType, [field]: whole.slice(at, at + length) } });
    if (step.pieceDelayMs) await sleep(step.pieceDelayMs);
  }
  if (block.type === 'thinking') send('content_block_delta', { index, delta: { type: 'signature_delta', signature: block.signature } });
  send('content_block_stop', { index });
}

function reply(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json', 'request-id': `req_${randomBytes(8).toString('hex')}` }).end(JSON.stringify(body));
}
