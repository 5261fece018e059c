import * as vscode from 'vscode';
import type { SessionUid } from '../core/ids.ts';
import { restrict, sessionCompareFile, workbenchDo } from '../protocol/protocol.ts';
import { humanErrorOf } from '../protocol/failures.ts';
import type { EndedSession } from './endedSession.ts';
import type { HostLink } from './hostLink.ts';
import { PanelBridge, type PanelConnection } from './panelBridge.ts';
import { panelHtml, panelRoots } from './panelHtml.ts';
import { refusalOf } from './trust.ts';
import { workbenchRequests } from './workbenchRequests.ts';
import { asLine } from './asText.ts';

/** What a command can make a panel do. */
export type PanelDoing = NonNullable<(typeof workbenchDo)['_']>[0];

export interface PanelPlace {
  extension: vscode.Uri;
  link: HostLink;
  titleOf(uid: SessionUid): string;
  cwdOf(uid: SessionUid): string;
  focusTerminal(uid: SessionUid): void;
  endedOf(uid: SessionUid): EndedSession;
  /** Something went wrong inside a panel; for the log. */
  report(message: string): void;
}

/** One session's conversation in the editor area. Its webview lives only while it is visible, and its connection with it. */
export class ConversationPanel {
  readonly uid: SessionUid;
  readonly panel: vscode.WebviewPanel;
  #place: PanelPlace;
  #bridge: PanelBridge;
  /** Whether the page has started; what is to be done before that waits. */
  #isReady = false;
  #waiting: PanelDoing[] = [];

  /** Takes over a panel that VS Code made or gave back; its former content is replaced. */
  constructor(uid: SessionUid, panel: vscode.WebviewPanel, place: PanelPlace) {
    this.uid = uid;
    this.panel = panel;
    this.#place = place;
    this.#bridge = new PanelBridge({
      post: (message) => void panel.webview.postMessage(message),
      connect: () => openPanelConnection(place.link, uid),
      refusal: refusalOf,
      workbench: workbenchRequests({
        session: uid,
        cwd: () => place.cwdOf(uid),
        focusTerminal: () => place.focusTerminal(uid),
        ended: place.endedOf(uid),
        isActive: () => panel.active,
        compare: (checkpoint, path) => place.link.request(sessionCompareFile, { session: uid, checkpoint, path }),
        report: (message) => place.report(message),
        // Not before the answer is on its way.
        ready: () => void setImmediate(() => this.#becomeReady()),
      }),
    });
    panel.webview.options = { enableScripts: true, localResourceRoots: panelRoots(place.extension) };
    panel.webview.onDidReceiveMessage((message: unknown) => this.#bridge.receive(message));
    panel.onDidChangeViewState(() => { if (!panel.visible) this.#suspend(); });
    panel.onDidDispose(() => this.#suspend());
    panel.iconPath = {
      light: vscode.Uri.joinPath(place.extension, 'media', 'conversation-light.svg'),
      dark: vscode.Uri.joinPath(place.extension, 'media', 'conversation-dark.svg'),
    };
    this.retitle();
    panel.webview.html = panelHtml(panel.webview, place.extension, panel.title);
  }

  retitle(): void {
    const title = asLine(this.#place.titleOf(this.uid));
    if (this.panel.title !== title) this.panel.title = title;
  }

  /** In front and with the focus, also when it lay behind another tab. */
  reveal(preserveFocus: boolean): void {
    this.panel.reveal(undefined, preserveFocus);
  }

  do(doing: PanelDoing): void {
    if (this.#isReady) this.#bridge.tell(workbenchDo.method, doing);
    else this.#waiting.push(doing);
  }

  #becomeReady(): void {
    this.#isReady = true;
    for (const doing of this.#waiting.splice(0)) this.do(doing);
  }

  #suspend(): void {
    this.#isReady = false;
    this.#bridge.suspend();
  }
}

async function openPanelConnection(link: HostLink, uid: SessionUid): Promise<PanelConnection> {
  const host = await link.openAnother('panel');
  try {
    await host.connection.sendRequest(restrict, { session: uid });
    return host;
  } catch (error) {
    host.dispose();
    const failure = humanErrorOf(error);
    throw (failure.code === 'no-such-session' ? await link.whereElse(uid) : null) ?? failure;
  }
}
