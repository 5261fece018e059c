import * as vscode from 'vscode';
import { needOf, type Standing } from '../core/attention.ts';
import type { AgentState } from '../core/events.ts';
import { unreachable } from '../core/errors.ts';
import type { SeamDrops, SessionSummary } from '../core/view.ts';

/** An agent's state in a word or two, as the tree and the status bar say it. */
export function stateText(session: SessionSummary): string {
  if (!session.alive) {
    return session.ended === 'interrupted' ? vscode.l10n.t('interrupted, can be resumed')
      : session.ended === 'stopped' ? vscode.l10n.t('stopped') : vscode.l10n.t('ended');
  }
  if (session.moving) return session.moving === 'rewind' ? vscode.l10n.t('rewinding') : vscode.l10n.t('going back');
  // A subagent may ask while the agent itself goes on.
  if (needOf(session)?.is === 'permission') return vscode.l10n.t('waiting for permission');
  const { stall } = session;
  if (stall?.escalated) return vscode.l10n.t('needs you');
  if (stall?.during === 'turn') return vscode.l10n.t('silent for {0}', spanText(stall.sinceTs, Date.now()));
  return liveText(session.state);
}

/** As `stateText`, and that a person has not looked at what it has finished. */
export const standingText = (session: SessionSummary, standing: Standing): string =>
  (standing === 'finished' ? vscode.l10n.t('{0}, not looked at yet', stateText(session)) : stateText(session));

/** “5 min”, “2 h”: how long something has lasted. */
export function spanText(sinceTs: string, nowMs: number): string {
  const minutes = Math.max(0, Math.floor((nowMs - Date.parse(sinceTs)) / 60_000));
  return minutes < 1 ? vscode.l10n.t('less than a minute') : minutes < 120 ? vscode.l10n.t('{0} min', minutes) : vscode.l10n.t('{0} h', Math.floor(minutes / 60));
}

/** “15:45”, or with the day when that is not today. */
export function clockText(ts: string, now = new Date()): string {
  const at = new Date(ts);
  const isToday = at.toDateString() === now.toDateString();
  return new Intl.DateTimeFormat(vscode.env.language, { ...(isToday ? {} : { month: 'short', day: 'numeric' }), hour: 'numeric', minute: '2-digit' }).format(at);
}

function liveText(state: AgentState): string {
  switch (state.is) {
    case 'starting': return vscode.l10n.t('starting');
    case 'idle': return state.interrupted ? vscode.l10n.t('idle, interrupted') : vscode.l10n.t('idle');
    case 'busy': return vscode.l10n.t('working');
    case 'waiting': return state.for === 'permission' ? vscode.l10n.t('waiting for permission') : state.for === 'dialog' ? vscode.l10n.t('at a dialog') : vscode.l10n.t('waiting for an answer');
    case 'limited': return state.until === undefined ? vscode.l10n.t('limit reached') : vscode.l10n.t('limit reached, resets at {0}', clockText(state.until));
    case 'exited': return vscode.l10n.t('ended');
    default: return unreachable(state);
  }
}

const icon = (id: string, color?: string): vscode.ThemeIcon =>
  new vscode.ThemeIcon(id, color === undefined ? undefined : new vscode.ThemeColor(color));

/** As `stateIcon`; what has finished and was not looked at stands out. */
export const standingIcon = (session: SessionSummary, standing: Standing): vscode.ThemeIcon => {
  if (standing !== 'finished' || session.problem !== null) return stateIcon(session);
  return icon(session.alive ? 'circle-filled' : 'circle-slash', 'charts.blue');
};

export function stateIcon(session: SessionSummary): vscode.ThemeIcon {
  if (session.problem !== null) return icon('warning', 'list.warningForeground');
  if (!session.alive) return session.ended === 'interrupted' ? icon('debug-disconnect') : icon('circle-slash');
  if (session.moving) return icon('loading~spin');
  if (needOf(session)?.is === 'permission') return icon('bell-dot', 'list.warningForeground');
  if (session.stall && (session.stall.escalated !== null || session.stall.during === 'turn')) return icon('bell-dot', 'list.warningForeground');
  switch (session.state.is) {
    case 'starting':
    case 'busy': return icon('loading~spin');
    case 'idle': return icon('circle-filled', 'charts.green');
    case 'waiting': return icon('bell-dot', 'list.warningForeground');
    case 'limited': return icon('watch', 'list.warningForeground');
    case 'exited': return icon('circle-slash');
    default: return unreachable(session.state);
  }
}

const units = [['day', 86_400], ['hour', 3_600], ['minute', 60]] as const;

/** “3 min. ago”, in the display language. */
export function ageText(ts: string, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - Date.parse(ts)) / 1_000);
  const format = new Intl.RelativeTimeFormat(vscode.env.language, { style: 'narrow', numeric: 'auto' });
  for (const [unit, length] of units) if (seconds >= length) return format.format(-Math.floor(seconds / length), unit);
  return vscode.l10n.t('now');
}

/** “2 paragraphs, 1 tool call”; empty when nothing is dropped. */
export function dropsText(drops: SeamDrops): string {
  const { t } = vscode.l10n;
  const parts = [
    drops.prompt && (drops.prompt === 1 ? t('1 prompt') : t('{0} prompts', drops.prompt)),
    drops.text && (drops.text === 1 ? t('1 paragraph') : t('{0} paragraphs', drops.text)),
    drops.tool && (drops.tool === 1 ? t('1 tool call') : t('{0} tool calls', drops.tool)),
    drops.thinking && (drops.thinking === 1 ? t('1 thought') : t('{0} thoughts', drops.thinking)),
  ];
  return parts.filter((part) => part !== 0).join(', ');
}
