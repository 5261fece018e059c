import { spawn } from 'node:child_process';
import { devNull } from 'node:os';

/** How one git command ended. `code` null: it was killed by a signal. */
export interface GitEnd {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

/** The shadow repository that git commands of this module work on. */
export interface ShadowRepository {
  git: string;
  gitDir: string;
  folder: string;
  /** This git can put many new files into one pack (2.37). */
  canPack: boolean;
}

/** A git command that did not do what it had to. */
export class GitFailure extends Error {
  constructor(args: readonly string[], end: GitEnd) {
    super(`git ${args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-c') ?? ''} failed (${end.code ?? 'killed'}): ${end.stderr.trim().slice(0, 2000) || 'no message'}`);
    this.name = 'GitFailure';
  }
}

/** Whether `git --version` says at least that. */
export const isAtLeast = (output: string, major: number, minor: number): boolean => {
  const [, foundMajor = '0', foundMinor = '0'] = /(\d+)\.(\d+)/.exec(output) ?? [];
  return Number(foundMajor) > major || (Number(foundMajor) === major && Number(foundMinor) >= minor);
};

/**
 * An environment in which git sees the shadow repository and nothing of the user: no GIT_* of theirs, no system or user configuration,
 * no user-wide ignore or attribute files (HOME and XDG_CONFIG_HOME point into the shadow for git older than 2.32).
 */
const gitEnvironment = ({ gitDir, folder }: ShadowRepository): NodeJS.ProcessEnv => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.toUpperCase().startsWith('GIT_')));
  return {
    ...env,
    HOME: gitDir,
    XDG_CONFIG_HOME: gitDir,
    LC_ALL: 'C',
    GIT_DIR: gitDir,
    GIT_WORK_TREE: folder,
    GIT_INDEX_FILE: `${gitDir}/index`,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_TERMINAL_PROMPT: '0',
  };
};

/** Runs git in the shadow repository. Rejects only when git itself cannot be started. */
export const runGit = (at: ShadowRepository, args: readonly string[], input?: Buffer | string): Promise<GitEnd> =>
  new Promise((resolve, reject) => {
    const child = spawn(at.git, args, { cwd: at.folder, env: gitEnvironment(at), stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    // git may end before it has read all of its input; how it ended is then the answer.
    child.stdin.on('error', () => undefined);
    child.on('close', (code) => resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() }));
    child.stdin.end(input ?? '');
  });

/** Runs git and gives its output; anything but success is a GitFailure. */
export const gitOutput = async (at: ShadowRepository, args: readonly string[], input?: Buffer | string): Promise<Buffer> => {
  const end = await runGit(at, args, input);
  if (end.code !== 0) throw new GitFailure(args, end);
  return end.stdout;
};

/** The fields of NUL-terminated output. Names that are not UTF-8 come as null: they cannot be told apart as text. */
export const nulFields = (output: Buffer): (string | null)[] => {
  const fields: (string | null)[] = [];
  for (let start = 0; start < output.length; ) {
    const found = output.indexOf(0, start);
    const end = found < 0 ? output.length : found;
    const bytes = output.subarray(start, end);
    const text = bytes.toString();
    fields.push(Buffer.from(text).equals(bytes) ? text : null);
    start = end + 1;
  }
  return fields;
};
