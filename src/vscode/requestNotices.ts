import * as vscode from 'vscode';
import type { RequestId } from '../core/ids.ts';
import type { PermissionRequest, SessionSummary } from '../core/view.ts';
import { sessionAnswer } from '../protocol/protocol.ts';
import type { Parts } from './parts.ts';
import { settingOf } from './settings.ts';
import { sayInformation, sayWarning } from './say.ts';

/** Asks in a notification when an agent waits for permission and nobody can see it ask, or can any more. The first answer wins, wherever it is given. */
export class RequestNotices implements vscode.Disposable {
  #parts: Parts;
  #told = new Set<RequestId>();
  #subscriptions: vscode.Disposable[];

  constructor(parts: Parts) {
    this.#parts = parts;
    const { sessions, panels } = parts;
    this.#subscriptions = [
      sessions.onDidChange((changes) => {
        for (const { before, after } of changes) if (after && after.pendingRequests > (before?.pendingRequests ?? 0)) this.#consider(after);
      }),
      panels.onDidHide((uid) => this.#consider(sessions.get(uid))),
      vscode.window.onDidChangeActiveTerminal(() => sessions.all.forEach((session) => this.#consider(session))),
      vscode.window.onDidChangeWindowState(() => sessions.all.forEach((session) => this.#consider(session))),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #consider(session: SessionSummary | undefined): void {
    if (!session || session.pendingRequests === 0) return;
    this.#look(session).catch((error: unknown) => this.#parts.log.warn('a permission request could not be shown', error));
  }

  async #look(session: SessionSummary): Promise<void> {
    if (!settingOf('notifyWhenWaiting') || this.#isSeen(session) || !this.#parts.tree.inScope.some(({ uid }) => uid === session.uid)) return;
    const { requests } = await this.#parts.sessions.look(session.uid);
    await Promise.all(requests.map((request) => this.#tell(session, request)));
  }

  #isSeen({ uid }: SessionSummary): boolean {
    const { panels, terminals } = this.#parts;
    return vscode.window.state.focused && (panels.isVisible(uid) || terminals.sessionOf(vscode.window.activeTerminal) === uid);
  }

  async #tell(session: SessionSummary, request: PermissionRequest): Promise<void> {
    if (this.#told.has(request.request)) return;
    this.#told.add(request.request);
    const { t } = vscode.l10n;
    const [allow, deny, show] = [t('Allow'), t('Deny'), t('Show')];
    const offered = new Set(request.isTerminalOnly ? [] : request.options.map(({ option }) => option));
    const buttons = [...(offered.has('allow') ? [allow] : []), ...(offered.has('deny') ? [deny] : []), show];
    const question = request.title.replace(/[\p{C}\s]+/gu, ' ').slice(0, 300);
    const chosen = await sayWarning(t('{0} asks for permission: {1}', session.id, question), ...buttons);
    if (chosen === show) this.#parts.panels.show(this.#parts.sessions.mustGet(session.uid), { preserveFocus: false });
    if (chosen !== allow && chosen !== deny) return;
    const option = chosen === allow ? 'allow' : 'deny';
    const { won } = await this.#parts.link.request(sessionAnswer, { session: session.uid, request: request.request, option, from: 'panel' });
    if (!won) void sayInformation(t('Too late: an answer from here was not waited for any more.'));
  }
}
