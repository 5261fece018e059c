import { constants } from 'node:os';
import type { SessionEnd } from '../core/view.ts';

const signalNumbers: Readonly<Record<string, number>> = constants.signals;

/** A signal without a name on this system is told by its number: `signal 40`. */
const numberOf = (signal: string): number | undefined => signalNumbers[signal] ?? (Number(/^signal (\d+)$/.exec(signal)?.[1]) || undefined);

/**
 * What a shell gets from `wait`, `run`, `attach` and `watch` when the session has ended: the agent's own code, 128 and the number of the signal
 * that ended it, as of a shell's own children, or 1 for a session that was interrupted, and where neither is known.
 */
export const exitCodeOf = ({ code, signal, ended }: SessionEnd): number => {
  if (ended === 'interrupted') return 1;
  if (code !== null) return code;
  const number = signal === null ? undefined : numberOf(signal);
  return number === undefined ? 1 : 128 + number;
};

/** How it ended, as the rest of a sentence that begins with the session's name. */
export const endWords = ({ code, signal, ended }: SessionEnd): string => {
  if (ended === 'interrupted') return 'was interrupted: its session host or the machine went down';
  if (code !== null) return `ended with code ${code}`;
  return signal === null ? 'ended' : `was ended by ${signal}`;
};
