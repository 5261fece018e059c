import * as vscode from 'vscode';
import { isWorking, needOf } from '../core/attention.ts';
import { asText } from './asText.ts';
import { commandId, viewId } from './commandTable.ts';
import type { HostLink } from './hostLink.ts';
import type { SessionList } from './sessionList.ts';
import type { SessionTree } from './sessionTree.ts';

/** Sessions that the tooltip names with what they want. */
const mostNamed = 5;

/**
 * How many sessions work and wait, in the status bar and on the view's badge; a click goes to what waits, else to the
 * view.
 */
export class StatusBar implements vscode.Disposable {
  #link: HostLink;
  #tree: SessionTree;
  #view: { badge?: vscode.ViewBadge | undefined };
  #item = vscode.window.createStatusBarItem('status', vscode.StatusBarAlignment.Left, 0);
  #subscriptions: vscode.Disposable[];

  constructor(link: HostLink, sessions: SessionList, tree: SessionTree, view: { badge?: vscode.ViewBadge | undefined }) {
    this.#link = link;
    this.#tree = tree;
    this.#view = view;
    this.#item.name = 'Backstitch';
    this.#subscriptions = [
      this.#item,
      ...[sessions.onDidChange, tree.onDidChangeWaiting, link.onDidChangeState].map((changed) => changed(() => this.update())),
    ];
  }

  update(): void {
    const { t } = vscode.l10n;
    const alive = this.#tree.inScope.filter((session) => session.alive);
    const needing = alive.filter((session) => needOf(session) !== null);
    const waiting = needing.length;
    this.#item.command = waiting > 0 ? commandId('showWaiting') : `${viewId}.focus`;
    const busy = alive.filter(isWorking).length;
    this.#view.badge = waiting === 0 ? undefined
      : { value: waiting, tooltip: waiting === 1 ? t('1 session waits for you') : t('{0} sessions wait for you', waiting) };
    if (this.#link.state.is === 'lost') return this.#show(`$(debug-disconnect) ${t('Backstitch: connecting again …')}`, this.#link.state.why, false);
    if (alive.length === 0) return this.#item.hide();
    const counts = [
      waiting > 0 ? `$(bell-dot) ${t('{0} waiting', waiting)}` : '',
      busy > 0 ? `$(loading~spin) ${t('{0} working', busy)}` : '',
    ].filter((part) => part !== '');
    const text = counts.length > 0 ? counts.join('  ') : `$(history) ${t('{0} idle', alive.length)}`;
    const sums = t('Backstitch: {0} running, {1} working, {2} waiting for you', alive.length, busy, waiting);
    const named = needing.slice(0, mostNamed).map((session) => this.#tree.needLine(session));
    this.#show(text, [sums, ...named].join('\n'), waiting > 0);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #show(text: string, tooltip: string, isWarning: boolean): void {
    this.#item.text = text;
    this.#item.tooltip = asText(tooltip);
    this.#item.accessibilityInformation = { label: tooltip };
    this.#item.backgroundColor = isWarning ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.#item.show();
  }
}
