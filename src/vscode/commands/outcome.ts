import * as vscode from 'vscode';
import type { RewindOutcome } from '../../protocol/protocol.ts';
import { sayBriefly, sayWarning } from '../say.ts';

/** Says what a rewind or switch did, and what it left alone. */
export function tellOutcome({ files }: RewindOutcome, sentence: string): void {
  if (files.conflicts && files.conflicts.length > 0) {
    void sayWarning(`${sentence} ${vscode.l10n.t('Left alone because somebody else changed them: {0}', files.conflicts.join(', '))}`);
  } else if (files.is === 'unavailable') {
    void sayWarning(`${sentence} ${vscode.l10n.t('The files stay as they are: {0}', files.reason ?? '')}`);
  } else {
    sayBriefly(sentence, 6_000);
  }
}
