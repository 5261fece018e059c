import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import type { OtherHost } from '../client/otherHosts.ts';
import { mainLane, type BranchId, type LaneId } from '../core/ids.ts';
import type { Lane, SeamDrops, SessionSummary } from '../core/view.ts';
import { protocolVersion, sessionBranches } from '../protocol/protocol.ts';
import { ageText, dropsText, stateIcon, stateText } from './describeSession.ts';
import type { HostLink } from './hostLink.ts';
import { otherHostItem, type OtherVersions } from './otherVersions.ts';
import { isOfWorkspace } from './scope.ts';
import type { SessionChange, SessionList } from './sessionList.ts';
import { treeItem } from './say.ts';

export type TreeNode =
  | { is: 'session'; uid: string }
  | { is: 'branch'; uid: string; branch: BranchId; isCurrent: boolean; blocks: number; own: SeamDrops }
  | { is: 'lane'; uid: string; lane: Lane; running: readonly Lane[] }
  | { is: 'ended' }
  | { is: 'other'; host: OtherHost };

/** Sessions that ended by themselves or were stopped; one that went down with its host waits to be resumed and stays above. */
const isOver = (session: SessionSummary): boolean => !session.alive && session.ended !== 'interrupted';
/** Whether a session has rows below it. */
const hasMore = ({ branches, runningLanes }: SessionSummary): boolean => branches > 1 || runningLanes > 0;
const byLastUse = (a: SessionSummary, b: SessionSummary): number => b.lastTs.localeCompare(a.lastTs);
const ageEveryMs = 60_000;
/** A busy agent changes its session many times a second; a tree that people read need not. */
const redrawMs = 150;

/** The Backstitch view: sessions, below each its branches and the subagents at work; last what another version keeps. */
export class SessionTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  #link: HostLink;
  #sessions: SessionList;
  #others: OtherVersions;
  #showAll: boolean;
  #redraw: NodeJS.Timeout | null = null;
  #subscriptions: vscode.Disposable[] = [];
  #changed = new vscode.EventEmitter<TreeNode | undefined>();
  #grown = new Set<string>();
  #grew = new vscode.EventEmitter<string>();
  readonly onDidChangeTreeData = this.#changed.event;
  /** A session got its first rows below it; fires once the tree has been told. VS Code keeps such a row closed by itself. */
  readonly onDidGrow = this.#grew.event;

  constructor(link: HostLink, sessions: SessionList, others: OtherVersions, showAll: boolean) {
    this.#link = link;
    this.#sessions = sessions;
    this.#others = others;
    this.#showAll = showAll;
    const aging = setInterval(() => this.#changed.fire(undefined), ageEveryMs);
    this.#subscriptions.push(sessions.onDidChange((changes) => this.#take(changes)), others.onDidChange(() => this.#changed.fire(undefined)), { dispose: () => clearInterval(aging) });
  }

  get showAll(): boolean {
    return this.#showAll;
  }

  set showAll(all: boolean) {
    this.#showAll = all;
    this.#changed.fire(undefined);
  }

  /** The sessions that this window is about: those of its folders, or all if it is asked to show all. */
  get inScope(): SessionSummary[] {
    const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
    return this.#sessions.all.filter((session) => this.#showAll || isOfWorkspace(session, folders));
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (!node) return this.#top();
    if (node.is === 'ended') return this.inScope.filter(isOver).sort(byLastUse).map(({ uid }) => ({ is: 'session', uid }));
    if (node.is === 'lane') return lanesBelow(node.lane.lane, node.uid, node.running);
    return node.is === 'session' ? this.#below(node.uid) : [];
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    switch (node.is) {
      case 'session': return this.#sessionItem(this.#sessions.mustGet(node.uid));
      case 'branch': return branchItem(node);
      case 'lane': return laneItem(node);
      case 'ended': return treeItem(vscode.l10n.t('Ended'), vscode.TreeItemCollapsibleState.Collapsed, { id: 'ended', contextValue: 'ended' });
      case 'other': return otherHostItem(node.host, protocolVersion);
    }
  }

  getParent(): undefined {
    return undefined;
  }

  dispose(): void {
    if (this.#redraw) clearTimeout(this.#redraw);
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
    this.#grew.dispose();
  }

  #take(changes: SessionChange[]): void {
    // A list that was asked for again, and is as it was: a redraw would take the tooltip from under the pointer.
    if (changes.every(({ before, after }) => isDeepStrictEqual(before, after))) return;
    for (const { before, after } of changes) if (before && after && !hasMore(before) && hasMore(after)) this.#grown.add(after.uid);
    this.#redraw ??= setTimeout(() => {
      this.#redraw = null;
      this.#changed.fire(undefined);
      for (const uid of this.#grown) this.#grew.fire(uid);
      this.#grown.clear();
    }, redrawMs);
  }

  #top(): TreeNode[] {
    const sessions = this.inScope;
    const going = sessions.filter((session) => !isOver(session)).map(({ uid }): TreeNode => ({ is: 'session', uid }));
    return [...going, ...(sessions.some(isOver) ? [{ is: 'ended' } as const] : []), ...this.#others.all.map((host) => ({ is: 'other', host }) as const)];
  }

  async #below(uid: string): Promise<TreeNode[]> {
    const session = this.#sessions.get(uid);
    if (!session) return [];
    const running = session.runningLanes > 0 ? (await this.#sessions.look(uid)).lanes.filter((lane) => lane.parentLane !== null && lane.status === 'running') : [];
    const { current, branches } = await this.#link.request(sessionBranches, { session: uid });
    return [
      ...lanesBelow(mainLane, uid, running),
      ...branches.map(({ branch, blocks, own }): TreeNode => ({ is: 'branch', uid, branch, isCurrent: branch === current, blocks, own })),
    ];
  }

  #sessionItem(session: SessionSummary): vscode.TreeItem {
    const state = stateText(session);
    return treeItem(session.id, hasMore(session) ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None, {
      id: session.uid,
      description: [state, session.agentName, ageText(session.lastTs, Date.now())].join(' · '),
      iconPath: stateIcon(session),
      tooltip: tooltipOf(session, state),
      contextValue: `session ${session.alive ? 'alive' : 'over'} ${session.state.is}${session.branches > 1 ? ' branched' : ''}`,
      accessibilityInformation: { label: vscode.l10n.t('Session {0}, {1}, {2}', session.id, session.agentName, session.problem ?? state) },
      command: { command: 'backstitch.openConversation', title: vscode.l10n.t('Open Conversation'), arguments: [{ is: 'session', uid: session.uid }] },
    });
  }
}

/** Plain text: what an agent or a person typed is never read as Markdown here. */
function tooltipOf(session: SessionSummary, state: string): string {
  const lines = [session.title, `${session.agentName} ${session.agentVersion ?? ''}`.trim(), state, session.cwd];
  if (session.problem !== null) lines.push(session.problem);
  return lines.filter((line) => line !== '').join('\n');
}

function branchItem({ uid, branch, isCurrent, blocks, own }: Extract<TreeNode, { is: 'branch' }>): vscode.TreeItem {
  const steps = blocks === 1 ? vscode.l10n.t('1 step') : vscode.l10n.t('{0} steps', blocks);
  const details = [isCurrent ? vscode.l10n.t('current') : dropsText(own), steps].filter((part) => part !== '').join(' · ');
  return treeItem(branch, vscode.TreeItemCollapsibleState.None, {
    id: `${uid}/branch/${branch}`,
    description: details,
    iconPath: new vscode.ThemeIcon(isCurrent ? 'check' : 'git-branch'),
    contextValue: isCurrent ? 'branch current' : 'branch cut',
    accessibilityInformation: { label: vscode.l10n.t('Branch {0}, {1}', branch, details) },
  });
}

/** The running subagents that a lane started; one whose own parent has ended stands below the session. */
const lanesBelow = (parent: LaneId, uid: string, running: readonly Lane[]): TreeNode[] => {
  const known = new Set(running.map(({ lane }) => lane));
  const parentOf = ({ parentLane }: Lane) => parentLane !== null && known.has(parentLane) ? parentLane : mainLane;
  return running.filter((lane) => parentOf(lane) === parent).map((lane) => ({ is: 'lane', uid, lane, running }));
};

function laneItem({ uid, lane, running }: Extract<TreeNode, { is: 'lane' }>): vscode.TreeItem {
  const details = [lane.agentType, lane.lastTool ?? ''].filter((part) => part !== '').join(' · ');
  const below = running.some(({ parentLane }) => parentLane === lane.lane) ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None;
  return treeItem(lane.description || lane.agentType, below, {
    id: `${uid}/lane/${lane.lane}`,
    description: details,
    iconPath: new vscode.ThemeIcon('loading~spin'),
    contextValue: 'lane',
    accessibilityInformation: { label: vscode.l10n.t('Subagent {0}, {1}, running', lane.description, lane.agentType) },
    command: { command: 'backstitch.openConversation', title: vscode.l10n.t('Show Subagent'), arguments: [{ is: 'lane', uid, lane }] },
  });
}
