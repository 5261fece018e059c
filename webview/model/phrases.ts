import type { AgentState, FilesOutcome, TokenUsage } from '../../src/core/events.ts';
import { shownPath } from '../../src/core/plainText.ts';
import type { Untouched } from '../../src/core/ports.ts';
import { untouchedGroups } from '../../src/core/untouched.ts';
import type { MoveStep, Seam, SeamDrops, SessionSummary } from '../../src/core/view.ts';
import { counted, say } from '../strings.ts';
import type { StringKey } from '../strings.ts';

/** How a session has ended, in a sentence; null: its host does not tell. */
export function endPhrase(agent: string, end: SessionSummary['end'] & object | null): string {
  if (end === null) return say('end.over');
  if (end.ended === 'interrupted') return say('end.interrupted');
  if (end.ended === 'stopped') return say('end.stopped');
  if (end.signal !== null) return say('end.signal', agent, end.signal);
  return end.code === null || end.code === 0 ? say('end.exited', agent) : say('end.exitedCode', agent, end.code);
}

export const minuteMs = 60_000;

/** “2 paragraphs, 3 tool calls and 1 thought”; empty when nothing would go. Prompts are named only where some go. */
export function dropsPhrase(drops: SeamDrops): string {
  const parts = [
    drops.prompt > 0 ? counted('count.prompt', drops.prompt) : '',
    drops.text > 0 ? counted('count.text', drops.text) : '',
    drops.tool > 0 ? counted('count.tool', drops.tool) : '',
    drops.thinking > 0 ? counted('count.thinking', drops.thinking) : '',
    drops.compaction !== undefined && drops.compaction > 0 ? counted('count.compaction', drops.compaction) : '',
  ].filter((part) => part !== '');
  const last = parts.pop();
  if (last === undefined) return '';
  return parts.length === 0 ? last : say('count.and', parts.join(', '), last);
}

export const dropsTotal = (drops: SeamDrops): number => drops.text + drops.tool + drops.thinking + drops.prompt + (drops.compaction ?? 0);

/** The confirm's first line: “Rewind to here: 2 paragraphs and 1 thought go”. */
export function rewindTitle(drops: SeamDrops): string {
  const phrase = dropsPhrase(drops);
  if (phrase === '') return say('seam.labelNothing');
  return say(dropsTotal(drops) === 1 ? 'seam.titleOne' : 'seam.title', phrase);
}

/** How far a rewind or switch is, as one follows it; empty while that is not known. */
export function stepPhrase(step: MoveStep | null): string {
  if (step === null) return '';
  return step.is === 'restoring' ? counted('step.restoring', step.files) : say(`step.${step.is}`);
}

/** What was done, with the files that came back and those that were left alone. */
export function filesPhrase(files: FilesOutcome, done: string, withFiles: StringKey, ...values: string[]): string {
  const restored = files.restored?.length ?? 0;
  const left = files.conflicts ?? [];
  const first = restored > 0 ? say(withFiles, restored, ...values) : done;
  const untouched = (files.untouched ?? []).filter(({ path }) => path !== '.').map(({ path }) => shownPath(path));
  return [
    first,
    left.length === 0 ? '' : say('seam.doneConflicts', left.map(shownPath).join(', ')),
    untouched.length === 0 ? '' : say('seam.doneUntouched', somePaths(untouched, 5, files.unnamed)),
  ].filter((sentence) => sentence !== '').join(' ');
}

/** The first of some paths, and how many more there are; `unnamed` are not even in the list. */
function somePaths(paths: readonly string[], most: number, unnamed = 0): string {
  const left = Math.max(0, paths.length - most) + unnamed;
  const named = paths.slice(0, most).join(', ');
  return left === 0 ? named : say('seam.somePaths', named, left.toLocaleString());
}

/** A line for each reason for which paths are left alone; each names as many paths as fit a few lines. */
export function untouchedPhrases(untouched: readonly Untouched[], unnamed = 0): string[] {
  const phrases = untouchedGroups(untouched).map(({ because, why, paths }) =>
    (paths.length === 0 ? why : say(`seam.untouched.${because}`, why, somePaths(paths, 10))));
  return unnamed > 0 ? [...phrases, counted('seam.untouched.more', unnamed)] : phrases;
}

/** What a seam's files do not cover, in one line; empty when there is nothing. */
export function uncoveredPhrase(uncovered: Seam['uncovered'] = []): string {
  const named = uncovered.map(({ path, why }) => (path === '.' ? why : `${shownPath(path)} (${why})`));
  return named.length === 0 ? '' : say('seam.uncovered', somePaths(named, 5));
}

/** 950, 12.3k, 1.2M: at most four characters and the unit. */
export function shortNumber(count: number): string {
  if (count < 1000) return String(count);
  const [value, unit] = count < 999_500 ? [count / 1000, 'k'] : [count / 1_000_000, 'M'];
  return `${value < 100 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)}${unit}`;
}

export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return say('time.seconds', seconds.toFixed(1));
  if (seconds < 60) return say('time.seconds', Math.round(seconds));
  const whole = Math.round(seconds);
  return say('time.minutes', Math.floor(whole / 60), whole % 60);
}

/** “less than a minute”, “9 min”, “2 h 5 min”: whole minutes, for what changes while one looks at it. */
export function span(ms: number): string {
  const minutes = Math.floor(ms / minuteMs);
  if (minutes < 1) return say('time.underMinute');
  return minutes < 60 ? say('time.wholeMinutes', minutes) : say('time.hours', Math.floor(minutes / 60), minutes % 60);
}

/** The user's own time of day of a UTC instant, with the day where that is another one. What is no instant is shown as it came. */
export function localTime(ts: string, now = new Date()): string {
  const at = new Date(ts);
  if (Number.isNaN(at.getTime())) return ts;
  const time = { hour: 'numeric', minute: '2-digit' } as const;
  return at.toLocaleString(undefined, at.toDateString() === now.toDateString() ? time : { month: 'short', day: 'numeric', ...time });
}

export function usagePhrase(usage: TokenUsage | null): string {
  if (usage === null) return '';
  const { input_tokens: input, output_tokens: output, total_tokens: total, cached_tokens: cached } = usage;
  if (input !== null && output !== null) {
    // Some agents count what came from the cache as input, some apart from it; the total tells which.
    const taken = total === null ? input : Math.max(input, total - output);
    return cached === null || cached === 0 ? say('footer.tokens', shortNumber(taken), shortNumber(output)) : say('footer.tokensCached', shortNumber(taken), shortNumber(cached), shortNumber(output));
  }
  const known = total ?? input ?? output;
  return known === null ? '' : say('header.tokens', shortNumber(known));
}

const waitingKeys = { permission: 'state.waitingPermission', question: 'state.waitingQuestion', dialog: 'state.waitingDialog' } as const satisfies Record<string, StringKey>;

export function statePhrase(state: AgentState): string {
  switch (state.is) {
    case 'idle': return say(state.interrupted === true ? 'state.interrupted' : 'state.idle');
    case 'waiting': return say(waitingKeys[state.for]);
    case 'limited': return state.until === undefined ? say('state.limited') : say('state.limitedUntil', localTime(state.until));
    default: return say(`state.${state.is}`);
  }
}
