import * as vscode from 'vscode';
import { titleOf } from '../../core/sessionTitle.ts';
import { sessionBranches, sessionPreviewSwitch, sessionSwitch, type SwitchPreview } from '../../protocol/protocol.ts';
import type { SessionSummary } from '../../core/view.ts';
import { dropsText } from '../describeSession.ts';
import { stepsOf } from '../moveProgress.ts';
import type { Parts } from '../parts.ts';
import { settingOf } from '../settings.ts';
import { offerTrust } from '../trust.ts';
import { moveDetail } from './moveDetail.ts';
import { tellOutcome } from './outcome.ts';
import { sessionFor } from './target.ts';
import { chooseFrom } from '../pickList.ts';
import { ask, whileSaying } from '../say.ts';

/** Goes back to a branch that was cut off: the one it was called on, else the one that is chosen. */
export async function goBackToBranch(parts: Parts, target: unknown): Promise<void> {
  if (!vscode.workspace.isTrusted) return offerTrust();
  const session = await sessionFor(parts, target, (each) => each.branches > 1);
  if (!session) return;
  const look = (branch: string): Promise<SwitchPreview> => parts.link.request(sessionPreviewSwitch, { session: session.uid, branch });
  const named = branchOf(target);
  const options = {
    placeHolder: vscode.l10n.t('Which branch of {0} shall it go on with?', titleOf(session)),
    none: vscode.l10n.t('Session {0} has no other branch.', titleOf(session)),
  };
  const preview = await (named === undefined ? chooseFrom(branchItems(parts, session.uid), options, ({ branch }) => look(branch)) : look(named));
  if (!preview) return;
  const isBusy = session.alive && session.state.is !== 'idle';
  const choice = await confirmSwitch(titleOf(session), preview, isBusy);
  if (choice) await switchSession(parts, session, preview, { files: choice.files, interrupt: isBusy });
}

/** Goes to the branch of the preview, says how far that is, and then what it did, with the way to undo it. */
export async function switchSession(
  parts: Parts, { uid }: SessionSummary, { branch, expect }: SwitchPreview, options: { files: boolean; interrupt: boolean },
): Promise<void> {
  const outcome = await whileSaying(
    vscode.l10n.t('Going back to {0} …', branch), vscode.ProgressLocation.Notification,
    () => parts.link.request(sessionSwitch, { session: uid, branch, ...options, expect }), stepsOf(parts.sessions, uid),
  );
  tellOutcome(uid, outcome, vscode.l10n.t('Now on branch {0}.', outcome.branch));
}

function branchOf(target: unknown): string | undefined {
  const branch = (target as { branch?: unknown } | null | undefined)?.branch;
  return typeof branch === 'string' ? branch : undefined;
}

type BranchItem = vscode.QuickPickItem & { branch: string };

async function branchItems(parts: Parts, uid: string): Promise<BranchItem[]> {
  const { current, branches } = await parts.link.request(sessionBranches, { session: uid });
  return branches.filter(({ branch }) => branch !== current).map(({ branch, own, seam, parent }) => ({
    branch,
    label: branch,
    description: dropsText(own),
    detail: seam === null ? '' : vscode.l10n.t('leaves {0} at {1}', parent ?? '', seam),
    iconPath: new vscode.ThemeIcon('git-branch'),
  }));
}

/** Asks whether to go back, and whether with files; undefined: it was given up. */
export async function confirmSwitch(id: string, preview: SwitchPreview, isBusy: boolean): Promise<{ files: boolean } | undefined> {
  const { t } = vscode.l10n;
  const detail = [
    t('What the session has done since is kept as a branch of its own.'),
    isBusy && preview.ends.length === 0 ? t('The agent is at work and will be interrupted.') : '',
    preview.reason ?? '',
    ...moveDetail(preview),
  ].filter((line) => line !== '').join('\n\n');
  const both = t('Go Back with Files');
  const alone = t('Go Back, Keep Files');
  const buttons = settingOf('restoreFiles') ? [both, alone] : [alone, both];
  const chosen = await ask(t('Go back to branch {1} of {0}?', id, preview.branch), detail, ...buttons);
  return chosen === undefined ? undefined : { files: chosen === both };
}
