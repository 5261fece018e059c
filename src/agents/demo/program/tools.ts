import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FileEdit, ToolKind } from '../../../core/events.ts';

/** What a call does, as data; a script is made of these. */
export type Deed =
  | { is: 'read'; path: string }
  | { is: 'write'; path: string; content: string }
  | { is: 'append'; path: string; line: string }
  | { is: 'shell'; command: string }
  | { is: 'say'; text: string };

export interface Call {
  deed: Deed;
  /** Asks the user first. */
  asks?: boolean;
}

export interface Outcome {
  status: 'completed' | 'failed' | 'cancelled';
  text: string;
  exit_code?: number;
  edits?: FileEdit[];
}

/** How a call is shown and recorded. */
export function faceOf(deed: Deed): { tool: string; tool_kind: ToolKind; title: string; input: Record<string, unknown> } {
  switch (deed.is) {
    case 'read': return { tool: 'Read', tool_kind: 'read', title: `Read ${deed.path}`, input: { file_path: deed.path } };
    case 'write': return { tool: 'Write', tool_kind: 'edit', title: `Write ${deed.path}`, input: { file_path: deed.path, content: deed.content } };
    case 'append': return { tool: 'Edit', tool_kind: 'edit', title: `Edit ${deed.path}`, input: { file_path: deed.path, append: deed.line } };
    case 'shell': return { tool: 'Shell', tool_kind: 'execute', title: deed.command, input: { command: deed.command } };
    case 'say': return { tool: 'Look', tool_kind: 'other', title: 'Look around', input: {} };
  }
}

export const mayWrite = (deed: Deed): boolean => deed.is === 'write' || deed.is === 'append' || deed.is === 'shell';

/** Does it in the folder. Failures are outcomes. `onOutput` gets a shell's output so far. */
export async function carryOut(deed: Deed, folder: string, signal: AbortSignal, onOutput: (text: string) => void): Promise<Outcome> {
  try {
    switch (deed.is) {
      case 'read': return { status: 'completed', text: readFileSync(join(folder, deed.path), 'utf8').slice(0, 8_000) };
      case 'write': return edited(folder, deed.path, () => deed.content);
      case 'append': return edited(folder, deed.path, (before) => `${before ?? ''}${deed.line}\n`);
      case 'shell': return await shell(deed.command, folder, signal, onOutput);
      case 'say': return { status: 'completed', text: deed.text };
    }
  } catch (problem) {
    return { status: 'failed', text: problem instanceof Error ? problem.message : String(problem) };
  }
}

function edited(folder: string, relative: string, contentOf: (before: string | null) => string): Outcome {
  const path = join(folder, relative);
  const before = textOrNull(path);
  const after = contentOf(before);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, after);
  return { status: 'completed', text: `${before === null ? 'Created' : 'Changed'} ${relative}.`, edits: [{ path, before, after }] };
}

function textOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw problem;
  }
}

function shell(command: string, folder: string, signal: AbortSignal, onOutput: (text: string) => void): Promise<Outcome> {
  return new Promise((resolve) => {
    let text = '';
    const child = spawn(command, { cwd: folder, shell: true, stdio: ['ignore', 'pipe', 'pipe'], signal });
    const take = (chunk: Buffer) => {
      text += chunk.toString();
      onOutput(text);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (problem) => resolve({ status: signal.aborted ? 'cancelled' : 'failed', text: text || problem.message }));
    child.on('close', (code) => {
      if (signal.aborted) resolve({ status: 'cancelled', text });
      else resolve({ status: code === 0 ? 'completed' : 'failed', text, ...(code === null ? {} : { exit_code: code }) });
    });
  });
}
