import type { CutRequest, CutResult, HistorySurgery, NativeFile } from '../../core/adapter.ts';
import type { NativeRef } from '../../core/events.ts';
import { mainLane } from '../../core/ids.ts';
import { type DemoRow, isBlockRow, parseRow, type RowOf } from './rows.ts';

const rowsOf = (native: NativeRef, files: NativeFile[]): DemoRow[] | null => {
  const file = files.find(({ path }) => path === native.path);
  if (!file) return null;
  return new TextDecoder().decode(file.content).split('\n').flatMap((line) => parseRow(line) ?? []);
};

/** The new history beside the old one. */
const pathFor = (native: NativeRef, session: string): string => native.path.replace(/[^\\/]*$/, `${session}.jsonl`);

function cut(request: CutRequest): CutResult {
  const { native, files, keep, newSession, now, newUuid } = request;
  const rows = rowsOf(native, files);
  if (!rows) return { is: 'refused', reason: `The history ${native.path} could not be read.` };
  const kept = new Set(keep);
  const present = new Set(rows.map(({ id }) => id));
  const missing = keep.filter((id) => !present.has(id));
  if (missing.length) return { is: 'refused', reason: `The history does not hold ${missing.length} of the kept steps.` };
  const calls = new Set(rows.flatMap((row) => (row.row === 'tool' && kept.has(row.id) ? [row.call] : [])));
  const answered = new Set(rows.flatMap((row) => (row.row === 'result' ? [row.call] : [])));
  if ([...calls].some((call) => !answered.has(call))) return { is: 'refused', reason: 'A tool of the last kept step has not finished.' };
  const isCore = (row: DemoRow) => kept.has(row.id) || (row.row === 'result' && calls.has(row.call));
  const end = rows.findLastIndex(isCore);
  const before = rows.slice(0, end + 1).filter((row) => row.row !== 'session' && (isCore(row) || isAside(row)));
  const head = rows.find((row) => row.row === 'session');
  const header: RowOf<'session'> = { row: 'session', id: newUuid(), session: newSession, cwd: head?.cwd ?? '', version: head?.version ?? '', ts: now, cut_from: native.session };
  const all = [header, ...before, ...cutOffLanes(before, newUuid)];
  const path = pathFor(native, newSession);
  const content = new TextEncoder().encode(all.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return { is: 'cut', native: { session: newSession, path }, files: [{ path, content }] };
}

/** Rows that came before the cut and are no steps of the main lane: subagents, ends of turns. */
const isAside = (row: DemoRow): boolean => row.row === 'turn_end' || (row.row !== 'session' && row.lane !== mainLane);

function cutOffLanes(rows: DemoRow[], newUuid: () => string): DemoRow[] {
  const ended = new Set(rows.flatMap((row) => (row.row === 'lane_end' ? [row.lane] : [])));
  return rows.flatMap((row) => (row.row === 'lane' && !ended.has(row.lane)
    ? [{ row: 'lane_end' as const, id: newUuid(), lane: row.lane, turn: row.turn, status: 'cut_off' as const, summary: 'It had not finished where the history was cut.' }]
    : []));
}

/** The demo agent's memory is its history, so a cut after any step is exact. */
export const demoHistory: HistorySurgery = {
  pathsOf: ({ path }) => (path ? [{ path, is: 'file', appended: '.jsonl' }] : []),
  cut,
  readBack: (native, files) => (rowsOf(native, files) ?? []).flatMap((row) => (isBlockRow(row) && row.lane === mainLane ? [row.id] : [])),
  fidelityAfter: (kind) => (kind === 'thinking'
    ? { fidelity: 'none', reason: 'A thought belongs to the answer that follows it.' }
    : { fidelity: 'exact', reason: 'The demo agent remembers exactly the steps before this seam.' }),
};
