import type { Message } from 'vscode-jsonrpc/node';

/**
 * How a message stands on the wire: `Content-Length: <bytes of the JSON>`, perhaps `Text-Length: <bytes of a text>`, an empty line, the JSON, the text.
 * The text is a notification's parameter `data`, which is empty in the JSON: output of terminals is nearly all that is ever sent, and to escape it
 * and to read that again costs each side more than everything else about it.
 */
export interface FrameLengths {
  jsonBytes: number;
  /** Null: no text stands behind the JSON. */
  textBytes: number | null;
}

/** Below it the second head line costs more than it saves. */
const shortestText = 1024;
const contentLength = /^Content-Length: *(\d{1,9})\r?$/im;
const textLength = /^Text-Length: *(\d{1,9})\r?$/im;

export function frameOf(message: Message): Buffer {
  const text = longTextIn(message);
  const json = JSON.stringify(text === null ? message : withText(message, ''));
  const jsonBytes = Buffer.byteLength(json);
  const textBytes = text === null ? 0 : Buffer.byteLength(text);
  const head = `Content-Length: ${jsonBytes}\r\n${text === null ? '' : `Text-Length: ${textBytes}\r\n`}\r\n`;
  const frame = Buffer.allocUnsafe(head.length + jsonBytes + textBytes);
  put(frame, head, 0, head.length);
  put(frame, json, head.length, jsonBytes);
  if (text !== null) put(frame, text, head.length + jsonBytes, textBytes);
  return frame;
}

/** Null: the head of no message. */
export function lengthsIn(head: string): FrameLengths | null {
  const jsonBytes = contentLength.exec(head)?.[1];
  const textBytes = textLength.exec(head)?.[1];
  return jsonBytes === undefined ? null : { jsonBytes: Number(jsonBytes), textBytes: textBytes === undefined ? null : Number(textBytes) };
}

/** `bytes`: JSON, then text, of those lengths. @throws when it is no message. */
export function messageIn(bytes: Buffer, { jsonBytes, textBytes }: FrameLengths): Message {
  const message = JSON.parse(bytes.toString('utf8', 0, jsonBytes)) as Message;
  return textBytes === null ? message : withText(message, bytes.toString('utf8', jsonBytes, jsonBytes + textBytes));
}

interface WithText extends Message {
  method: string;
  params: { data: string };
}

function longTextIn(message: Message): string | null {
  const { id, params } = message as { id?: unknown; params?: { data?: unknown } | null };
  const data = id === undefined ? params?.data : undefined;
  // Half a character has no bytes of its own; in JSON it is escaped.
  return typeof data === 'string' && data.length >= shortestText && data.isWellFormed() ? data : null;
}

const withText = (message: Message, data: string): Message => ({ ...message, params: { ...(message as WithText).params, data } }) as Message;

/** Text of one byte a character, as nearly all is, need not be looked at one by one. */
function put(frame: Buffer, text: string, at: number, bytes: number): void {
  if (bytes === text.length) frame.write(text, at, bytes, 'latin1');
  else frame.write(text, at, bytes, 'utf8');
}
