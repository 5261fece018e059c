import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import type { OtherHost } from '../client/otherHosts.ts';
import type { HostLink } from './hostLink.ts';
import { treeItem } from './say.ts';

/** Session hosts of another version of Backstitch that keep sessions: after an update the older one goes on until they end. Known as of the last look. */
export class OtherVersions implements vscode.Disposable {
  #link: HostLink;
  #known: readonly OtherHost[] = [];
  #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;

  constructor(link: HostLink) {
    this.#link = link;
  }

  /** Those that keep sessions, or do not say what they keep. */
  get all(): readonly OtherHost[] {
    return this.#known;
  }

  /** Asks them. @returns whether one that was known has gone, and has let go of what it kept */
  async look(): Promise<boolean> {
    const found = (await this.#link.others()).filter(({ sessions }) => sessions === null || sessions.length > 0);
    // What is known now: another look may have come first.
    const before = this.#known;
    this.#known = found;
    if (!isDeepStrictEqual(before, this.#known)) this.#changed.fire(); // a redraw takes the tooltip from under the pointer
    return before.some(({ pid }) => this.#known.every((host) => host.pid !== pid));
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

const endCommand = (pid: number): string => (process.platform === 'win32' ? `taskkill /PID ${pid} /F` : `kill ${pid}`);

/** The row of one of them: what it keeps, and in the tooltip what can be done about it. */
export function otherHostItem({ protocol, pid, sessions }: OtherHost, ownProtocol: number): vscode.TreeItem {
  const isOlder = protocol < ownProtocol;
  const label = sessions === null ? (isOlder ? vscode.l10n.t('Sessions in an older Backstitch') : vscode.l10n.t('Sessions in a newer Backstitch'))
    : sessions.length === 1 ? (isOlder ? vscode.l10n.t('1 session in an older Backstitch') : vscode.l10n.t('1 session in a newer Backstitch'))
      : isOlder ? vscode.l10n.t('{0} sessions in an older Backstitch', sessions.length) : vscode.l10n.t('{0} sessions in a newer Backstitch', sessions.length);
  const process = vscode.l10n.t('process {0}', pid);
  return treeItem(label, vscode.TreeItemCollapsibleState.None, {
    id: `other/${protocol}/${pid}`,
    description: process,
    iconPath: new vscode.ThemeIcon('versions'),
    tooltip: [
      ...(sessions ?? []).map(({ id, agent, cwd }) => `${id} · ${agent} · ${cwd}`),
      vscode.l10n.t('Only that version can show and drive them. Its session host ends by itself once they have ended; “{0}” ends it at once, with their agents. After that they are listed here and can be resumed.', endCommand(pid)),
    ].join('\n'),
    contextValue: 'other',
    accessibilityInformation: { label: `${label}, ${process}` },
  });
}
