import type { Doubt, HistoryReading } from '../../core/adapter.ts';
import type { BlockBody, NativeRef } from '../../core/events.ts';
import { mainLane } from '../../core/ids.ts';
import { BackgroundWork } from './backgroundWork.ts';
import { Beginnings } from './beginnings.ts';
import { LaneTranscript } from './laneTranscript.ts';
import { Lines } from './lines.ts';
import { answersOf, callsOf, isPlaced, type PlacedRow, type Row, rowOfBlock, rowOfLine } from './row.ts';
import { strangeIn } from './strange.ts';
import { SubagentReading } from './subagentReading.ts';
import { subagentsDirectoryOf } from './watches.ts';

/** Something at a place of a transcript that speaks against an exact cut behind it. */
interface Remark {
  row: PlacedRow;
  reason: string;
}

const gone = 'Claude Code’s history does not hold this step any more';
const unsure = 'whether the model gets it again is not known.';
const begunAnew = `Claude Code’s own rewind went back to before the first prompt: of what was typed between that and the next prompt ${unsure}`;
const bridged = 'A row above is missing in Claude Code’s history: it goes on without what that row said.';

/**
 * A transcript, read as it grows. Of its rows only names and places are kept. What it says of a place: steps that the
 * conversation shows and the file has lost, rows that hang on a lost one, rows of a kind that is not known, and what
 * the transcripts of its subagents have lost.
 */
export class ClaudeHistoryReading implements HistoryReading {
  readonly #native: NativeRef;
  readonly #lines = new Lines();
  readonly #lane: LaneTranscript;
  readonly #beginnings = new Beginnings();
  readonly #parents = new Map<string, string | null>();
  readonly #calls = new Map<string, string[]>();
  readonly #answered = new Set<string>();
  readonly #strange: Remark[] = [];
  readonly #kinds = new Map<string, BlockBody['kind']>();
  readonly #subagents: SubagentReading;
  readonly #works = new BackgroundWork();
  #lostLines = 0;

  constructor(native: NativeRef) {
    this.#native = native;
    this.#lane = new LaneTranscript(mainLane, native.session);
    this.#subagents = new SubagentReading(subagentsDirectoryOf(native.path));
  }

  take(path: string, content: Uint8Array): void {
    this.#subagents.take(path, content);
    if (path !== this.#native.path) return;
    for (const line of this.#lines.take(content)) this.#takeRow(this.#beginnings.take(rowOfLine(line)));
  }

  doubts(chain: readonly string[]): Doubt[] {
    const places = new Map(chain.map((id, at) => [rowOfBlock(id), at]));
    const ofCall = (call: string) => {
      const at = chain.findIndex((id) => this.#calls.get(rowOfBlock(id))?.includes(call));
      return at < 0 ? undefined : at;
    };
    const own = [...this.#lostSteps(chain), ...this.#orphans(chain), ...this.#strangeRows(places)];
    return [...own, ...this.#subagents.doubts(ofCall), ...this.#aliveWorks(places, ofCall)];
  }

  #takeRow(row: Row): void {
    if (row.line !== undefined) this.#lostLines++;
    if (row.json['isSidechain'] === true) return;
    for (const told of this.#lane.take(row)) if (told.type === 'block') this.#kinds.set(told.native.id, told.body.kind);
    this.#works.take(row);
    if (!isPlaced(row)) return;
    this.#parents.set(row.uuid, row.parent);
    const calls = callsOf(row);
    if (calls.length > 0) this.#calls.set(row.uuid, calls);
    for (const call of answersOf(row)) this.#answered.add(call);
    if (row.begins === 'perhaps-above') this.#strange.push({ row, reason: begunAnew });
    const strange = strangeIn(row);
    if (strange !== null) this.#strange.push({ row, reason: `There is ${strange} above: ${unsure}` });
  }

  /** Steps of the conversation that the file does not hold, or holds without their result. */
  #lostSteps(chain: readonly string[]): Doubt[] {
    const isOpen = (row: string) => (this.#calls.get(row) ?? []).some((call) => !this.#answered.has(call));
    const count = this.#lostLines;
    const lines = count === 0 ? '' : ` (${count === 1 ? 'a line' : `${count} lines`} in it cannot be read)`;
    const unanswered = `The result of a call above is missing in Claude Code’s history${lines}.`;
    const lost = chain.findIndex((id) => !isLoose(id) && !this.#parents.has(rowOfBlock(id)));
    const open = chain.findIndex((id) => isOpen(rowOfBlock(id)));
    return [
      ...(lost < 0 ? [] : [{ from: lost, fidelity: 'none' as const, reason: `${gone}, or one above it${lines}.` }]),
      ...(open < 0 ? [] : [{ from: open, fidelity: 'none' as const, reason: unanswered }]),
    ];
  }

  /** Rows whose row above is not in the file: the CLI bridges the gap by itself. */
  #orphans(chain: readonly string[]): Doubt[] {
    const reached = new Map<string, boolean>();
    const isWhole = (id: string): boolean => {
      const way: string[] = [];
      let at: string | null = id;
      while (at !== null && !reached.has(at) && this.#parents.has(at)) {
        way.push(at);
        reached.set(at, true);
        at = this.#parents.get(at) ?? null;
      }
      const whole = at === null || (this.#parents.has(at) && reached.get(at) === true);
      for (const row of way) reached.set(row, whole);
      return whole;
    };
    const from = chain.findIndex((id) => !isLoose(id) && this.#parents.has(rowOfBlock(id)) && !isWhole(rowOfBlock(id)));
    return from < 0 ? [] : [{ from, fidelity: 'approximate', reason: bridged }];
  }

  /** Between the call that began it and the step that tells its end a cut leaves background work without an end. */
  #aliveWorks(places: ReadonlyMap<string, number>, ofCall: (call: string) => number | undefined): Doubt[] {
    return this.#works.all.flatMap(({ call, words, endedBy }): Doubt[] => {
      const from = ofCall(call);
      if (from === undefined) return [];
      const end = endedBy === undefined ? undefined : this.#lane.blockAt(endedBy);
      const until = places.get(rowOfBlock(end ?? ''));
      const reason = `Background work had not ended here (${words}): Claude Code tells the model that it was stopped.`;
      return [{ from, ...(until === undefined ? {} : { until }), fidelity: 'approximate', reason }];
    });
  }

  #strangeRows(places: ReadonlyMap<string, number>): Doubt[] {
    return this.#strange.flatMap(({ row, reason }): Doubt[] => {
      const from = this.#placeOf(row, places);
      return from === undefined ? [] : [{ from, fidelity: 'approximate', reason }];
    });
  }

  /**
   * From where on a row counts: what stands below a prompt or a result goes with it, below words of the model it
   * begins what follows.
   */
  #placeOf(row: PlacedRow, places: ReadonlyMap<string, number>): number | undefined {
    const at = this.#lane.blockAt(row.uuid);
    if (at === undefined) return undefined;
    const own = at === null ? undefined : places.get(rowOfBlock(at));
    if (at !== null && own === undefined) return undefined;
    const above = row.parent === null ? null : (this.#lane.blockAt(row.parent) ?? null);
    const isBelowWords = above !== null && ['text', 'thinking'].includes(this.#kinds.get(above) ?? '');
    const isBlock = at !== null && rowOfBlock(at) === row.uuid;
    const isAlone = row.type === 'assistant' || isBelowWords || above === null;
    if (isBlock) return isAlone ? own : places.get(rowOfBlock(above));
    return isBelowWords ? (own ?? 0) + 1 : (own ?? 0);
  }
}

/** Names of what has no row of its own: lines that are none, rows without an id. */
export const isLoose = (id: string): boolean => /^(loose|unread)-/.test(id);
