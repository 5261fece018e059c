import * as vscode from 'vscode';
import { titleOf } from '../../core/sessionTitle.ts';
import { shownPath } from '../../core/plainText.ts';
import { somePaths } from '../../core/untouched.ts';
import type { Block, Seam } from '../../core/view.ts';
import { sessionPreview, sessionRewind, sessionSeams, type RewindPreview } from '../../protocol/protocol.ts';
import { dropsText } from '../describeSession.ts';
import { stepsOf } from '../moveProgress.ts';
import type { Parts } from '../parts.ts';
import { settingOf } from '../settings.ts';
import { offerTrust } from '../trust.ts';
import { moveDetail } from './moveDetail.ts';
import { tellOutcome } from './outcome.ts';
import { sessionFor } from './target.ts';
import { chooseFrom } from '../pickList.ts';
import { ask, sayWarning, whileSaying } from '../say.ts';

/** Blocks whose beginnings name the seams in the list; older seams are named by what they stand behind. */
const namedBlocks = 200;

/** Asks for a seam, newest first, then what is to happen to files, then rewinds. */
export async function rewindToSeam(parts: Parts, target: unknown): Promise<void> {
  if (!vscode.workspace.isTrusted) return offerTrust();
  const session = await sessionFor(parts, target, (each) => each.blocks > 0);
  if (!session) return;
  const options = {
    title: vscode.l10n.t('Rewind {0}', titleOf(session)), placeHolder: vscode.l10n.t('After which step shall it go on?'),
    none: vscode.l10n.t('Session {0} has no seam to rewind to yet.', titleOf(session)),
  };
  const preview = await chooseFrom(seamItems(parts, session.uid), options, ({ seam }) => parts.link.request(sessionPreview, { session: session.uid, seam: seam.seam }));
  const choice = preview && await confirm(titleOf(session), preview);
  if (!choice) return;
  const outcome = await whileSaying(
    vscode.l10n.t('Rewinding {0} …', titleOf(session)), vscode.ProgressLocation.Notification,
    () => parts.link.request(sessionRewind, { session: session.uid, seam: preview.seam, files: choice.files, interrupt: preview.ends.length > 0, expect: preview.expect }),
    stepsOf(parts.sessions, session.uid),
  );
  tellOutcome(session.uid, outcome, vscode.l10n.t('Rewound. What was cut off is kept as branch {0}.', outcome.from));
}

type SeamItem = vscode.QuickPickItem & { seam: Seam };

async function seamItems(parts: Parts, uid: string): Promise<SeamItem[]> {
  const [seams, { page }] = await Promise.all([parts.link.request(sessionSeams, { session: uid }), parts.sessions.look(uid, namedBlocks)]);
  const blocks = new Map(page.blocks.map((block) => [block.block, block]));
  return seams.toReversed().map((seam) => ({
    seam,
    label: labelOf(seam, blocks.get(seam.after)),
    description: seam.seam,
    detail: detailOf(seam),
    iconPath: new vscode.ThemeIcon({ prompt: 'account', text: 'comment', tool: 'tools' }[seam.kind]),
  }));
}

function detailOf({ fidelity, reason, drops, uncovered = [] }: Seam): string {
  const { t } = vscode.l10n;
  if (fidelity === 'none') return t('Not possible here: {0}', reason);
  const paths = uncovered.map(({ path, why }) => (path === '.' ? why : shownPath(path)));
  const files = paths.length === 0 ? '' : t('files not covered: {0}', somePaths(paths, 3));
  return [t('drops {0}', dropsText(drops)), fidelity === 'approximate' ? reason : '', files].filter((part) => part !== '').join(' · ');
}

function labelOf(seam: Seam, block: Block | undefined): string {
  if (block?.kind === 'tool') return vscode.l10n.t('After {0}', oneLine(block.title || block.tool));
  if (block?.kind === 'prompt' || block?.kind === 'text') return vscode.l10n.t('After “{0}”', oneLine(block.text));
  return { prompt: vscode.l10n.t('After a prompt'), text: vscode.l10n.t('After a paragraph'), tool: vscode.l10n.t('After a tool call') }[seam.kind];
}

const oneLine = (text: string): string => {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
};

async function confirm(id: string, preview: RewindPreview): Promise<{ files: boolean } | undefined> {
  const { t } = vscode.l10n;
  if (preview.fidelity === 'none') {
    void sayWarning(t('Not possible here: {0}', preview.reason));
    return undefined;
  }
  const changes = (preview.files ?? []).filter((file) => !file.conflict);
  const detail = [
    t('These go: {0}. They are kept as a branch to which you can go back.', dropsText(preview.drops)),
    preview.fidelity === 'approximate' ? preview.reason : '',
    ...moveDetail(preview),
  ].filter((line) => line !== '').join('\n\n');
  const both = t('Rewind with Files');
  const alone = changes.length > 0 ? t('Rewind, Keep Files') : t('Rewind');
  const buttons = changes.length === 0 ? [alone] : settingOf('restoreFiles') ? [both, alone] : [alone, both];
  const chosen = await ask(t('Rewind {0} to this seam?', id), detail, ...buttons);
  return chosen === undefined ? undefined : { files: chosen === both };
}
