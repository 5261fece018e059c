import * as vscode from 'vscode';
import { shownPath } from '../../core/plainText.ts';
import { somePaths } from '../../core/untouched.ts';
import type { RewindOutcome } from '../../protocol/protocol.ts';
import { sayBriefly, sayInformation, sayWarning } from '../say.ts';
import { untouchedText } from './moveDetail.ts';

/** Says what a rewind or switch did, and what it left alone. */
export function tellOutcome({ files }: RewindOutcome, sentence: string): void {
  const conflicts = files.conflicts?.map(shownPath) ?? [];
  const untouched = files.untouched ?? [];
  if (conflicts.length > 0) {
    void sayWarning(`${sentence} ${vscode.l10n.t('Left alone because somebody else changed them: {0}', somePaths(conflicts))}`);
  } else if (files.is === 'unavailable') {
    void sayWarning(`${sentence} ${vscode.l10n.t('The files stay as they are: {0}', files.reason ?? '')}`);
  } else if (untouched.length > 0) {
    // A sentence that goes by itself says too little here: what was not covered may not be as it was at that point.
    const text = untouchedText(untouched, files.unnamed).replace('\n', ' ').replaceAll('\n', ' · ');
    void sayInformation(`${sentence} ${text}`);
  } else {
    sayBriefly(sentence, 6_000);
  }
}
