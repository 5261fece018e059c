import * as vscode from 'vscode';
import type { SessionUid } from '../core/ids.ts';
import type { SessionSummary } from '../core/view.ts';
import { panelType } from './commandTable.ts';
import { ConversationPanel, type PanelPlace } from './conversationPanel.ts';
import type { SessionList } from './sessionList.ts';
import type { ShownSessions } from './shown.ts';
import { asLine } from './asText.ts';

/** VS Code's name of our panels in its list of tabs. */
const tabType = `mainThreadWebview-${panelType}`;

/** The conversation panels of this window, at most one for each session. */
export class Panels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  #place: PanelPlace;
  #shown: ShownSessions;
  #open = new Map<SessionUid, ConversationPanel>();
  #subscriptions: vscode.Disposable[] = [];
  #hidden = new vscode.EventEmitter<SessionUid>();
  /** A session's conversation has gone out of view. */
  readonly onDidHide = this.#hidden.event;
  #seen = new vscode.EventEmitter<SessionUid>();
  /** A session's conversation has come into view, or got the focus or lost it. */
  readonly onDidShow = this.#seen.event;

  constructor(place: PanelPlace, sessions: SessionList, shown: ShownSessions) {
    this.#place = place;
    this.#shown = shown;
    this.#subscriptions.push(
      vscode.window.registerWebviewPanelSerializer(panelType, this),
      sessions.onDidChange((changes) => {
        for (const { after } of changes) if (after) this.#open.get(after.uid)?.retitle();
      }),
    );
  }

  /** Shows a session's conversation, opened beside an open file and not in front of it. */
  show(session: SessionSummary, options: { preserveFocus: boolean }): ConversationPanel {
    const open = this.#open.get(session.uid);
    if (open) {
      open.reveal(options.preserveFocus);
      return open;
    }
    const viewColumn = vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    const panel = vscode.window.createWebviewPanel(panelType, asLine(this.#place.titleOf(session.uid)), { viewColumn, preserveFocus: options.preserveFocus });
    return this.#adopt(session.uid, panel);
  }

  get(uid: SessionUid): ConversationPanel | undefined {
    return this.#open.get(uid);
  }

  /** The session whose panel has the focus of the editor area. */
  get active(): SessionUid | undefined {
    for (const { uid, panel } of this.#open.values()) if (panel.active) return uid;
    return undefined;
  }

  isVisible(uid: SessionUid): boolean {
    return this.#open.get(uid)?.panel.visible ?? false;
  }

  /** VS Code gives a panel back after a reload, when its tab first comes into view. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const uid = (state as { session?: unknown } | null)?.session;
    if (typeof uid !== 'string' || this.#open.has(uid)) panel.dispose();
    else this.#adopt(uid, panel);
  }

  /**
   * After a killed extension host VS Code keeps the tabs of panels and gives nobody to them: they are closed, and opened anew by the
   * caller. Only for a window that lived on; after a reload the tabs come back by `deserializeWebviewPanel`.
   */
  async closeLeftovers(): Promise<void> {
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs)
      .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType === tabType);
    const adopted = new Set([...this.#open.values()].map(({ panel }) => panel.title));
    const leftovers = tabs.filter(({ label }) => !adopted.has(label));
    if (leftovers.length > 0) await vscode.window.tabGroups.close(leftovers, true);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#hidden.dispose();
    this.#seen.dispose();
  }

  #adopt(uid: SessionUid, panel: vscode.WebviewPanel): ConversationPanel {
    const conversation = new ConversationPanel(uid, panel, this.#place);
    this.#open.set(uid, conversation);
    this.#shown.panelOpened(uid);
    panel.onDidChangeViewState(() => (panel.visible ? this.#seen : this.#hidden).fire(uid));
    panel.onDidDispose(() => {
      this.#open.delete(uid);
      this.#shown.panelClosed(uid);
      this.#hidden.fire(uid);
    });
    this.#seen.fire(uid);
    return conversation;
  }
}
