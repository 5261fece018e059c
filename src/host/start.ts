import { appendFileSync, closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { HumanError } from '../core/errors.ts';
import { fewestOpenFiles, systemFailure, tooFewOpenFiles } from '../core/systemFailure.ts';
import { mostOpenFiles, mostProcesses } from '../node/openFiles.ts';
import { startReport } from '../protocol/startReport.ts';

const who = 'The session host';

/** What went wrong in the host as the failure that it is for a person; what it is for none stays what it is. */
export const hostFailure = (error: unknown): unknown =>
  error instanceof HumanError ? error : systemFailure(error, { who, openFiles: mostOpenFiles(), processes: mostProcesses() }) ?? error;

/** @throws HumanError when this process is allowed too little to be a host */
export const checkLimits = (): void => {
  const openFiles = mostOpenFiles();
  if (openFiles !== null && openFiles < fewestOpenFiles) throw tooFewOpenFiles({ who, openFiles });
};

/** Ends a process that cannot be the host, at once: it says why to the one who started it, and in the host's log where that can be written. */
export const refuseToServe = (error: unknown, note: (line: string) => void): never => {
  const failure = hostFailure(error);
  const text = failure instanceof Error ? failure.message : String(failure);
  const told = failure instanceof HumanError ? failure : new HumanError('host-did-not-start', `The session host could not start: ${text}`);
  note(`could not start: ${told.message}`);
  try {
    writeSync(2, startReport(told));
  } catch {
    // The one who started it has gone; the log has it.
  }
  process.exit(1);
};

/** The one who started it listens no more: what is said from here on must not fail because of that. */
export const letGoOfStarter = (): void => {
  if (process.platform === 'win32') return;
  closeSync(2);
  openSync('/dev/null', 'w');
};

/** Writes to the host's own log. A host that cannot write it still serves its sessions. */
export const noteIn = (directory: string) => (line: string): void => {
  try {
    appendFileSync(join(directory, 'host.log'), `${new Date().toISOString()} ${process.pid} ${line}\n`, { mode: 0o600 });
  } catch {
    // Nothing else could be told there either.
  }
};
