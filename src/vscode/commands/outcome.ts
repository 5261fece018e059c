import * as vscode from 'vscode';
import type { FilesOutcome } from '../../core/events.ts';
import { shownPath } from '../../core/plainText.ts';
import { somePaths } from '../../core/untouched.ts';
import type { RewindOutcome } from '../../protocol/protocol.ts';
import { commandId } from '../commandTable.ts';
import { sayInformation, sayWarning } from '../say.ts';
import { untouchedText } from './moveDetail.ts';

/** Says what a rewind or switch of that session did, what it left alone, and offers to undo it. */
export function tellOutcome(uid: string, { files }: RewindOutcome, sentence: string): void {
  const undo = vscode.l10n.t('Undo');
  void sayOutcome(files, sentence, undo).then((chosen) => {
    if (chosen === undo) void vscode.commands.executeCommand(commandId('undoRewind'), { uid });
  });
}

function sayOutcome(files: FilesOutcome, sentence: string, undo: string): Thenable<string | undefined> {
  const conflicts = files.conflicts?.map(shownPath) ?? [];
  const untouched = files.untouched ?? [];
  if (conflicts.length > 0) {
    return sayWarning(`${sentence} ${vscode.l10n.t('Left alone because somebody else changed them: {0}', somePaths(conflicts))}`, undo);
  }
  if (files.is === 'unavailable') return sayWarning(`${sentence} ${vscode.l10n.t('The files stay as they are: {0}', files.reason ?? '')}`, undo);
  if (untouched.length === 0) return sayInformation(sentence, undo);
  const text = untouchedText(untouched, files.unnamed).replace('\n', ' ').replaceAll('\n', ' · ');
  return sayInformation(`${sentence} ${text}`, undo);
}
