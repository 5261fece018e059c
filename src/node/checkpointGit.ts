import { GitFailure, gitOutput as outputOf, type GitWay, runGit as run } from './git.ts';
import type { ProgramEnd } from './boundedProgram.ts';

export { GitFailure };

/** The shadow repository that git commands of this module work on. */
export interface ShadowRepository {
  git: string;
  gitDir: string;
  folder: string;
  /** This git can put many new files into one pack (2.37). */
  canPack: boolean;
  /** What takes longer is ended: enough for the largest folder that is covered, on a busy machine. */
  limitMs: number;
}

/**
 * The working tree as git has to see it for its ignore rules to hold: that of the user's repository around the folder, or the folder
 * itself. `prefix`: the folder as seen from there, empty or ending in `/`; the paths of the index begin with it, those of trees do not.
 */
export interface WorkTree {
  root: string;
  prefix: string;
}

interface Call {
  input?: Buffer | string;
  /** Only where git looks at files: the folder may be gone, and the rest goes on. */
  on?: WorkTree;
}

const wayOf = (at: ShadowRepository, on: WorkTree | undefined): GitWay => ({ is: 'own', gitDir: at.gitDir, ...(on && { workTree: on.root }) });

/** Whether `git --version` says at least that. */
export const isAtLeast = (output: string, major: number, minor: number): boolean => {
  const [, foundMajor = '0', foundMinor = '0'] = /(\d+)\.(\d+)/.exec(output) ?? [];
  return Number(foundMajor) > major || (Number(foundMajor) === major && Number(foundMinor) >= minor);
};

/** Runs git in the shadow repository. Rejects only when git itself cannot be started. */
export const runGit = (at: ShadowRepository, args: readonly string[], { input, on }: Call = {}): Promise<ProgramEnd> =>
  run(wayOf(at, on), args, { git: at.git, input, limitMs: at.limitMs });

/** Runs git and gives its output; anything but success is a GitFailure. */
export const gitOutput = (at: ShadowRepository, args: readonly string[], { input, on }: Call = {}): Promise<Buffer> =>
  outputOf(wayOf(at, on), args, { git: at.git, input, limitMs: at.limitMs });

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
