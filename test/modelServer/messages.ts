/** The parts of the Messages API that the stand-in speaks. */
export type ContentBlock =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string; signature?: string }
  | { type: 'tool_use'; id?: string; name: string; input: Record<string, unknown> };

export interface Message {
  role: 'user' | 'assistant' | 'system';
  content: string | readonly Record<string, unknown>[];
}

/** Body of a request for a message. */
export interface MessageRequest {
  model: string;
  messages: Message[];
  system?: unknown;
  tools?: unknown[];
  stream?: boolean;
  max_tokens?: number;
}

/** Text of a message: the join of its text blocks. */
export function textOf(message: Message): string {
  if (typeof message.content === 'string') return message.content;
  return message.content.map((block) => (block['type'] === 'text' && typeof block['text'] === 'string' ? block['text'] : '')).join('\n');
}
