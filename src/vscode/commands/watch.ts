import * as vscode from 'vscode';
import { titleOf } from '../../core/sessionTitle.ts';
import type { SessionSettings } from '../../core/events.ts';
import type { SessionSummary } from '../../core/view.ts';
import { watchPresets } from '../../core/watching.ts';
import { sessionConfigure } from '../../protocol/protocol.ts';
import type { Parts } from '../parts.ts';
import { sessionFor } from './target.ts';
import { asLine } from '../asText.ts';
import { pick } from '../say.ts';

type Choice = vscode.QuickPickItem & { settings?: Partial<SessionSettings> | 'ask' };

/** How long a limit may take to reset that is waited for, once that is wanted. */
const limitWindowS = 24 * 3_600;

/** Asks what shall happen when a session falls silent or reaches its usage limit. */
export async function watchSession(parts: Parts, target: unknown): Promise<void> {
  const session = await sessionFor(parts, target, ({ alive }) => alive);
  if (!session) return;
  const chosen = await pick(choicesFor(session), { title: asLine(vscode.l10n.t('Watch {0}', titleOf(session))), placeHolder: nowText(session.settings) });
  const settings = chosen?.settings === 'ask' ? await askMinutes(session) : chosen?.settings;
  if (!settings) return;
  parts.sessions.take(await parts.link.request(sessionConfigure, { session: session.uid, settings, from: 'panel' }));
}

function choicesFor({ settings }: SessionSummary): Choice[] {
  const { t } = vscode.l10n;
  const separator = (label: string): Choice => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const [impl, plan, gate] = [watchPresets.impl, watchPresets.plan, watchPresets.gate];
  return [
    separator(t('When it falls silent while it works')),
    { label: t('Tell me'), description: t('after {0} min', impl.stall_after_s / 60), settings: { stall_after_s: impl.stall_after_s, max_resumes: 0 } },
    { label: t('Nudge it once, then tell me'), description: t('after {0} min each', impl.stall_after_s / 60), settings: impl },
    { label: t('Nudge it twice, then tell me'), description: t('after {0} min each', plan.stall_after_s / 60), settings: plan },
    { label: t('Tell me late'), description: t('after {0} min', gate.stall_after_s / 60), settings: gate },
    { label: t('Another time…'), settings: 'ask' },
    { label: t('Do not watch it'), settings: { stall_after_s: null, max_resumes: 0 } },
    separator(t('When it reaches its usage limit')),
    settings.limit_window_s === null
      ? { label: t('Go on by itself when the limit resets'), description: t('once, within a day'), settings: { limit_window_s: limitWindowS, limit_resumes: 1 } }
      : { label: t('Wait for me at a usage limit'), settings: { limit_window_s: null } },
  ];
}

async function askMinutes({ settings }: SessionSummary): Promise<Partial<SessionSettings> | undefined> {
  const { t } = vscode.l10n;
  const minutes = (text: string): number => Number(text.replace(',', '.'));
  const given = await vscode.window.showInputBox({
    title: t('Watch'), prompt: t('Minutes of silence that count as a stall'), value: String((settings.stall_after_s ?? 480) / 60),
    validateInput: (text) => minutes(text) > 0 && minutes(text) <= 10_000 ? undefined : t('Give a number of minutes above 0.'),
  });
  return given === undefined ? undefined : { stall_after_s: minutes(given) * 60 };
}

function nowText({ stall_after_s, max_resumes }: SessionSettings): string {
  const { t } = vscode.l10n;
  if (stall_after_s === null) return t('Now: it is not watched');
  const minutes = Math.round(stall_after_s / 6) / 10;
  return max_resumes === 0 ? t('Now: you are told after {0} min of silence', minutes) : t('Now: {0} nudges, each after {1} min of silence', max_resumes, minutes);
}
