import * as vscode from 'vscode';
import type { OtherHost } from '../client/otherHosts.ts';
import type { Standing } from '../core/attention.ts';
import { mainLane, type BranchId, type LaneId } from '../core/ids.ts';
import { matterLine } from '../core/requestMatter.ts';
import { titleOf } from '../core/sessionTitle.ts';
import type { Lane, PermissionRequest, SeamDrops, SessionSummary } from '../core/view.ts';
import { ageText, dropsText, standingIcon, standingText } from './describeSession.ts';
import type { RememberedRow } from './rememberedRows.ts';
import { treeItem } from './say.ts';
import { folderOf } from './windowPlace.ts';

export interface LaneNode {
  is: 'lane';
  uid: string;
  lane: Lane;
  running: readonly Lane[];
  /** Lanes that ask for leave. */
  asking: readonly LaneId[];
}

export interface BranchNode {
  is: 'branch';
  uid: string;
  branch: BranchId;
  isCurrent: boolean;
  blocks: number;
  own: SeamDrops;
}

/** A row of the Backstitch view. */
export type TreeNode =
  | { is: 'session'; uid: string }
  | { is: 'remembered'; row: RememberedRow }
  | BranchNode
  | LaneNode
  | { is: 'ended' }
  | { is: 'other'; host: OtherHost };

/** Whether a session has rows below it. */
export const hasMore = ({ branches, runningLanes }: SessionSummary): boolean => branches > 1 || runningLanes > 0;

/** A session's row: what it is called, its state in words, its folder where that is not this window's, its agent. */
export function sessionItem(
  session: SessionSummary,
  standing: Standing,
  requests: readonly PermissionRequest[],
): vscode.TreeItem {
  const title = titleOf(session);
  const state = standingText(session, standing);
  const folder = folderOf(session);
  const details = [
    state,
    folder,
    session.agentName === title ? '' : session.agentName,
    ageText(session.lastTs, Date.now()),
  ];
  return treeItem(
    title,
    hasMore(session) ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None,
    {
      id: session.uid,
      description: details.filter((part) => part !== '').join(' · '),
      iconPath: standingIcon(session, standing),
      tooltip: tooltipOf(session, { title, state, requests }),
      contextValue: `session ${session.alive ? 'alive' : 'over'} ${session.state.is}${session.branches > 1 ? ' branched' : ''}`,
      accessibilityInformation: { label: labelOf(session, { title, state: session.problem ?? state, folder }) },
      command: {
        command: 'backstitch.openConversation',
        title: vscode.l10n.t('Open Conversation'),
        arguments: [{ is: 'session', uid: session.uid }],
      },
    },
  );
}

const labelOf = (
  { agentName }: SessionSummary,
  { title, state, folder }: { title: string; state: string; folder: string },
): string =>
  folder === ''
    ? vscode.l10n.t('Session {0}, {1}, {2}', title, agentName, state)
    : vscode.l10n.t('Session {0}, {1}, {2}, in {3}', title, agentName, state, folder);

/** Plain text: what an agent or a person typed is never read as Markdown here. */
function tooltipOf(
  session: SessionSummary,
  { title, state, requests }: { title: string; state: string; requests: readonly PermissionRequest[] },
): string {
  const lines = [
    title,
    session.title === title ? '' : session.title,
    ...requests.map(matterLine),
    state,
    session.cwd,
    `${session.agentName} ${session.agentVersion ?? ''}`.trim(),
    session.id === title ? '' : vscode.l10n.t('Session {0}', session.id),
    session.problem ?? '',
  ];
  return lines.filter((line) => line !== '').join('\n');
}

export function branchItem({ uid, branch, isCurrent, blocks, own }: BranchNode): vscode.TreeItem {
  const steps = blocks === 1 ? vscode.l10n.t('1 step') : vscode.l10n.t('{0} steps', blocks);
  const details = [isCurrent ? vscode.l10n.t('current') : dropsText(own), steps]
    .filter((part) => part !== '')
    .join(' · ');
  return treeItem(branch, vscode.TreeItemCollapsibleState.None, {
    id: `${uid}/branch/${branch}`,
    description: details,
    iconPath: new vscode.ThemeIcon(isCurrent ? 'check' : 'git-branch'),
    contextValue: isCurrent ? 'branch current' : 'branch cut',
    accessibilityInformation: { label: vscode.l10n.t('Branch {0}, {1}', branch, details) },
  });
}

/** The running subagents that a lane started; one whose own parent has ended stands below the session. */
export const lanesBelow = (
  parent: LaneId,
  { uid, running, asking }: Pick<LaneNode, 'uid' | 'running' | 'asking'>,
): LaneNode[] => {
  const known = new Set(running.map(({ lane }) => lane));
  const parentOf = ({ parentLane }: Lane) => (parentLane !== null && known.has(parentLane) ? parentLane : mainLane);
  return running
    .filter((lane) => parentOf(lane) === parent)
    .map((lane) => ({ is: 'lane', uid, lane, running, asking }));
};

/** One that asks for leave does not run: it goes on once that is answered. */
export function laneItem({ uid, lane, running, asking }: LaneNode): vscode.TreeItem {
  const waits = asking.includes(lane.lane);
  const details = [lane.agentType, waits ? vscode.l10n.t('waits for permission') : (lane.lastTool ?? '')]
    .filter((part) => part !== '')
    .join(' · ');
  const below = running.some(({ parentLane }) => parentLane === lane.lane)
    ? vscode.TreeItemCollapsibleState.Expanded
    : vscode.TreeItemCollapsibleState.None;
  return treeItem(lane.description || lane.agentType, below, {
    id: `${uid}/lane/${lane.lane}`,
    description: details,
    iconPath: waits
      ? new vscode.ThemeIcon('bell-dot', new vscode.ThemeColor('list.warningForeground'))
      : new vscode.ThemeIcon('loading~spin'),
    contextValue: 'lane',
    accessibilityInformation: {
      label: waits
        ? vscode.l10n.t('Subagent {0}, {1}, waits for permission', lane.description, lane.agentType)
        : vscode.l10n.t('Subagent {0}, {1}, running', lane.description, lane.agentType),
    },
    command: {
      command: 'backstitch.openConversation',
      title: vscode.l10n.t('Show Subagent'),
      arguments: [{ is: 'lane', uid, lane }],
    },
  });
}
