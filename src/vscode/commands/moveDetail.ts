import * as vscode from 'vscode';
import { shownPath } from '../../core/plainText.ts';
import type { Untouched } from '../../core/ports.ts';
import { somePaths, untouchedGroups } from '../../core/untouched.ts';
import type { MovePreview } from '../../protocol/protocol.ts';

/** So many paths stand in a question; a dialog that grows beyond the window shows no buttons. */
const mostPaths = 20;

/** What a question before a rewind or switch says of what ends and of the files, a paragraph each; empty ones are left out by the caller. */
export function moveDetail({ files, filesReason, ends, untouched = [], unnamed }: MovePreview): string[] {
  const { t } = vscode.l10n;
  const [conflicts, changes] = [true, false].map((wanted) =>
    somePaths((files ?? []).filter(({ conflict }) => conflict === wanted).map(({ path }) => shownPath(path)), mostPaths));
  return [
    ends.length > 0 ? t('This ends with what the agent does now, and does not come back: {0}.', ends.join(', ')) : '',
    files === null ? filesReason ?? t('The files were not captured here.') : '',
    changes ? t('Files that change: {0}', changes) : '',
    conflicts ? t('Changed by somebody else since, so left alone: {0}', conflicts) : '',
    untouchedText(untouched, unnamed),
  ];
}

/** What is left as it is whatever is chosen, a line for each reason; empty when there is nothing. */
export function untouchedText(untouched: readonly Untouched[], unnamed = 0): string {
  const { t } = vscode.l10n;
  if (untouched.length === 0) return '';
  const lines = untouchedGroups(untouched).map(({ because, why, paths }) => {
    const some = somePaths(paths);
    if (some === '') return why;
    if (because === 'changed-by-others') return t('Changed by others: {0}', some);
    return because === 'not-covered' ? t('Not covered ({0}): {1}', why, some) : t('Not captured then ({0}): {1}', why, some);
  });
  return [t('Left as it is, whatever you choose:'), ...lines, ...(unnamed > 0 ? [t('{0} more paths', unnamed)] : [])].join('\n');
}
