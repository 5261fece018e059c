import * as vscode from 'vscode';
import { titleOf } from '../core/sessionTitle.ts';
import { shownOf } from '../core/shown.ts';
import { sessionStop } from '../protocol/protocol.ts';
import type { Parts } from './parts.ts';
import { settingOf } from './settings.ts';
import { ask, sayInformation } from './say.ts';

/** What happens to a session whose terminal a person closed: `backstitch.closeTerminal`. It goes on unless somebody wants it stopped. */
export async function onTerminalClosed(parts: Parts, uid: string): Promise<void> {
  const session = parts.sessions.get(uid);
  if (!session?.alive) return;
  const { t } = vscode.l10n;
  const stop = t('Stop Session');
  const show = t('Show Terminal');
  const how = settingOf('closeTerminal');
  let chosen: string | undefined = how === 'stop' ? stop : undefined;
  if (how === 'ask') {
    const keep = t('Keep Running');
    chosen = await ask(t('The terminal of {0} is closed. Shall the agent go on?', titleOf(session)), '', keep, stop);
  } else if (how === 'detach') {
    chosen = await sayInformation(t('{0} goes on without its terminal.', titleOf(session)), show, stop);
  }
  if (chosen === stop) await parts.link.request(sessionStop, { session: uid, shown: shownOf(session) });
  if (chosen === show) parts.terminals.show(parts.sessions.mustGet(uid), { preserveFocus: false });
}
