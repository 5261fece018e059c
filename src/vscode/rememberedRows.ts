import * as vscode from 'vscode';
import { titleOf } from '../core/sessionTitle.ts';
import type { SessionSummary } from '../core/view.ts';
import { treeItem } from './say.ts';
import { folderOf } from './windowPlace.ts';

/** A row as it stood in the view last. */
export interface RememberedRow {
  uid: string;
  title: string;
  description: string;
}

const key = 'backstitch.rows';
const most = 50;
/** Rows change with every session that begins; what is written need not keep up. */
const writeMs = 2_000;

/**
 * The rows of the view as they were, so that a window that has just been opened shows them until the session host has
 * told its own.
 */
export class RememberedRows implements vscode.Disposable {
  #memento: vscode.Memento;
  #now: RememberedRow[] | null = null;
  #writing: NodeJS.Timeout | null = null;
  #isFresh = true;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  get before(): readonly RememberedRow[] {
    return this.#memento.get<RememberedRow[]>(key) ?? [];
  }

  /** Those that are shown now, in their order. */
  keep(sessions: readonly SessionSummary[]): void {
    this.#now = sessions.slice(0, most).map((session) => ({
      uid: session.uid,
      title: titleOf(session),
      description: [folderOf(session), session.agentName].filter((part) => part !== '').join(' · '),
    }));
    // The first time at once: the window may be gone soon.
    if (this.#isFresh) this.#write();
    else this.#writing ??= setTimeout(() => this.#write(), writeMs);
  }

  dispose(): void {
    if (this.#writing) clearTimeout(this.#writing);
    this.#write();
  }

  #write(): void {
    this.#writing = null;
    this.#isFresh = false;
    if (this.#now && JSON.stringify(this.#now) !== JSON.stringify(this.before))
      void this.#memento.update(key, this.#now);
  }
}

/** What can be done with such a row waits for the host; a click opens the conversation once it is there. */
export const rememberedItem = ({ uid, title, description }: RememberedRow): vscode.TreeItem =>
  treeItem(title, vscode.TreeItemCollapsibleState.None, {
    id: uid,
    description,
    iconPath: new vscode.ThemeIcon('circle-outline'),
    contextValue: 'remembered',
    accessibilityInformation: { label: vscode.l10n.t('Session {0}, as it was before', title) },
    command: {
      command: 'backstitch.openConversation',
      title: vscode.l10n.t('Open Conversation'),
      arguments: [{ is: 'session', uid }],
    },
  });
