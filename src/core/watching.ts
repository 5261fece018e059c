import type { Event, EventOf, SessionSettings } from './events.ts';
import type { SessionSummary, Stall } from './view.ts';

/** What holds for a session of which nothing else was said. A stall is told; nothing is typed unless somebody asked for that. */
export const defaultSettings: SessionSettings = {
  stall_after_s: 480, max_resumes: 0, nudge: 'resume', limit_window_s: null, limit_resumes: 0, inbox_ttl_s: null, auto_stop: false, summary_out: null, watch_file: null,
};

/** Ways of watching by name: an agent that implements, one that plans, one at a gate where a person is wanted anyway. */
export const watchPresets = {
  impl: { stall_after_s: 480, max_resumes: 1 },
  plan: { stall_after_s: 180, max_resumes: 2 },
  gate: { stall_after_s: 900, max_resumes: 0 },
} as const;

const watchKeys = ['stall_after_s', 'max_resumes', 'limit_window_s', 'limit_resumes'] as const satisfies (keyof SessionSettings)[];

/** Rows that are signs of life of the agent itself. */
const lively: ReadonlySet<string> = new Set<Event['type']>([
  'run_started', 'state', 'turn_started', 'task_complete', 'block', 'block_updated', 'lane_opened', 'lane_updated', 'lane_closed', 'permission_requested', 'log_active',
]);

/** How a session is to be kept going, and what the watch has seen and done, as the events tell it. */
export class Watching {
  settings: SessionSettings = defaultSettings;
  stall: Stall | null = null;
  /** Of the last row that was a sign of life. */
  activeTs: string | null = null;
  /** In the session's life. */
  stalls = 0;
  resumes = 0;
  limitResumes = 0;
  disconnections = 0;

  /** As a snapshot's summary says it. */
  fill({ settings, stall, activeTs }: Pick<SessionSummary, 'settings' | 'stall' | 'activeTs'>): void {
    [this.settings, this.stall, this.activeTs] = [settings, stall, activeTs];
  }

  see(event: { type: string; ts: string }): void {
    if (event.type === 'disconnected') this.disconnections++;
    if (lively.has(event.type)) this.activeTs = event.ts;
  }

  configured(event: EventOf<'configured'>): void {
    const { settings } = event;
    this.settings = { ...this.settings, ...settings };
    // A new budget is a whole one, and what was given up under the old settings is looked at anew.
    if (settings.limit_window_s !== undefined || settings.limit_resumes !== undefined) this.limitResumes = 0;
    if (this.stall?.escalated != null && watchKeys.some((key) => settings[key] !== undefined)) this.stall = null;
  }

  silent(event: EventOf<'log_idle'>): void {
    const sinceMs = Date.parse(event.ts) - event.idle_s * 1_000;
    const sinceTs = Number.isFinite(sinceMs) ? new Date(sinceMs).toISOString() : event.ts;
    if (event.during === 'turn') this.stalls++;
    this.stall = { sinceTs, during: event.during, tool: event.tool ?? null, resumes: 0, escalated: null };
  }

  nudged(event: EventOf<'resume'>): void {
    this.resumes++;
    if (event.cause === 'limit') this.limitResumes++;
    else if (this.stall) this.stall = { ...this.stall, resumes: event.attempt };
  }

  escalated(event: EventOf<'escalated'>): void {
    const stall = this.stall ?? { sinceTs: event.ts, during: event.reason === 'limit' ? 'limit' : 'turn', tool: null, resumes: event.resumes, escalated: null };
    this.stall = { ...stall, escalated: event.message };
  }

  /** The agent lives, or does not have to. */
  settled(): void {
    this.stall = null;
  }
}
