import * as vscode from 'vscode';
import type { MoveStep } from '../core/view.ts';
import type { SessionList } from './sessionList.ts';

/** Tells, for as long as a rewind or switch of that session is under way, how far it is. */
export const stepsOf = (sessions: SessionList, uid: string) => (tell: (words: string) => void): vscode.Disposable =>
  sessions.onDidChange((changes) => {
    for (const { after } of changes) if (after?.uid === uid && after.movingStep) tell(stepText(after.movingStep));
  });

function stepText(step: MoveStep): string {
  const { t } = vscode.l10n;
  switch (step.is) {
    case 'waiting': return t('Waiting for a prompt that is being typed…');
    case 'interrupting': return t('Interrupting the agent…');
    case 'settling': return t('Waiting for the agent’s last words…');
    case 'capturing': return t('Saving the files and the agent’s memory as they are…');
    case 'restoring': return step.files === 1 ? t('Restoring {0} file…', 1) : t('Restoring {0} files…', step.files);
    case 'ending': return t('Ending the agent’s run…');
    case 'starting': return t('Starting the agent with its memory up to here…');
    case 'recording': return t('Recording the outcome…');
  }
}
