import type { AgentState, SessionSettings } from '../../src/core/events.ts';
import { plainText } from '../../src/core/plainText.ts';
import type { Stall } from '../../src/core/view.ts';
import { say } from '../strings.ts';
import { localTime, minuteMs, span } from './phrases.ts';

/** What of a session the watch speaks of. */
export interface Watched {
  agent: string;
  state: AgentState;
  stall: Stall | null;
  settings: Pick<SessionSettings, 'max_resumes' | 'limit_window_s'>;
}

/** Something about the agent that its user should know: what to show now, and what to say once. */
export interface WatchMatter {
  is: 'tool' | 'silent' | 'escalated' | 'limited' | 'dialog';
  text: string;
  /** The agent's own words; empty when there are none. */
  detail: string;
  /** For a screen reader: the same as long as nothing new has happened. */
  said: string;
  canInterrupt: boolean;
  /** When `text` reads otherwise though nothing has happened; null: never. */
  againMs: number | null;
}

/** Null: all is well. */
export function watchMatter(watched: Watched, nowMs: number): WatchMatter | null {
  const { agent, state, stall } = watched;
  if (state.is === 'exited') return null;
  if (stall !== null && stall.escalated !== null) {
    const text = say('watch.escalated', agent, withLocalTimes(plainText(stall.escalated)));
    return { is: 'escalated', text, detail: '', said: text, canInterrupt: state.is === 'busy', againMs: null };
  }
  if (state.is === 'waiting' && state.for === 'dialog') {
    const text = say(`watch.dialog.${state.dialog}`, agent);
    const detail = plainText(state.message);
    return { is: 'dialog', text, detail, said: detail === '' ? text : `${text}: ${detail}`, canInterrupt: false, againMs: null };
  }
  if (state.is === 'limited') return limited(watched, state, nowMs);
  return stall === null || stall.during === 'limit' ? null : silent(watched, stall, nowMs);
}

function silent({ settings }: Watched, stall: Stall, nowMs: number): WatchMatter {
  const silentMs = Math.max(0, nowMs - Date.parse(stall.sinceTs)) || 0;
  const againMs = minuteMs - (silentMs % minuteMs);
  if (stall.during === 'tool' && stall.tool !== null) {
    const tool = plainText(stall.tool);
    return { is: 'tool', text: say('watch.tool', tool, span(silentMs)), detail: '', said: say('watch.toolShort', tool), canInterrupt: true, againMs };
  }
  const nudged = (text: string): string => (stall.resumes === 0 ? text : say('watch.nudged', text, stall.resumes, Math.max(stall.resumes, settings.max_resumes)));
  return { is: 'silent', text: nudged(say('watch.silent', span(silentMs))), detail: '', said: nudged(say('watch.silentShort')), canInterrupt: true, againMs };
}

function limited({ agent, settings }: Watched, state: AgentState & { is: 'limited' }, nowMs: number): WatchMatter {
  const leftMs = state.until === undefined ? Number.NaN : Date.parse(state.until) - nowMs;
  const at = state.until === undefined ? '' : localTime(state.until, new Date(nowMs));
  const what = Number.isNaN(leftMs) ? say('watch.limited', agent) : say(leftMs > 0 ? 'watch.limitedUntil' : 'watch.limitedPast', agent, at);
  const text = leftMs > 0 && settings.limit_window_s !== null ? say('watch.goesOn', what) : what;
  return { is: 'limited', text, detail: plainText(state.message ?? ''), said: text, canInterrupt: false, againMs: leftMs > 0 ? leftMs : null };
}

/** Instants of the log in a sentence, in the user's own time. */
const withLocalTimes = (text: string): string => text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (ts) => localTime(ts));
