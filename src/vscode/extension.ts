import path from 'node:path';
import * as vscode from 'vscode';
import { asProse } from '../core/errors.ts';
import type { SessionUid } from '../core/ids.ts';
import { titleOf } from '../core/sessionTitle.ts';
import { AnswerContexts } from './answerContexts.ts';
import { onTerminalClosed } from './closedTerminals.ts';
import { commandId, commandNames, startingViewId, viewId, type CommandHandlers } from './commandTable.ts';
import { goBackToBranch } from './commands/branches.ts';
import { answerRequest, showWaiting } from './commands/answer.ts';
import { copyDiagnostics, showHostLog } from './commands/diagnostics.ts';
import { newSession } from './commands/newSession.ts';
import { rewindToSeam } from './commands/rewind.ts';
import {
  focusTerminal, inPanel, interrupt, openConversation, removeSession, renameSession, resumeSession, stopSession,
} from './commands/sessions.ts';
import { undoRewind } from './commands/undo.ts';
import { watchSession } from './commands/watch.ts';
import { DiffDocuments, diffScheme } from './diffDocuments.ts';
import { endedSession } from './endedSession.ts';
import { HostLink } from './hostLink.ts';
import { LookedAt } from './lookedAt.ts';
import { OpenRequests } from './openRequests.ts';
import { OtherVersions } from './otherVersions.ts';
import { Panels } from './panels.ts';
import type { Parts } from './parts.ts';
import { installInPath, offerInTerminals } from './pathCommand.ts';
import { RememberedRows } from './rememberedRows.ts';
import { RequestNotices } from './requestNotices.ts';
import { restoreShown } from './restore.ts';
import { SessionList } from './sessionList.ts';
import { SessionTree } from './sessionTree.ts';
import { ShownSessions } from './shown.ts';
import { StatusBar } from './statusBar.ts';
import { Terminals } from './terminals.ts';
import type { TreeNode } from './treeRows.ts';
import { Unfolding } from './unfolding.ts';
import { WatchNotices } from './watchNotices.ts';
import { sayError } from './say.ts';

const showAllKey = 'backstitch.showAll';

/** Builds the extension and hands its parts to each other. Nothing here waits: the session host is asked after VS Code has gone on. */
export function activate(context: vscode.ExtensionContext): void {
  const shown = new ShownSessions(context.workspaceState, vscode.env.sessionId);
  const before = shown.before();
  const link: HostLink = new HostLink(hostOptions(context), () => sessions.all.some(({ alive }) => alive));
  const sessions = new SessionList(link);
  const others = new OtherVersions(link);
  const remembered = new RememberedRows(context.workspaceState);
  // The view gets its data before anything else is made.
  const tree: SessionTree = new SessionTree({
    link, sessions, others, remembered,
    standingOf: (session) => lookedAt.standingOf(session), requestsOf: (uid) => requests.of(uid), selected: () => view.selection,
  }, context.workspaceState.get(showAllKey, false));
  const view: vscode.TreeView<TreeNode> = vscode.window.createTreeView(viewId, { treeDataProvider: tree });
  const starting = vscode.window.registerWebviewViewProvider(startingViewId, { resolveWebviewView: () => undefined });
  setContext('backstitch.ready', true);
  const log = vscode.window.createOutputChannel('Backstitch', { log: true });
  const terminals = new Terminals(link, sessions, shown);
  const panels = new Panels({
    extension: context.extensionUri,
    link,
    titleOf: (uid) => titleIn(sessions, uid),
    cwdOf: (uid) => sessions.mustGet(uid).cwd,
    focusTerminal: (uid) => void terminals.show(sessions.mustGet(uid), { preserveFocus: false }),
    endedOf: (uid) => endedSession(parts, uid),
    report: (message) => log.error(`in a panel: ${message}`),
  }, sessions, shown);
  const lookedAt: LookedAt = new LookedAt(context.globalState, { sessions, panels, terminals });
  const requests: OpenRequests = new OpenRequests(sessions, (error) => log.warn('what a session asks for could not be read', error));
  const parts: Parts = { context, link, sessions, terminals, panels, requests, lookedAt, tree, view, log };
  const diffs = new DiffDocuments(link);
  const statusBar = new StatusBar(link, sessions, tree, view);

  context.subscriptions.push(
    log, link, sessions, others, remembered, tree, view, terminals, panels, lookedAt, requests, statusBar, starting,
    new RequestNotices(parts), new WatchNotices(parts), new AnswerContexts(parts), new Unfolding(view, tree),
    requests.onDidChange((uid) => tree.noteChange([uid])), lookedAt.onDidChange((uids) => tree.noteChange(uids)),
    view.onDidChangeSelection(() => tree.noteSelection()), tree.onDidEmpty((isEmpty) => setContext('backstitch.empty', isEmpty)),
    diffs, vscode.workspace.registerTextDocumentContentProvider(diffScheme, diffs),
    ...registerCommands(parts, handlersOf(parts, statusBar)),
    view.onDidChangeVisibility(({ visible }) => { if (visible) inBackground(parts, () => refresh(sessions, others)); else tree.arrange(); }),
    terminals.onDidCloseByUser((uid) => inBackground(parts, () => onTerminalClosed(parts, uid))),
  );
  setShowAllContext(tree);
  setTimeout(() => {
    inBackground(parts, async () => (await import('../client/nativePart.ts')).checkNativePart(context.extensionPath));
    inBackground(parts, () => showAgain(parts, others, before));
  }, 0);
}

/** What a reload has taken away, and what the view shows. */
async function showAgain(parts: Parts, others: OtherVersions, before: ReturnType<ShownSessions['before']>): Promise<void> {
  const { context, view, link, sessions } = parts;
  await restoreShown(parts, before, vscode.env.sessionId);
  await (view.visible ? refresh(sessions, others) : link.look());
  await offerInTerminals(context);
}

/** What the view shows, asked for anew: when it comes into view, never while nobody looks. */
async function refresh(sessions: SessionList, others: OtherVersions): Promise<void> {
  await sessions.loaded();
  if (await others.look()) await sessions.again();
}

/** Agents live in the session host: there is nothing to end here. The view has no data until the next life of the extension. */
export function deactivate(): void {
  for (const key of ['backstitch.ready', 'backstitch.empty']) setContext(key, false);
}

const hostOptions = (context: vscode.ExtensionContext) => ({
  env: process.env,
  hostScript: path.join(context.extensionPath, 'dist', 'host.mjs'),
  execPath: process.execPath,
  client: 'vscode',
  build: typeof BACKSTITCH_BUILD === 'undefined' ? 'source' : BACKSTITCH_BUILD,
});

function handlersOf(parts: Parts, statusBar: StatusBar): CommandHandlers {
  const showAll = async (all: boolean) => {
    parts.tree.showAll = all;
    setShowAllContext(parts.tree);
    statusBar.update();
    await parts.context.workspaceState.update(showAllKey, all);
  };
  return {
    newSession: () => newSession(parts),
    openConversation: (target) => openConversation(parts, target),
    focusTerminal: (target) => focusTerminal(parts, target),
    rewindToSeam: (target) => rewindToSeam(parts, target),
    goBackToBranch: (target) => goBackToBranch(parts, target),
    undoRewind: (target) => undoRewind(parts, target),
    interrupt: (target) => interrupt(parts, target),
    watchSession: (target) => watchSession(parts, target),
    stopSession: (target) => stopSession(parts, target),
    resumeSession: (target) => resumeSession(parts, target),
    renameSession: (target) => renameSession(parts, target),
    removeSession: (target) => removeSession(parts, target),
    showAllSessions: () => showAll(true),
    showWorkspaceSessions: () => showAll(false),
    showWaiting: () => showWaiting(parts),
    allow: () => answerRequest(parts, 'allow'),
    allowAlways: () => answerRequest(parts, 'allow_always'),
    deny: () => answerRequest(parts, 'deny'),
    denyAndSayWhy: () => answerRequest(parts, 'why'),
    focusComposer: () => inPanel(parts, 'focusComposer'),
    nextSeam: () => inPanel(parts, 'nextSeam'),
    previousSeam: () => inPanel(parts, 'previousSeam'),
    toggleSubagents: () => inPanel(parts, 'toggleSubagents'),
    installInPath: () => installInPath(parts.context),
    showHostLog: () => showHostLog(parts),
    copyDiagnostics: () => copyDiagnostics(parts),
    manageTrust: async () => { await vscode.commands.executeCommand('workbench.trust.manage'); },
  };
}

const registerCommands = (parts: Parts, handlers: CommandHandlers): vscode.Disposable[] =>
  commandNames.map((name) => vscode.commands.registerCommand(commandId(name), async (target: unknown) => {
    try {
      await handlers[name](target);
    } catch (error) {
      tell(parts, error);
    }
  }));

function inBackground(parts: Parts, work: () => Promise<unknown>): void {
  work().catch((error: unknown) => tell(parts, error));
}

/** The edge where failures become sentences: what a person must act on as it is, a mistake of ours with the way to its details. */
function tell(parts: Parts, error: unknown): void {
  parts.log.error(error instanceof Error ? error : String(error));
  const details = vscode.l10n.t('Show Log');
  void sayError(asProse(error instanceof Error ? error.message : String(error)), details).then((chosen) => {
    if (chosen === details) parts.log.show();
  });
}

/** Characters of a tab's title; VS Code makes a tab as wide as that needs. */
const longestTab = 48;

/** What a panel's tab is called; until the host has told its sessions, nothing is known of it. */
function titleIn(sessions: SessionList, uid: SessionUid): string {
  const session = sessions.get(uid);
  const title = session ? titleOf(session) : vscode.l10n.t('Conversation');
  return title.length <= longestTab ? title : `${title.slice(0, longestTab - 1).trimEnd()}…`;
}

const setContext = (key: string, value: boolean): void => void vscode.commands.executeCommand('setContext', key, value);

const setShowAllContext = (tree: SessionTree): void => setContext(showAllKey, tree.showAll);
