import { devNull } from 'node:os';
import { type ProgramEnd, runBounded } from './boundedProgram.ts';
import { absoluteFolders, systemProgram, takeNoProgramFrom } from './executables.ts';
import { assertGitFiles } from './gitFiles.ts';

/**
 * Every command line of git is built here, and the environment that it runs in. Invariant: no git that Backstitch starts runs a program
 * that a workspace names. There are two ways: `own` sees a repository of Backstitch's, none of the user's configuration and no `GIT_*` of
 * theirs; `asked` asks the user's repository what only it knows, read-only, with everything off that could start a program.
 */
export type GitWay =
  | { is: 'own'; gitDir: string; /** Where the files are that it looks at. */ workTree?: string; index?: string; objects?: string }
  | { is: 'asked'; folder: string };

/** A git command that did not do what it had to. */
export class GitFailure extends Error {
  constructor(args: readonly string[], end: ProgramEnd, limitMs: number) {
    const name = args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-c') ?? '';
    const said = end.stderr.trim().slice(0, 2000) || 'no message';
    super(end.isLate ? `git ${name} did not end within ${limitMs / 1000} s` : `git ${name} failed (${end.code ?? 'killed'}): ${said}`);
    this.name = 'GitFailure';
    this.isLate = end.isLate;
  }

  readonly isLate: boolean;
}

/** Of these settings a repository may name programs; here they name none. */
const namesNoProgram = [
  'core.fsmonitor=false', `core.hooksPath=${devNull}`, 'core.alternateRefsCommand=', 'core.sshCommand=false', 'core.gitProxy=',
  'core.askPass=', 'core.editor=false', 'core.pager=cat', 'credential.helper=', 'diff.external=', 'gpg.program=false',
  'gpg.ssh.program=false', 'gpg.x509.program=false', 'log.showSignature=false', 'protocol.allow=never', 'submodule.recurse=false',
  'core.untrackedCache=false', 'safe.directory=*',
].flatMap((setting) => ['-c', setting]);

const quiet = {
  LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1', GIT_NO_REPLACE_OBJECTS: '1', GIT_LITERAL_PATHSPECS: '1',
  // These come before what a repository says.
  GIT_ALLOW_PROTOCOL: 'none', GIT_SSH_COMMAND: 'false', GIT_ASKPASS: '', GIT_PAGER: 'cat', GIT_EDITOR: 'false',
};

/** Of glibc: git takes and gives back memory for every file that it puts into a pack; kept, it takes half the time. */
const keepsMemory = { MALLOC_TOP_PAD_: `${4 << 20}`, MALLOC_TRIM_THRESHOLD_: `${8 << 20}` };

/** Where the user's own configuration is. */
const isUsers = /^GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)$/;

function environment(way: GitWay): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => isUsers.test(name) || !/^GIT_|^PATH$/i.test(name));
  const env = { ...Object.fromEntries(inherited), PATH: absoluteFolders(process.env['PATH'] ?? ''), ...quiet };
  if (way.is === 'asked') return env;
  return {
    ...env,
    ...keepsMemory,
    // For git older than 2.32, which knows no GIT_CONFIG_GLOBAL.
    HOME: way.gitDir,
    XDG_CONFIG_HOME: way.gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_DIR: way.gitDir,
    GIT_INDEX_FILE: way.index ?? `${way.gitDir}/index`,
    ...(way.workTree !== undefined && { GIT_WORK_TREE: way.workTree }),
    ...(way.objects !== undefined && { GIT_OBJECT_DIRECTORY: way.objects }),
  };
}

export interface GitOptions {
  /** Another git than the one on the PATH. */
  git?: string | undefined;
  input?: Buffer | string | undefined;
  limitMs: number;
}

/** What is run when no other git is named; null when there is none on the PATH. */
export const findGit = (): string | null => systemProgram('git');

/** Runs git. Rejects only when it cannot be started, or would never have done reading a file of the user's, which is named. */
export async function runGit(way: GitWay, args: readonly string[], options: GitOptions): Promise<ProgramEnd> {
  const about = way.is === 'asked' ? way.folder : way.workTree;
  if (about !== undefined) takeNoProgramFrom(about);
  const program = options.git ?? findGit();
  if (program === null) throw Object.assign(new Error('git was not found'), { code: 'ENOENT', syscall: 'spawn git' });
  if (way.is === 'asked') await assertGitFiles(way.folder);
  // Wherever git writes an index it has to stand in the working tree: what has changed within the clock's last tick it finds by name.
  const line = [...(about === undefined ? [] : ['-C', about]), ...(way.is === 'asked' ? namesNoProgram : []), ...args];
  return runBounded({ program, args: line, env: environment(way), input: options.input, limitMs: options.limitMs, about });
}

/** Runs git and gives its output; anything but success is a GitFailure. */
export async function gitOutput(way: GitWay, args: readonly string[], options: GitOptions): Promise<Buffer> {
  const end = await runGit(way, args, options);
  if (end.code !== 0) throw new GitFailure(args, end, options.limitMs);
  return end.stdout;
}
