import { shownPath } from './plainText.ts';
import { somePaths } from './untouched.ts';
import { shellWord } from './shellWord.ts';

/**
 * A failure that a person must act on. The sentence says what failed, where, and what to do next; `code` is stable for programs.
 * One named constructor per failure below; nothing matches on the text.
 */
export class HumanError extends Error {
  readonly code: string;
  readonly exitCode: number;
  constructor(code: string, sentence: string, exitCode = 1) {
    super(sentence);
    this.name = 'HumanError';
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** A sentence for a place that knows no backticks: what stands between them stands in quotes. */
export const asProse = (sentence: string): string => sentence.replace(/`([^`\n]+)`/g, '“$1”');

export const unreachable = (x: never): never => {
  throw new Error(`unreachable: ${JSON.stringify(x)}`);
};

export const noSuchSession = (id: string) =>
  new HumanError('no-such-session', `There is no session “${id}”. \`backstitch status --all --ended\` lists the sessions there are.`);
export const ambiguousSession = (id: string, uids: string[]) =>
  new HumanError('ambiguous-session', `“${id}” names ${uids.length} sessions (${uids.join(', ')}). Say which by its uid.`);
export const idTaken = (id: string) =>
  new HumanError('id-taken', `A session “${id}” is already running. Choose another --id, or stop that one first.`);
export const noSuchSeam = (seam: string) =>
  new HumanError('no-such-seam', `There is no seam “${seam}” in this session. \`backstitch seams\` lists them.`);
export const seamElsewhere = (id: string, seam: string, branch: string) =>
  new HumanError('seam-elsewhere', `Seam “${seam}” is not on the current branch but on “${branch}”. Switch to that branch first: \`backstitch switch --id ${shellWord(id)} --branch ${shellWord(branch)}\`.`);
export const seamCannotBeCut = (seam: string, reason: string) =>
  new HumanError('seam-cannot-be-cut', `The session cannot be rewound to ${seam}: ${reason}`);
export const noSuchBranch = (branch: string) =>
  new HumanError('no-such-branch', `There is no branch “${branch}” in this session. \`backstitch branches\` lists them.`);
export const alreadyThere = (what: string) =>
  new HumanError('already-there', `Nothing to do: the session is already at ${what}.`);
export const noSuchAgent = (agent: string, problem: string, known: string[]) =>
  new HumanError('no-such-agent', `There is no agent “${agent}”, and ${problem} Known agents: ${known.join(', ')}; any other program runs by its name or path.`, 2);
export const agentUnusable = (name: string, problem: string, todo: string) =>
  new HumanError('agent-unusable', `${name} cannot be started: ${problem} ${todo}`);
export const stale = (what: string) =>
  new HumanError('stale', `The session has moved on (${what}). Nothing was done; look again and repeat.`);
export const turnOver = (id: string, isAtWork: boolean) =>
  new HumanError('turn-over', `That turn of session “${id}” is over${isAtWork ? ', and another one has begun' : ''}. Nothing was interrupted.`);
export const promptEdited = (send: string) =>
  new HumanError('being-edited', `Prompt “${send}” is being edited in another place. Nothing was done; try again once that is finished.`);
export const noConflicts = (paths: readonly string[]) => {
  const are = paths.length === 1 ? 'is no conflict' : 'are no conflicts';
  const todo = 'Look at the dry run again and name conflicts as it prints them';
  const named = `${somePaths(paths.map(shownPath))} ${are}`;
  return new HumanError('no-conflict', `${named} that could be overwritten. Nothing was done. ${todo}.`);
};
export const agentAtWork = (what: string) =>
  new HumanError('busy', `The agent is at work (${what}). Wait until it is idle, or let it be interrupted: --interrupt in a shell.`);
export const sessionMoving = (what: string) =>
  new HumanError('busy', `A ${what} of this session is under way. Wait until it is done.`);
export const sessionNotRunning = (id: string) =>
  new HumanError('not-running', `Session “${id}” has no running agent. \`backstitch resume --id ${shellWord(id)}\` starts it again.`);
export const notTakenUp = (id: string, why: string) =>
  new HumanError('not-taken-up', `Session “${id}” did not take the prompt up: ${why}.`);
export const inboxFull = (id: string, most: number) =>
  new HumanError('inbox-full', `${most} prompts wait for session “${id}” already; no more are taken. Wait until some are delivered, or drop some: \`backstitch queue --id ${shellWord(id)}\`.`);
export const agentAsks = (id: string) =>
  new HumanError('asks', `The agent of session “${id}” waits for an answer; what is typed now would be taken for it. Answer first, in its terminal or with \`backstitch answer --id ${shellWord(id)}\`.`);
export const hostEnding = () =>
  new HumanError('host-ending', 'The session host is ending. Try again: a new one starts by itself.');
export const noSuchSend = (send: string) =>
  new HumanError('no-such-send', `No prompt “${send}” waits in this session: it was delivered, dropped, or never there. \`backstitch queue\` lists those that wait.`);
export const notAllowed = (what: string) =>
  new HumanError('not-allowed', `This connection may not ${what}.`);
/** `goesOn`: when what was not written will be; null: it is lost. */
export const recordingStopped = (path: string, { why, goesOn }: { why: string; goesOn: string | null }) =>
  new HumanError('recording-stopped', `Recording to ${path} has stopped: ${why}. The agent goes on; what was not written is ${goesOn === null ? 'lost' : `kept in memory and written ${goesOn}`}.`);
export const logInUse = (path: string, owner: string) =>
  new HumanError('log-in-use', `The log ${path} is being written by ${owner}. Stop that one first; reading is always possible.`);
export const stateDirectoryUnsafe = (path: string, why: string) =>
  new HumanError('unsafe-state-directory', `The state directory ${path} cannot be used: ${why}.`);
export const socketPlaceTaken = (path: string) =>
  new HumanError('socket-place-taken', `There is a directory at ${path}, where a socket of Backstitch belongs. Move it away and try again.`);
export const socketPathTooLong = (path: string, bytes: number, most: number) =>
  new HumanError('socket-path-too-long', `The path of the socket ${path} has ${bytes} bytes, and may have ${most}. Set BACKSTITCH_STATE_DIR to a directory with a shorter path.`);
const process = (pid: number | null): string => (pid === null ? 'The session host' : `The session host, process ${pid},`);
export const hostSilent = (pid: number | null, isStopped: boolean) =>
  new HumanError('host-silent', `${process(pid)} is there and does not answer${isStopped ? ': it was stopped by a signal' : ''}. ${pid !== null && isStopped ? `\`kill -CONT ${pid}\` lets it go on; ` : ''}\`backstitch host stop --force\` ends it, and the agents of its sessions with it.`);
export const hostHangsUp = (pid: number | null) =>
  new HumanError('host-silent', `${process(pid)} is there and hangs up at once: it may have no more files open. Close some of its clients, or end it: \`backstitch host stop --force\`.`);
export const hostStays = (pid: number) =>
  new HumanError('host-stays', `The session host, process ${pid}, was told to end and is still there. \`backstitch host stop --force\` ends it by force.`);
export const folderMissing = (path: string) =>
  new HumanError('no-such-folder', `The folder ${path} does not exist or is not a folder.`, 2);
/** `why`: a sentence, with or without its full stop. */
export const rewindFailed = (step: string, why: string) =>
  new HumanError('rewind-failed', `The rewind failed while ${step}: ${why.replace(/\.$/, '')}. The branch, the agent's history and the files are those of before.`);
export const nativePartUnusable = (why: string, library: string) =>
  new HumanError('native-part', `No session can run on this machine: the native part of Backstitch cannot be loaded (${why}). This system has ${library}; the packaged extension needs glibc 2.28 or later. Install an extension that was packaged on this system (\`npm run package\` in a clone).`);
export const fileRefused = (path: string, what: string) =>
  new HumanError('file-refused', `${path} is ${what}. Nothing is written there; name a place that is reached without links.`);
