import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { orderOf, type SessionOrder, type Standing } from '../core/attention.ts';
import { mainLane } from '../core/ids.ts';
import { titleOf } from '../core/sessionTitle.ts';
import type { SessionSummary } from '../core/view.ts';
import { protocolVersion, sessionBranches } from '../protocol/protocol.ts';
import { stateText } from './describeSession.ts';
import type { HostLink } from './hostLink.ts';
import type { OpenRequests } from './openRequests.ts';
import { otherHostItem, type OtherVersions } from './otherVersions.ts';
import { rememberedItem, type RememberedRows } from './rememberedRows.ts';
import { askedLine, askerOf } from './requestWords.ts';
import { isOfWorkspace } from './scope.ts';
import type { SessionChange, SessionList } from './sessionList.ts';
import { treeItem } from './say.ts';
import {
  branchItem,
  hasMore,
  laneItem,
  lanesBelow,
  sessionItem,
  type BranchNode,
  type LaneNode,
  type TreeNode,
} from './treeRows.ts';

const byLastUse = (a: SessionSummary, b: SessionSummary): number => b.lastTs.localeCompare(a.lastTs);
const ageEveryMs = 60_000;
/** A busy agent changes its session many times a second; a tree that people read need not. */
const redrawMs = 150;
/** After a row was selected: rows do not change places under a pointer that has just been used. */
const restMs = 1_500;
/** Characters of what a session asks for in a line that names it. */
const longestLine = 120;

export interface TreeParts {
  link: HostLink;
  sessions: SessionList;
  others: OtherVersions;
  remembered: RememberedRows;
  /** Built after the tree, since what they look at is. */
  standingOf(session: SessionSummary): Standing;
  requestsOf(uid: string): ReturnType<OpenRequests['of']>;
  /** Rows that a person has selected: they do not go down while they are. */
  selected(): readonly TreeNode[];
}

/** The rows below a session, and of which state of it they are. */
interface Below {
  key: string;
  rows: Promise<(LaneNode | BranchNode)[]>;
}

/**
 * The Backstitch view: sessions in the order in which a person should look at them, below each its branches and the
 * subagents at work; last what
 * another version keeps. A change of one session redraws its row alone, unless rows change places.
 */
export class SessionTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  #parts: TreeParts;
  #showAll: boolean;
  #order: SessionOrder;
  #nodes = new Map<string, TreeNode>();
  #below = new Map<string, Below>();
  #redraw: NodeJS.Timeout | null = null;
  #stale = new Set<string>();
  #restUntilMs = 0;
  #subscriptions: vscode.Disposable[] = [];
  #changed = new vscode.EventEmitter<TreeNode[] | undefined>();
  #grown = new Set<string>();
  #grew = new vscode.EventEmitter<string>();
  readonly onDidChangeTreeData = this.#changed.event;
  /**
   * A session got its first rows below it; fires once the tree has been told. VS Code keeps such a row closed by
   * itself.
   */
  readonly onDidGrow = this.#grew.event;
  #empty = new vscode.EventEmitter<boolean>();
  /** Whether it is known that there is nothing to show: only then does the view say so. */
  readonly onDidEmpty = this.#empty.event;
  #waiting = new vscode.EventEmitter<void>();
  /** What a session in the view wants of a person is another, though the session's facts are the same. */
  readonly onDidChangeWaiting = this.#waiting.event;

  constructor(parts: TreeParts, showAll: boolean) {
    this.#parts = parts;
    this.#showAll = showAll;
    this.#order = { uids: parts.remembered.before.map(({ uid }) => uid), standings: new Map() };
    const { sessions, others } = parts;
    const aging = setInterval(() => this.#changed.fire(undefined), ageEveryMs);
    this.#subscriptions.push(
      sessions.onDidChange((changes) => this.#take(changes)),
      sessions.onDidList(() => this.#changed.fire(undefined)),
      others.onDidChange(() => this.#changed.fire(undefined)),
      { dispose: () => clearInterval(aging) },
    );
  }

  get showAll(): boolean {
    return this.#showAll;
  }

  set showAll(all: boolean) {
    this.#showAll = all;
    this.#changed.fire(undefined);
  }

  /**
   * The sessions that this window is about: those of its folders, or all if it is asked to show all; in the order of
   * the view.
   */
  get inScope(): SessionSummary[] {
    const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
    const found = new Map(
      this.#parts.sessions.all
        .filter((session) => this.#showAll || isOfWorkspace(session, folders))
        .map((session) => [session.uid, session]),
    );
    return this.#orderOf([...found.values()]).uids.flatMap((uid) => found.get(uid) ?? []);
  }

  /** Rows may change places again, also among sessions of one standing: the view was out of sight. */
  arrange(): void {
    this.#order = { uids: [], standings: new Map() };
    this.#changed.fire(undefined);
  }

  /** What a session's row shows has changed outside the session. */
  noteChange(uids: readonly string[]): void {
    for (const uid of uids) this.#stale.add(uid);
    this.#redrawSoon();
    this.#waiting.fire();
  }

  /** A person has just selected a row. */
  noteSelection(): void {
    this.#restUntilMs = Date.now() + restMs;
    this.#redrawSoon();
  }

  /** What a session wants of a person, in a line: what it asks leave for, else its state. */
  needLine(session: SessionSummary): string {
    const [request] = this.#parts.requestsOf(session.uid);
    return request
      ? `${askerOf(session, request)}: ${askedLine(request, longestLine).words}`
      : `${titleOf(session)}: ${stateText(session)}`;
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (!node) return this.#top();
    if (node.is === 'ended')
      return this.inScope
        .filter((session) => this.#isOver(session))
        .sort(byLastUse)
        .map(({ uid }) => this.#node(uid));
    if (node.is === 'lane') return lanesBelow(node.lane.lane, node);
    return node.is === 'session' ? this.#rowsBelow(node.uid) : [];
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    switch (node.is) {
      case 'session': {
        const session = this.#parts.sessions.mustGet(node.uid);
        return sessionItem(session, this.#parts.standingOf(session), this.#parts.requestsOf(node.uid));
      }
      case 'remembered':
        return rememberedItem(node.row);
      case 'branch':
        return branchItem(node);
      case 'lane':
        return laneItem(node);
      case 'ended':
        return treeItem(vscode.l10n.t('Ended'), vscode.TreeItemCollapsibleState.Collapsed, {
          id: 'ended',
          contextValue: 'ended',
        });
      case 'other':
        return otherHostItem(node.host, protocolVersion);
    }
  }

  getParent(): undefined {
    return undefined;
  }

  dispose(): void {
    if (this.#redraw) clearTimeout(this.#redraw);
    for (const subscription of this.#subscriptions) subscription.dispose();
    for (const emitter of [this.#changed, this.#grew, this.#empty, this.#waiting]) emitter.dispose();
  }

  #take(changes: SessionChange[]): void {
    // A list that was asked for again, and is as it was: a redraw would take the tooltip from under the pointer.
    const real = changes.filter(({ before, after }) => !isDeepStrictEqual(before, after));
    for (const { before, after } of real) {
      const uid = (after ?? before)!.uid;
      this.#stale.add(uid);
      if (before && after && !hasMore(before) && hasMore(after)) this.#grown.add(uid);
      if (after === null) for (const kept of [this.#nodes, this.#below]) kept.delete(uid);
    }
    if (real.length > 0) this.#redrawSoon();
  }

  #redrawSoon(inMs = redrawMs): void {
    this.#redraw ??= setTimeout(() => {
      this.#redraw = null;
      this.#show();
      for (const uid of this.#grown) this.#grew.fire(uid);
      this.#grown.clear();
    }, inMs);
  }

  /** Redraws the rows that have changed; all of them only where some change places, come or go. */
  #show(): void {
    const before = this.#order;
    const nodes = [...this.#stale].flatMap((uid) => this.#nodes.get(uid) ?? []);
    this.#stale.clear();
    const now = this.#orderOf(this.inScope);
    const isMoved =
      !isDeepStrictEqual(before.uids, now.uids) ||
      now.uids.some((uid) => (before.standings.get(uid) === 'over') !== (now.standings.get(uid) === 'over'));
    const leftMs = this.#restUntilMs - Date.now();
    if (isMoved && leftMs <= 0) return this.#changed.fire(undefined);
    if (isMoved) this.#redrawSoon(leftMs);
    else this.#order = now;
    if (nodes.length > 0) this.#changed.fire(nodes);
  }

  /** The order of the view as it would be drawn now. */
  #orderOf(sessions: readonly SessionSummary[]): SessionOrder {
    const selected = new Set(this.#parts.selected().flatMap((node) => (node.is === 'session' ? [node.uid] : [])));
    // A person who stops a session is done with it, and finds it in the group of those that are over.
    const held = new Set(
      sessions
        .filter(({ uid, alive, ended }) => selected.has(uid) && (alive || ended !== 'stopped'))
        .map(({ uid }) => uid),
    );
    return orderOf(sessions, (session) => this.#parts.standingOf(session), this.#order, held);
  }

  /** It stands in the group of those that are over. */
  #isOver({ uid }: SessionSummary): boolean {
    return this.#order.standings.get(uid) === 'over';
  }

  async #top(): Promise<TreeNode[]> {
    const { sessions, remembered, others } = this.#parts;
    if (!sessions.isListed) {
      const { before } = remembered;
      if (before.length > 0) return before.map((row) => ({ is: 'remembered', row }));
      await sessions.firstListing; // VS Code shows that it waits
    }
    const shown = this.inScope;
    this.#order = this.#orderOf(shown);
    const going = shown.filter((session) => !this.#isOver(session));
    if (sessions.isListed) remembered.keep(going);
    this.#empty.fire(shown.length === 0 && others.all.length === 0);
    return [
      ...going.map(({ uid }) => this.#node(uid)),
      ...(going.length < shown.length ? [{ is: 'ended' } as const] : []),
      ...others.all.map((host) => ({ is: 'other', host }) as const),
    ];
  }

  /** VS Code knows a row by its object. */
  #node(uid: string): TreeNode {
    const node = this.#nodes.get(uid) ?? { is: 'session', uid };
    this.#nodes.set(uid, node);
    return node;
  }

  /** Asked of the host once for each state of the session that shows in them. */
  #rowsBelow(uid: string): Promise<TreeNode[]> {
    const session = this.#parts.sessions.get(uid);
    if (!session || !hasMore(session)) return Promise.resolve([]);
    const { branch, branches, blocks, runningLanes, pendingRequests, lastSeq } = session;
    const key = [branch, branches, blocks, runningLanes, pendingRequests, runningLanes > 0 ? lastSeq : ''].join(' ');
    const known = this.#below.get(uid);
    if (known?.key === key) return known.rows;
    const rows = this.#askBelow(session);
    this.#below.set(uid, { key, rows });
    rows.catch(() => this.#below.delete(uid)); // asked again with the next change
    return rows;
  }

  async #askBelow({ uid, runningLanes }: SessionSummary): Promise<(LaneNode | BranchNode)[]> {
    const { link, sessions } = this.#parts;
    const looked = runningLanes > 0 ? await sessions.look(uid) : null;
    const running = (looked?.lanes ?? []).filter((lane) => lane.parentLane !== null && lane.status === 'running');
    const asking = (looked?.requests ?? []).map(({ lane }) => lane);
    const { current, branches } = await link.request(sessionBranches, { session: uid });
    return [
      ...lanesBelow(mainLane, { uid, running, asking }),
      ...branches.map(({ branch, blocks, own }): BranchNode => ({
        is: 'branch',
        uid,
        branch,
        isCurrent: branch === current,
        blocks,
        own,
      })),
    ];
  }
}
