import type { Decoded, Decoder, Observation } from '../../core/adapter.ts';
import { unreachable } from '../../core/errors.ts';
import type { AgentState, BlockBody, NativeRef } from '../../core/events.ts';
import { mainLane } from '../../core/ids.ts';
import { type CursorLine, cursorLineOf, isEcho, isPrompt, isQuestion, type ScreenSeen, wordsOf } from './cursorLine.ts';
import { typedLines, untypeable } from './keystrokes.ts';
import { Output, shortened } from './output.ts';

interface Turn {
  id: string;
  typed: string[];
  /** The screen when it was typed. */
  rows: string;
}

/**
 * One run of a program of which nothing is known but its screen: at a prompt it is idle, at a question it waits, else it is busy. What it prints
 * between a prompt of ours and its own next prompt is its answer.
 */
export class GenericDecoder implements Decoder {
  readonly background: string[] = [];
  readonly #native: NativeRef;
  readonly #isResumed: boolean;
  readonly #output = new Output();
  #state: AgentState = { is: 'starting' };
  #seen: ScreenSeen | null = null;
  #words = '';
  #turn: Turn | null = null;
  /** It has been at its prompt. */
  #wasReady = false;
  #turns = 0;
  #blocks = 0;

  constructor(run: { native: NativeRef; resumed: boolean }) {
    this.#native = run.native;
    this.#isResumed = run.resumed;
  }

  get state(): AgentState {
    return this.#state;
  }

  decode(observation: Observation): Decoded[] {
    if (this.#state.is === 'exited') return [];
    switch (observation.is) {
      case 'spawned': return this.#isResumed ? [this.#block({ kind: 'notice', notice: 'info', text: 'The program was started anew: it keeps no history, so it knows nothing of what is above.' })] : [];
      case 'typed': return this.#typed(observation.text);
      case 'screen': return this.#screen(observation);
      case 'quiet': return observation.ms > 0 ? this.#quiet() : [];
      case 'exited': return [...this.#answered('interrupted', { before: '', after: '' }), ...this.#become({ is: 'exited' })];
      case 'hook':
      case 'line':
      case 'text':
      case 'directory': return [];
      default: return unreachable(observation);
    }
  }

  #typed(text: string): Decoded[] {
    const typed = typedLines(text);
    const problem = untypeable(typed);
    if (problem) return [this.#block({ kind: 'notice', notice: 'error', text: problem })];
    const rows = JSON.stringify(this.#seen?.rows ?? []);
    const before = this.#told(this.#seen ? cursorLineOf(this.#seen) : { before: '', after: '' });
    const began: Decoded[] = [];
    if (this.#turn) this.#turn = { ...this.#turn, typed, rows };
    else {
      this.#turn = { id: `${this.#native.session}:t${++this.#turns}`, typed, rows };
      began.push({ is: 'draft', draft: { type: 'turn_started', turnId: this.#turn.id, lane: mainLane } });
    }
    return [...before, ...this.#become({ is: 'busy' }), ...began, this.#block({ kind: 'prompt', text, source: 'sent' })];
  }

  #screen(screen: ScreenSeen): Decoded[] {
    this.#seen = screen;
    this.#output.add(screen.newText);
    const words = wordsOf(screen.rows);
    const active: Decoded[] = words === this.#words ? [] : [{ is: 'active' }];
    this.#words = words;
    const line = cursorLineOf(screen);
    return [...active, ...(screen.rested === false ? this.#moving(screen) : this.#resting(screen, line))];
  }

  /** While it prints it is at work, whatever the line at the cursor looks like. */
  #moving({ newText }: ScreenSeen): Decoded[] {
    return this.#state.is === 'busy' || !newText.includes('\n') ? [] : this.#become({ is: 'busy' });
  }

  #resting(screen: ScreenSeen, line: CursorLine): Decoded[] {
    if (this.#hasReacted(line)) {
      if (isQuestion(line)) return this.#become({ is: 'waiting', for: 'question' });
      if (isPrompt(line)) return this.#ready(line);
    }
    // At its prompt a person may be typing a draft: that is no work of the program.
    if (this.#state.is === 'idle' && !screen.newText.includes('\n')) return [];
    return this.#become({ is: 'busy' });
  }

  /** Silent with something on the cursor's line: it waits for input, as a program does that has a prompt of its own kind. */
  #quiet(): Decoded[] {
    if (!this.#seen || this.#state.is === 'idle' || this.#state.is === 'waiting') return [];
    const line = cursorLineOf(this.#seen);
    return line.before.trim() !== '' && line.after === '' && this.#hasReacted(line) ? this.#ready(line) : [];
  }

  /** Whether the screen shows more than what we have typed. */
  #hasReacted(line: CursorLine): boolean {
    if (!this.#turn) return true;
    return (this.#output.hasLineEnd || JSON.stringify(this.#seen?.rows) !== this.#turn.rows) && !isEcho(line, this.#turn.typed);
  }

  #ready(line: CursorLine): Decoded[] {
    const interrupted = this.#turn !== null && this.#output.wasInterrupted;
    const answered = this.#answered(interrupted ? 'interrupted' : 'completed', line);
    // The same prompt again is no news; after an interrupt it stays known as that until something else happens.
    if (this.#state.is === 'idle') return answered;
    this.#wasReady = true;
    return [...answered, ...this.#become({ is: 'idle', ...(interrupted ? { interrupted: true } : {}) })];
  }

  #answered(status: 'completed' | 'interrupted', line: CursorLine): Decoded[] {
    const told = this.#told(line);
    const turn = this.#turn;
    this.#turn = null;
    return turn ? [...told, { is: 'draft', draft: { type: 'task_complete', turnId: turn.id, status, lane: mainLane } }] : told;
  }

  /** What it has printed so far, as a block. What a person does at its prompt, or draws on the other screen, is told only once it has left a line. */
  #told(line: CursorLine): Decoded[] {
    const turn = this.#turn;
    const isDrawn = this.#seen?.alternate === true;
    if (!turn && this.#wasReady && (isDrawn || !this.#output.hasLineEnd)) return [];
    const printed = this.#output.take(turn?.typed ?? [], line.before);
    const text = isDrawn ? shortened((this.#seen?.rows ?? []).join('\n').trim()) : printed;
    if (text === '') return [];
    return [this.#block(turn || this.#wasReady ? { kind: 'text', text, format: 'plain' } : { kind: 'notice', notice: 'info', text })];
  }

  #block(body: BlockBody): Decoded {
    const { session } = this.#native;
    const after = this.#blocks === 0 ? null : `${session}:b${this.#blocks}`;
    const native = { session, id: `${session}:b${++this.#blocks}` };
    return { is: 'draft', draft: { type: 'block', lane: mainLane, native, after, ...(this.#turn ? { turn: this.#turn.id } : {}), body } };
  }

  #become(state: AgentState): Decoded[] {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return [];
    this.#state = state;
    return [{ is: 'draft', draft: { type: 'state', state } }];
  }
}
