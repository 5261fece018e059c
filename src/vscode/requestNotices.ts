import * as vscode from 'vscode';
import type { RequestId, SessionUid } from '../core/ids.ts';
import type { PermissionRequest, SessionSummary } from '../core/view.ts';
import { sessionAnswer } from '../protocol/protocol.ts';
import type { Parts } from './parts.ts';
import { askedLine, askerOf } from './requestWords.ts';
import { settingOf } from './settings.ts';
import { sayInformation, sayWarning } from './say.ts';

/**
 * Characters of what is asked for that a notification shows. What is longer is not decided there: it must be seen
 * whole.
 */
const longest = 300;

/**
 * Asks in a notification when an agent waits for permission and no person can see it ask (any more). The first
 * answer wins, wherever it is given.
 */
export class RequestNotices implements vscode.Disposable {
  #parts: Parts;
  #told = new Set<RequestId>();
  #subscriptions: vscode.Disposable[];

  constructor(parts: Parts) {
    this.#parts = parts;
    const { sessions, panels, requests } = parts;
    const considerAll = () => sessions.all.forEach(({ uid }) => this.#consider(uid));
    this.#subscriptions = [
      requests.onDidChange((uid) => this.#consider(uid)),
      panels.onDidHide((uid) => this.#consider(uid)),
      vscode.window.onDidChangeActiveTerminal(considerAll),
      vscode.window.onDidChangeWindowState(considerAll),
    ];
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #consider(uid: SessionUid): void {
    const { sessions, requests, lookedAt, tree, log } = this.#parts;
    const session = sessions.get(uid);
    const asked = requests.of(uid).filter(({ request }) => !this.#told.has(request));
    if (
      !session ||
      asked.length === 0 ||
      !settingOf('notifyWhenWaiting') ||
      lookedAt.isSeen(uid) ||
      !tree.inScope.some((each) => each.uid === uid)
    )
      return;
    for (const request of asked)
      this.#tell(session, request).catch((error: unknown) =>
        log.warn('a permission request could not be shown', error),
      );
  }

  async #tell(session: SessionSummary, request: PermissionRequest): Promise<void> {
    this.#told.add(request.request);
    const { t } = vscode.l10n;
    const [allow, deny, show] = [t('Allow'), t('Deny'), t('Show')];
    const { words, isWhole } = askedLine(request, longest);
    const offered = new Set(request.isTerminalOnly ? [] : request.options.map(({ option }) => option));
    // What is not seen whole is not allowed from here.
    const buttons = [...(offered.has('allow') && isWhole ? [allow] : []), ...(offered.has('deny') ? [deny] : []), show];
    const chosen = await sayWarning(t('{0} asks for permission: {1}', askerOf(session, request), words), ...buttons);
    if (chosen === show) this.#parts.panels.show(this.#parts.sessions.mustGet(session.uid), { preserveFocus: false });
    if (chosen !== allow && chosen !== deny) return;
    const option = chosen === allow ? 'allow' : 'deny';
    const { won } = await this.#parts.link.request(sessionAnswer, {
      session: session.uid,
      request: request.request,
      option,
      from: 'panel',
    });
    if (!won) void sayInformation(t('Too late: an answer from here was not waited for any more.'));
  }
}
