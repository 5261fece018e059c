import type { Decoded, Decoder, Draft, Observation } from '../../core/adapter.ts';
import type { AgentState, BlockBody, NativeRef } from '../../core/events.ts';
import { type BlockRow, demoModel, type DemoRow, isBlockRow, parseRow, rowOf, type RowOf } from './rows.ts';

/** Name of the watch on the history's lines. */
export const historyWatch = 'history';

const draft = (made: Draft): Decoded => ({ is: 'draft', draft: made });
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * Reads one run of the demo agent. Facts come from its history's rows, which arrive twice: at once in a hook and again as a line of the
 * file; the second one is dropped. State, live text and questions come from hooks alone.
 */
export class DemoDecoder implements Decoder {
  state: AgentState = { is: 'starting' };
  #native: NativeRef;
  #seen = new Set<string>();
  #lanes = new Map<string, string>();
  #turn: string | null = null;
  #started = new Set<string>();

  constructor(run: { native: NativeRef }) {
    this.#native = run.native;
  }

  get background(): string[] {
    return [...this.#lanes.values()];
  }

  decode(observation: Observation): Decoded[] {
    switch (observation.is) {
      case 'hook': return this.#hook(observation.hook, asRecord(observation.payload));
      case 'line': return observation.watch === historyWatch ? this.#line(observation.line, observation.path) : [];
      case 'exited': return this.#become({ is: 'exited' });
      default: return [];
    }
  }

  #hook(hook: string, payload: Record<string, unknown>): Decoded[] {
    switch (textOf(payload['hook_event_name']) || hook) {
      case 'session': return this.#nativeIs(textOf(payload['session']), textOf(payload['path']));
      case 'state': return this.#stated(payload);
      case 'live': return this.#live(payload);
      case 'row': return this.#row(rowOf(payload['value']), textOf(payload['path']), JSON.stringify(payload['value'] ?? null));
      case 'checkpoint': return this.#checkpoint(payload);
      case 'permission': return this.#asked(payload);
      case 'permission_resolved': return this.#answered(payload);
      default: return [];
    }
  }

  #stated(payload: Record<string, unknown>): Decoded[] {
    const state = payload['state'];
    const turn = textOf(payload['turn']);
    if (turn) this.#turn = turn;
    if (state === 'busy') return this.#become({ is: 'busy' });
    if (state === 'limited') return this.#become({ is: 'limited', until: textOf(payload['until']) });
    if (state === 'dialog') return this.#become({ is: 'waiting', for: 'dialog', dialog: 'other', message: textOf(payload['message']) });
    if (state === 'idle') return this.#become(payload['interrupted'] === true ? { is: 'idle', interrupted: true } : { is: 'idle' });
    return [];
  }

  #live(payload: Record<string, unknown>): Decoded[] {
    const kind = payload['kind'] === 'thinking' ? 'thinking' : payload['kind'] === 'tool' ? 'tool' : 'text';
    const text = typeof payload['text'] === 'string' ? payload['text'] : null;
    // A block that has landed is no longer on its way.
    if (text !== null && this.#seen.has(textOf(payload['live']))) return [];
    return [{ is: 'live', live: { live: textOf(payload['live']), lane: textOf(payload['lane']), kind, text } }];
  }

  #checkpoint(payload: Record<string, unknown>): Decoded[] {
    const cause = payload['cause'];
    if (cause === 'before') return [{ is: 'checkpoint', cause: 'wait', call: textOf(payload['call']), before: true }];
    if (cause !== 'baseline' && cause !== 'tool' && cause !== 'subagent' && cause !== 'idle') return [];
    const call = textOf(payload['call']);
    return [{ is: 'checkpoint', cause, ...(call ? { call } : {}) }];
  }

  #asked(payload: Record<string, unknown>): Decoded[] {
    const request = textOf(payload['request']);
    const asked = draft({
      type: 'permission_requested', request, lane: textOf(payload['lane']), call: textOf(payload['call']), tool: textOf(payload['tool']), title: textOf(payload['title']), input: payload['input'],
      options: [{ option: 'allow', label: 'Allow' }, { option: 'allow_always', label: 'Always allow in this session' }, { option: 'deny', label: 'Deny' }],
    });
    return [asked, ...this.#become({ is: 'waiting', for: 'permission' }), { is: 'hold', request }];
  }

  #answered(payload: Record<string, unknown>): Decoded[] {
    const outcome = payload['outcome'] === 'allowed' ? 'allowed' : payload['outcome'] === 'denied' ? 'denied' : 'gone';
    const resolved = draft({ type: 'permission_resolved', request: textOf(payload['request']), outcome, by: 'terminal' });
    return outcome === 'gone' ? [resolved] : [resolved, { is: 'checkpoint', cause: 'wait' }];
  }

  #line(line: string, path: string): Decoded[] {
    return line.trim() === '' ? [] : this.#row(parseRow(line), path, line);
  }

  #row(row: DemoRow | null, path: string, raw: string): Decoded[] {
    if (!row) return this.#unread(raw);
    if (this.#seen.has(row.id)) return [];
    this.#seen.add(row.id);
    if (row.row === 'session') return this.#nativeIs(row.session, path);
    if (isBlockRow(row)) return this.#block(row);
    switch (row.row) {
      case 'result': {
        const { call, lane, status, text, exit_code, edits, id } = row;
        return [draft({ type: 'block_updated', lane, call, result: { status, text, native_id: id, ...(exit_code === undefined ? {} : { exit_code }), ...(edits ? { edits } : {}) } })];
      }
      case 'turn_end': return this.#turnEnded(row);
      case 'lane': {
        this.#lanes.set(row.lane, row.description);
        const { lane, parent_lane, call, agent_type, description, background } = row;
        return [draft({ type: 'lane_opened', lane, parent_lane, parent_call: call, agent_type, description, background })];
      }
      case 'lane_end':
        this.#lanes.delete(row.lane);
        return [draft({ type: 'lane_closed', lane: row.lane, status: row.status, summary: row.summary })];
    }
  }

  #block(row: BlockRow): Decoded[] {
    const { lane, turn, id, message, parent } = row;
    const isModels = row.row === 'text' || row.row === 'thinking' || row.row === 'tool';
    const made = draft({
      type: 'block', lane, turn, after: parent, body: bodyOf(row), ...(isModels ? { model: demoModel } : {}),
      native: { session: this.#native.session, id, ...(message ? { message } : {}) },
    });
    if (row.row !== 'prompt' || this.#started.has(turn)) return [made];
    this.#started.add(turn);
    return [draft({ type: 'turn_started', turnId: turn, lane }), made];
  }

  #turnEnded({ turn, lane, status, usage, duration_ms }: RowOf<'turn_end'>): Decoded[] {
    const ended = draft({ type: 'task_complete', turnId: turn, lane, status, model: demoModel, tokenUsage: usage, duration_ms });
    // The hook that says idle may have been lost; the end of the very turn that made it busy is as good.
    if (turn !== this.#turn || this.state.is === 'idle') return [ended];
    return [ended, ...this.#become(status === 'interrupted' ? { is: 'idle', interrupted: true } : { is: 'idle' })];
  }

  #nativeIs(session: string, path: string): Decoded[] {
    if (!session || !path || (session === this.#native.session && path === this.#native.path)) return [];
    this.#native = { session, path };
    return [{ is: 'native', native: this.#native, cause: 'start' }, { is: 'watch', watch: { watch: historyWatch, is: 'lines', path } }];
  }

  #become(state: AgentState): Decoded[] {
    if (JSON.stringify(state) === JSON.stringify(this.state)) return [];
    this.state = state;
    return [draft({ type: 'state', state })];
  }

  #unread(raw: string): Decoded[] {
    const id = `unread:${raw.length}:${raw.slice(0, 200)}`;
    if (this.#seen.has(id)) return [];
    this.#seen.add(id);
    const body: BlockBody = { kind: 'notice', notice: 'unread', text: 'A line of the history could not be read.', raw };
    return [draft({ type: 'block', lane: 'main', native: { session: this.#native.session, id }, after: null, body })];
  }
}

function bodyOf(row: BlockRow): BlockBody {
  switch (row.row) {
    case 'prompt': return { kind: 'prompt', text: row.text, source: row.lane === 'main' ? 'typed' : 'agent' };
    case 'thinking':
    case 'text': return { kind: row.row, text: row.text, ...(row.interrupted ? { interrupted: true } : {}) };
    case 'tool': return { kind: 'tool', tool: row.tool, tool_kind: row.tool_kind, call: row.call, title: row.title, input: row.input };
    case 'notice': return { kind: 'notice', notice: row.notice, text: row.text };
    case 'compaction': {
      const { trigger, tokens_before, tokens_after, duration_ms, summary } = row;
      return { kind: 'compaction', trigger, tokens_before, tokens_after, duration_ms, summary };
    }
  }
}

const asRecord = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {});
