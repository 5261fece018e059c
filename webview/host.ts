import { AbstractMessageReader, AbstractMessageWriter, createMessageConnection } from 'vscode-jsonrpc/browser';
import type { DataCallback, Disposable, Message, MessageConnection } from 'vscode-jsonrpc/browser';
import type { Outgoing } from './outbox.ts';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();

/** What the panel keeps across a reload of its window. VS Code hands `session` back to whoever restores the panel. */
export interface SavedState {
  session?: string;
  draft?: string;
  /** What is being made of a prompt that waits. */
  edit?: SavedEdit | null;
  /** What was sent and not answered yet. */
  outbox?: readonly Outgoing[];
  /** What is being written for a denial. */
  reason?: SavedReason | null;
  /** Where the feed stood; null at its bottom. */
  place?: SavedPlace | null;
  /** The rewind or switch whose notice was dismissed, by its event's seq. */
  dismissed?: number;
}

/** A prompt of the queue, what it said when one began to edit it, and what one has made of it so far. */
export interface SavedEdit {
  send: string;
  was: string;
  text: string;
  /** By this name the host holds the prompt for it. */
  editor: string;
}

/** Why a request is to be denied, as far as it is written. */
export interface SavedReason {
  request: string;
  text: string;
}

export interface SavedPlace {
  lane: string;
  block: string;
  offsetPx: number;
}

/** The saved state, or nothing where it is not ours. */
export function savedState(): SavedState {
  const state = api.getState();
  if (typeof state !== 'object' || state === null) return {};
  const { session, draft, edit, outbox, reason, place, dismissed } = state as Record<string, unknown>;
  return { ...(typeof session === 'string' && { session }), ...(typeof draft === 'string' && { draft }), ...(isEdit(edit) && { edit }),
    ...(Array.isArray(outbox) && { outbox: outbox.filter(isOutgoing) }), ...(isReason(reason) && { reason }), ...(isPlace(place) && { place }),
    ...(typeof dismissed === 'number' && { dismissed }),
  };
}

function isEdit(value: unknown): value is SavedEdit {
  if (typeof value !== 'object' || value === null) return false;
  const { send, was, text, editor } = value as Record<string, unknown>;
  return typeof send === 'string' && typeof was === 'string' && typeof text === 'string' && typeof editor === 'string';
}

function isOutgoing(value: unknown): value is Outgoing {
  if (typeof value !== 'object' || value === null) return false;
  const { key, text, branch, refused } = value as Record<string, unknown>;
  return typeof key === 'string' && typeof text === 'string' && typeof branch === 'string' && (refused === undefined || typeof refused === 'string');
}

function isReason(value: unknown): value is SavedReason {
  if (typeof value !== 'object' || value === null) return false;
  const { request, text } = value as Record<string, unknown>;
  return typeof request === 'string' && typeof text === 'string';
}

function isPlace(value: unknown): value is SavedPlace {
  if (typeof value !== 'object' || value === null) return false;
  const { lane, block, offsetPx } = value as Record<string, unknown>;
  return typeof lane === 'string' && typeof block === 'string' && typeof offsetPx === 'number' && Number.isFinite(offsetPx);
}

export function saveState(change: SavedState): void {
  const before = api.getState();
  api.setState({ ...(typeof before === 'object' ? before : null), ...change });
}

const isMessage = (data: unknown): data is Message =>
  typeof data === 'object' && data !== null && (data as { jsonrpc?: unknown }).jsonrpc === '2.0';

/** Only VS Code's own frame, which has our origin, may speak to the panel. */
class FrameReader extends AbstractMessageReader {
  listen(callback: DataCallback): Disposable {
    const onMessage = (event: MessageEvent<unknown>) => {
      if (event.origin === window.origin && isMessage(event.data)) callback(event.data);
    };
    window.addEventListener('message', onMessage);
    return { dispose: () => window.removeEventListener('message', onMessage) };
  }
}

class FrameWriter extends AbstractMessageWriter {
  write(message: Message): Promise<void> {
    api.postMessage(message);
    return Promise.resolve();
  }
  end(): void {}
}

/** The JSON-RPC connection to the session host, carried by the extension. Not listening yet: register handlers first, then `listen()`. */
export const connectHost = (): MessageConnection => createMessageConnection(new FrameReader(), new FrameWriter());
