import { HumanError } from './errors.ts';

/** What the system has refused to a process of ours. */
interface Refusal {
  /** As a sentence has it: `The session host`. */
  who: string;
  /** How many files it may have open at once; null where that cannot be told. */
  openFiles: number | null;
  /** How many processes and threads its user may have at once; null where that cannot be told. */
  processes: number | null;
}

const openMore = 'Allow more (`ulimit -n 4096` in a shell, and start it from there), or stop some sessions.';

const sentences: Readonly<Record<string, (refusal: Refusal, about: string) => string>> = {
  EMFILE: ({ who, openFiles }) =>
    `${who} may have no more than ${openFiles ?? 'a certain number of'} files open at once, and needs another. ${openMore}`,
  ENFILE: () => 'This machine can open no more files: all that it may have open are in use (`sysctl fs.file-max`). End some programs.',
  EAGAIN: ({ who, processes }, about) =>
    `${who} cannot start another process${about}: you may have no more ${processes === null ? 'of them' : `than ${processes} processes and threads`} `
    + '(`ulimit -u`), or the machine has no room for it. End some programs.',
  ENOMEM: ({ who }, about) => `${who} gets no more memory from this machine${about}. End some programs.`,
  ENOSPC: (_, about) => `The disk is full, or has no inodes left${about} (\`df -h\`, \`df -i\`). Make room and try again.`,
  EDQUOT: (_, about) => `Your disk quota is used up${about}. Make room and try again.`,
  EROFS: (_, about) => `The file system is read-only${about}. Set BACKSTITCH_STATE_DIR to a directory that you can write.`,
};

/** An error of the system that a person must act on, as a sentence that says so; null for any other. */
export const systemFailure = (error: unknown, refusal: Refusal): HumanError | null => {
  const { code, syscall, path } = (typeof error === 'object' && error !== null ? error : {}) as NodeJS.ErrnoException;
  // Said by a socket or a file it means something else.
  if (code === undefined || (code === 'EAGAIN' && !/^spawn|fork/.test(syscall ?? ''))) return null;
  const about = path === undefined || path === '' ? '' : ` (${path})`;
  const sentence = sentences[code]?.(refusal, about);
  return sentence === undefined ? null : new HumanError('system', sentence);
};

/** Fewer open files are not enough for one session. */
export const fewestOpenFiles = 128;

/** A process that may open so few files could start, and would fail at any moment. */
export const tooFewOpenFiles = ({ who, openFiles }: Pick<Refusal, 'who' | 'openFiles'>): HumanError =>
  new HumanError('system', `${who} may have only ${openFiles} files open at once, and needs at least ${fewestOpenFiles}. ${openMore}`);

/** Node ends itself by a signal, and names no cause, where it gets no thread, no open file or no memory as it starts. */
export const endedAsItStarted = ({ who, openFiles, processes }: Refusal, signal: string): HumanError => {
  const most = (count: number | null): string => String(count ?? 'any number of');
  return new HumanError('system', `${who} ended by ${signal} as it started: it got no further thread, open file or memory from this machine. `
    + `You may have ${most(processes)} processes and threads (\`ulimit -u\`) and ${most(openFiles)} open files (\`ulimit -n\`). `
    + 'End some programs, or allow more, and try again.');
};
