import type { MoveStep } from './view.ts';

const lines: Record<Exclude<MoveStep['is'], 'restoring'>, string> = {
  waiting: 'Waiting for a prompt that is being typed',
  interrupting: 'Interrupting the agent',
  settling: 'Waiting for the agent’s last words',
  capturing: 'Saving the files and the agent’s memory as they are',
  ending: 'Ending the agent’s run',
  starting: 'Starting the agent with its memory up to here',
  recording: 'Recording the outcome',
};

/** How far a rewind or switch is, in a line for people. */
export const moveStepLine = (step: MoveStep): string =>
  step.is === 'restoring' ? `Restoring ${step.files} ${step.files === 1 ? 'file' : 'files'}` : lines[step.is];
