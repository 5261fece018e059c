import * as vscode from 'vscode';
import type { SessionSummary } from '../../core/view.ts';
import { titleOf } from '../../core/sessionTitle.ts';
import { standingIcon, standingText } from '../describeSession.ts';
import type { Parts } from '../parts.ts';
import { pick, sayInformation } from '../say.ts';
import { folderOf } from '../windowPlace.ts';

/**
 * The session that a command is about: the one of the tree node or terminal it was called on, else of the conversation or terminal in use, else the
 * only one there is, else the one that is chosen. Undefined when there is none or the choice was given up.
 */
export async function sessionFor(parts: Parts, target: unknown, accepts: (session: SessionSummary) => boolean = () => true): Promise<SessionSummary | undefined> {
  const asked = uidOf(parts, target);
  const named = asked ?? inUse(parts);
  const isMeant = (session: SessionSummary | undefined): session is SessionSummary => session !== undefined && (asked !== undefined || accepts(session));
  const known = named === undefined ? undefined : parts.sessions.get(named);
  // Nothing is waited for then: a box that comes next is there before the next key.
  if (isMeant(known)) return known;
  const sessions = await parts.sessions.loaded();
  const session = sessions.find(({ uid }) => uid === named);
  if (isMeant(session)) return session;
  return choose(parts, parts.tree.inScope.filter(accepts));
}

const inUse = (parts: Parts): string | undefined => parts.panels.active ?? parts.terminals.sessionOf(vscode.window.activeTerminal);

/** A node of the tree, or the terminal whose menu was used. */
function uidOf(parts: Parts, target: unknown): string | undefined {
  const terminal = vscode.window.terminals.find((each) => each === target);
  if (terminal) return parts.terminals.sessionOf(terminal);
  const uid = (target as { uid?: unknown } | null | undefined)?.uid;
  return typeof uid === 'string' ? uid : undefined;
}

type SessionRow = Pick<vscode.QuickPickItem, 'label' | 'description' | 'detail' | 'iconPath'>;

/** A session in a list: as its row in the view, with what it is for below where its name says nothing of that. */
export function sessionRow(parts: Parts, session: SessionSummary): SessionRow {
  const standing = parts.lookedAt.standingOf(session);
  const label = titleOf(session);
  const agent = session.agentName === label ? '' : session.agentName;
  const details = [agent, standingText(session, standing), folderOf(session)];
  return {
    label,
    description: details.filter((part) => part !== '').join(' · '),
    detail: session.title === label ? '' : session.title,
    iconPath: standingIcon(session, standing),
  };
}

async function choose(parts: Parts, sessions: SessionSummary[]): Promise<SessionSummary | undefined> {
  if (sessions.length <= 1) {
    if (sessions.length === 0) void sayInformation(vscode.l10n.t('There is no session in this workspace that this could be done with.'));
    return sessions[0];
  }
  const items = sessions.map((session) => ({
    ...sessionRow(parts, session),
    session,
  }));
  return (await pick(items, { placeHolder: vscode.l10n.t('Which session?'), matchOnDescription: true, matchOnDetail: true }))?.session;
}

/** The subagent whose row it was called on. */
export function laneOf(target: unknown): string | undefined {
  const { lane } = (target as { lane?: { lane?: unknown } } | null | undefined) ?? {};
  return typeof lane?.lane === 'string' ? lane.lane : undefined;
}
