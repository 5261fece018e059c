import * as vscode from 'vscode';
import { titleOf } from '../core/sessionTitle.ts';
import { needOf, type Need } from '../core/attention.ts';
import { shownOf } from '../core/shown.ts';
import type { SessionSummary } from '../core/view.ts';
import { sessionConfigure, sessionInterrupt, sessionNudge } from '../protocol/protocol.ts';
import { clockText, spanText } from './describeSession.ts';
import type { Parts } from './parts.ts';
import { settingOf } from './settings.ts';
import { sayWarning } from './say.ts';

/** A limit that resets within a day may be waited for from a notification. */
const dayS = 24 * 3_600;

interface Offer {
  label: string;
  act(): Promise<unknown> | unknown;
}

/** Says in a notification when a session stalls, stands at a dialog or at its usage limit, and offers what can be done; once for each time. */
export class WatchNotices implements vscode.Disposable {
  #parts: Parts;
  #subscription: vscode.Disposable;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#subscription = parts.sessions.onDidChange((changes) => {
      for (const { before, after } of changes) {
        const need = after && needOf(after);
        if (!after || !need || (before && nameOf(needOf(before)) === nameOf(need))) continue;
        this.#tell(after, need).catch((error: unknown) => parts.log.warn('a notification could not be shown', error));
      }
    });
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #tell(session: SessionSummary, need: Need): Promise<void> {
    const { t } = vscode.l10n;
    // Permissions have a notification of their own, with answers.
    if (need.is === 'permission' || !settingOf('notifyWhenWaiting') || !this.#parts.tree.inScope.some(({ uid }) => uid === session.uid)) return;
    const shown = shownOf(session);
    const toTerminal: Offer = { label: t('Show Terminal'), act: () => this.#parts.terminals.show(session, { preserveFocus: false }) };
    switch (need.is) {
      case 'question': return this.#offer(t('{0} waits for an answer.', titleOf(session)), [toTerminal]);
      case 'dialog': return this.#offer(t('{0} stands at a dialog of its own: {1}', titleOf(session), plain(need.message)), [toTerminal]);
      case 'limit': return this.#offer(
        need.until === null ? t('{0} has reached its usage limit.', titleOf(session)) : t('{0} has reached its usage limit, which resets at {1}.', titleOf(session), clockText(need.until)),
        [...(need.until === null || session.settings.limit_window_s !== null ? [] : [{ label: t('Go On Then'), act: () => this.#goOnAfterLimit(session) }]), toTerminal]);
      case 'stall': return this.#offer(
        need.escalated === null ? t('{0} has given no sign of life for {1}.', titleOf(session), spanText(need.sinceTs, Date.now())) : t('{0} needs you: {1}', titleOf(session), plain(need.escalated)),
        [{ label: t('Tell It to Go On'), act: () => this.#parts.link.request(sessionNudge, { session: session.uid, shown }) }, { label: t('Interrupt'), act: () => this.#parts.link.request(sessionInterrupt, { session: session.uid, shown }) },
          { label: t('Show'), act: () => this.#parts.panels.show(session, { preserveFocus: false }) }]);
    }
  }

  async #offer(sentence: string, offers: Offer[]): Promise<void> {
    const chosen = await sayWarning(sentence, ...offers.map(({ label }) => label));
    await offers.find(({ label }) => label === chosen)?.act();
  }

  async #goOnAfterLimit(session: SessionSummary): Promise<void> {
    const settings = { limit_window_s: dayS, limit_resumes: 1 };
    this.#parts.sessions.take(await this.#parts.link.request(sessionConfigure, { session: session.uid, settings, from: 'panel' }));
  }
}

/** Two looks at the same trouble have the same name. */
const nameOf = (need: Need | null): string => {
  if (need === null) return '';
  if (need.is === 'stall') return `stall ${need.escalated ?? ''}`;
  return need.is === 'dialog' ? `dialog ${need.message}` : need.is;
};

const plain = (text: string): string => text.replace(/[\p{C}\s]+/gu, ' ').slice(0, 300);
