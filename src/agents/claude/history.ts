import type { CutRequest, CutResult, HistorySurgery, NativeFile } from '../../core/adapter.ts';
import type { BlockBody, NativeRef } from '../../core/events.ts';
import { keptRows, readRows, writeRows } from './cut.ts';
import { chainOf, historyEndOf, told } from './historyEnd.ts';
import { asText, type Json, parseObject } from './json.ts';
import { ClaudeHistoryReading, isLoose } from './historyReading.ts';
import { viewOf, viewUpTo } from './modelView.ts';
import { callsOf, type Row } from './row.ts';
import { compareVersions, newestMeasured, parseVersion } from './version.ts';
import { subagentsDirectoryOf } from './watches.ts';

/** Cutting of the CLI's transcripts: a new file under a new session id beside the old one, which is never changed. */
export const history: HistorySurgery = {
  pathsOf: ({ path }) => [
    { path, is: 'file', appended: '.jsonl' },
    { path: path.replace(/\.jsonl$/, ''), is: 'directory', appended: '.jsonl' },
  ],
  cut,
  readBack,
  view,
  endOf: (native, files) => historyEndOf(rowsIn(native, files), native.session),
  drafts: (native, files) => told(rowsIn(native, files), native.session).filter((item) => item.type !== 'taskEnded'),
  reading: (native) => new ClaudeHistoryReading(native),
  untried,
  fidelityAfter,
};

function cut(request: CutRequest): CutResult {
  const { native, files, newSession } = request;
  const file = files.find(({ path }) => path === native.path);
  if (!file) return { is: 'refused', reason: `the transcript ${native.path} is missing.` };
  const kept = keptRows(readRows(file.content), request);
  if (kept.is === 'refused') return kept;
  const path = native.path.replace(/[^/\\]*$/, `${newSession}.jsonl`);
  const calls = new Set(kept.rows.flatMap(callsOf));
  return {
    is: 'cut',
    native: { session: newSession, path },
    holds: request.keep.filter((id) => !isLoose(id)),
    files: [{ path, content: writeRows(kept.rows, newSession) }, ...keptSubagents(request, calls, path)],
  };
}

/** Transcripts and descriptions of the subagents that kept calls have started, and of those that these have started. */
function keptSubagents({ native, files, newSession }: CutRequest, calls: ReadonlySet<string>, newPath: string): NativeFile[] {
  const from = subagentsDirectoryOf(native.path);
  const to = subagentsDirectoryOf(newPath);
  const own = files.filter(({ path }) => path.startsWith(from));
  const metas = new Map<string, Json>();
  for (const { path, content } of own) {
    const id = agentIn(path, '.meta.json');
    const meta = id === undefined ? undefined : parseObject(textOfBytes(content));
    if (id !== undefined && meta) metas.set(id, meta);
  }
  const isKept = (id: string): boolean => {
    const meta = metas.get(id);
    const parent = asText(meta?.['parentAgentId']);
    return parent === undefined ? calls.has(asText(meta?.['toolUseId']) ?? '') : parent !== id && isKept(parent);
  };
  return own.flatMap(({ path, content }) => {
    const id = agentIn(path, '.meta.json') ?? agentIn(path, '.jsonl');
    if (id === undefined || !isKept(id)) return [];
    const own = path.endsWith('.jsonl') ? writeRows(readRows(content), newSession) : content;
    return [{ path: to + path.slice(from.length), content: own }];
  });
}

const agentIn = (path: string, ending: string): string | undefined =>
  path.endsWith(ending) ? /agent-([^/\\]+)$/.exec(path.slice(0, -ending.length))?.[1] : undefined;

const textOfBytes = (content: Uint8Array) => new TextDecoder().decode(content);

/** Blocks from the start to the last row of the file, compacted ones included: the boundary stands for what the model gets of them. */
function readBack(native: NativeRef, files: NativeFile[]): string[] {
  const steps = chainOf(rowsIn(native, files), native.session);
  return steps.filter(({ id, isOpen }) => !isOpen && !isLoose(id)).map(({ id }) => id);
}

/** What the model would get, all rows that hang on a step included. */
function view(native: NativeRef, files: NativeFile[], keep?: readonly string[]): string[] {
  const rows = rowsIn(native, files);
  return keep ? viewUpTo(rows, keep, native.session) : viewOf(rows);
}

function rowsIn(native: NativeRef, files: NativeFile[]): Row[] {
  const file = files.find(({ path }) => path === native.path);
  return file ? readRows(file.content) : [];
}

function untried(told: string): string | null {
  const version = parseVersion(told);
  if (version === null || compareVersions(version, newestMeasured) <= 0) return null;
  return `Claude Code ${version} is newer than ${newestMeasured}, the newest version that Backstitch was tried with.`;
}

function fidelityAfter(kind: BlockBody['kind'], _version: string | undefined): { fidelity: 'exact' | 'approximate' | 'none'; reason: string } {
  switch (kind) {
    case 'prompt':
    case 'text':
    case 'tool':
    case 'compaction':
    case 'notice': return { fidelity: 'exact', reason: 'Claude Code’s own history is cut here; the model gets exactly what is above.' };
    case 'thinking': return { fidelity: 'none', reason: 'Claude Code does not keep a thought that nothing follows.' };
  }
}
