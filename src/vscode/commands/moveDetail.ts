import * as vscode from 'vscode';
import type { MovePreview } from '../../protocol/protocol.ts';

/** What a question before a rewind or switch says of what ends and of the files, a paragraph each; empty ones are left out by the caller. */
export function moveDetail({ files, filesReason, ends }: MovePreview): string[] {
  const { t } = vscode.l10n;
  const [conflicts, changes] = [true, false].map((wanted) => (files ?? []).filter(({ conflict }) => conflict === wanted).map(({ path }) => path).join(', '));
  return [
    ends.length > 0 ? t('This ends with what the agent does now, and does not come back: {0}.', ends.join(', ')) : '',
    files === null ? filesReason ?? t('The files were not captured here.') : '',
    changes ? t('Files that change: {0}', changes) : '',
    conflicts ? t('Changed by somebody else since, so left alone: {0}', conflicts) : '',
  ];
}
