import * as vscode from 'vscode';
import type { RewindOutcome } from '../../protocol/protocol.ts';

/** Says what a rewind or switch did, and what it left alone. */
export function tellOutcome({ files }: RewindOutcome, sentence: string): void {
  if (files.conflicts && files.conflicts.length > 0) {
    void vscode.window.showWarningMessage(`${sentence} ${vscode.l10n.t('Left alone because somebody else changed them: {0}', files.conflicts.join(', '))}`);
  } else if (files.is === 'unavailable') {
    void vscode.window.showWarningMessage(`${sentence} ${vscode.l10n.t('The files stay as they are: {0}', files.reason ?? '')}`);
  } else {
    vscode.window.setStatusBarMessage(sentence, 6_000);
  }
}
