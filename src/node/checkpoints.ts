import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { HumanError } from '../core/errors.ts';
import type { CheckpointChange, Checkpoints, RestorePlan, RestoreRequest } from '../core/ports.ts';
import { captureTree, defaultLimits, type CheckpointLimits } from './checkpointCapture.ts';
import { changesBetween, type TreeChange, uncoveredMode } from './checkpointChanges.ts';
import { GitFailure, gitOutput, isAtLeast, runGit, type ShadowRepository } from './checkpointGit.ts';
import { ignoresAbove } from './checkpointIgnores.ts';
import { planRestore } from './checkpointPlan.ts';
import { carryOut, clearInterrupted, temporaryPattern } from './checkpointRestore.ts';

type Captured = Awaited<ReturnType<Checkpoints['capture']>>;

/** The checkpoint is not in the shadow repository (any more). */
const checkpointMissing = (checkpoint: string) =>
  new HumanError('checkpoint-missing', `The files of checkpoint ${checkpoint.slice(0, 12)} are not kept any more. Rewind without files, or choose another seam.`);

/** Files are taken byte for byte: no line-end conversion, no filter (lfs), no keyword, no re-encoding, whatever the folder's attributes say. */
const attributes = '* -text !eol -filter -ident !working-tree-encoding\n';

const configuration = `[core]
\trepositoryformatversion = 0
\tbare = false
\tlogallrefupdates = false
\tautocrlf = false
\tsafecrlf = false
\thooksPath = /dev/null
\tcompression = 1
\tpreloadIndex = true
\tquotePath = false
\texcludesFile =
\tattributesFile =
\tfsmonitor = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[index]
\tthreads = true
`;

/**
 * Opens (or makes) the shadow repository `gitDir` of one session for the files of `folder`. One process at a time may have it open.
 * Without a usable git, folder or place for the repository the answer is `unavailable` with the reason in words.
 */
export async function openCheckpoints(options: {
  gitDir: string;
  folder: string;
  git?: string;
  limits?: Partial<CheckpointLimits>;
}): Promise<Checkpoints | { is: 'unavailable'; reason: string }> {
  const at: ShadowRepository = { git: options.git ?? 'git', gitDir: options.gitDir, folder: options.folder, canPack: false };
  const folderStats = await stat(at.folder).catch(() => null);
  if (!folderStats?.isDirectory()) return { is: 'unavailable', reason: `The folder ${at.folder} does not exist.` };
  try {
    const version = await prepare(at);
    return new ShadowCheckpoints({ ...at, canPack: isAtLeast(version, 2, 37) }, { ...defaultLimits, ...options.limits });
  } catch (problem) {
    return { is: 'unavailable', reason: reasonOf(problem, at) };
  }
}

function reasonOf(problem: unknown, at: ShadowRepository): string {
  if (problem instanceof GitFailure) return `Files cannot be captured: ${problem.message}.`;
  const { code, syscall } = problem as NodeJS.ErrnoException;
  if (syscall?.startsWith('spawn')) {
    return code === 'ENOENT' ? `git was not found (${at.git}); install it to have files restored too.` : `git (${at.git}) cannot be started: ${code ?? String(problem)}.`;
  }
  return `The checkpoints' directory ${at.gitDir} cannot be used: ${problem instanceof Error ? problem.message : String(problem)}.`;
}

/** Makes the repository if need be; gives what git says of its version. */
async function prepare(at: ShadowRepository): Promise<string> {
  await mkdir(at.gitDir, { recursive: true, mode: 0o700 });
  if (!(await stat(join(at.gitDir, 'HEAD')).catch(() => null))) {
    await gitOutput(at, ['init', '--quiet', '--template=']);
    const probed = await readFile(join(at.gitDir, 'config'), 'utf8');
    // What git found out about this file system stays, our settings come after it and win.
    await writeFile(join(at.gitDir, 'config'), `${probed}${configuration}`);
    await mkdir(join(at.gitDir, 'info'), { recursive: true });
    await writeFile(join(at.gitDir, 'info', 'attributes'), attributes);
  }
  // We are the only ones here: a lock is what a killed predecessor left.
  await rm(join(at.gitDir, 'index.lock'), { force: true });
  await clearInterrupted(at);
  return (await gitOutput(at, ['--version'])).toString();
}

class ShadowCheckpoints implements Checkpoints {
  #at: ShadowRepository;
  #limits: CheckpointLimits;
  #work: Promise<unknown> = Promise.resolve();
  #waiting: { since: string | undefined; captured: Promise<Captured> } | null = null;
  #excludes: string | null = null;
  /** The tree of the capture before, once there was one in this life. */
  #previous: string | null = null;

  constructor(at: ShadowRepository, limits: CheckpointLimits) {
    this.#at = at;
    this.#limits = limits;
  }

  /** Callers that come while a capture waits for its turn share it; one that has begun may have missed their files. */
  capture(since?: string): Promise<Captured> {
    if (this.#waiting && this.#waiting.since === since) return this.#waiting.captured;
    const captured = this.#inTurn(() => {
      if (this.#waiting?.captured === captured) this.#waiting = null;
      return this.#capture(since);
    });
    this.#waiting = { since, captured };
    return captured;
  }

  async changes(from: string, to: string): Promise<CheckpointChange[]> {
    const changes = await this.#between(from, to);
    return changes.filter(isCovered).map(({ path, from: before, to: after }) => ({ path, is: before === null ? 'added' : after === null ? 'deleted' : 'modified' }));
  }

  async read(checkpoint: string, path: string): Promise<string | null> {
    if (!isId(checkpoint)) throw checkpointMissing(checkpoint);
    const { code, stdout } = await runGit(this.#at, ['cat-file', 'blob', `${checkpoint}:${path}`]);
    if (code !== 0 && !(await this.#isThere(checkpoint))) throw checkpointMissing(checkpoint);
    if (code !== 0) return null;
    const text = stdout.toString();
    return text.includes('\0') || !Buffer.from(text).equals(stdout) ? null : text;
  }

  async preview(request: RestoreRequest): Promise<RestorePlan> {
    const { write, remove, conflicts, untouched } = await this.#plan(request);
    return { write: write.map(({ path }) => path), remove: remove.map(({ path }) => path), conflicts, untouched };
  }

  restore(request: RestoreRequest): Promise<RestorePlan> {
    return this.#inTurn(async () => carryOut(this.#at, await this.#plan(request)));
  }

  async has(checkpoint: string): Promise<boolean> {
    return isId(checkpoint) && stat(this.#refOf(checkpoint)).then(() => true, () => false);
  }

  /** Whether its objects are there too: costs a process. */
  async #isThere(checkpoint: string): Promise<boolean> {
    return isId(checkpoint) && (await runGit(this.#at, ['cat-file', '-e', `${checkpoint}^{tree}`])).code === 0;
  }

  #refOf(checkpoint: string): string {
    return join(this.#at.gitDir, 'refs', 'checkpoints', checkpoint);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #capture(since: string | undefined): Promise<Captured> {
    await this.#writeExcludes();
    const previous = await this.#last();
    const { tree, changes, skipped } = await captureTree(this.#at, this.#limits, previous === null ? null : { tree: previous, isIndex: this.#previous !== null });
    const others = since === undefined || since === previous ? null : await this.#between(since, tree).catch(() => null);
    const changed = (others ?? changes ?? []).filter(isCovered).map(({ path }) => path);
    if (previous !== tree) await this.#remember(tree);
    this.#previous = tree;
    return { checkpoint: tree, changed, skipped };
  }

  /** The tree of the capture before; null when there was none or its objects are gone. */
  async #last(): Promise<string | null> {
    if (this.#previous !== null) return this.#previous;
    const tree = (await readFile(join(this.#at.gitDir, 'last'), 'utf8').catch(() => '')).trim();
    return (await this.#isThere(tree)) ? tree : null;
  }

  /** A ref for each checkpoint, so that no clean-up of git's ever takes its objects. */
  async #remember(tree: string): Promise<void> {
    const ref = this.#refOf(tree);
    await mkdir(dirname(ref), { recursive: true });
    await writeFile(ref, `${tree}\n`);
    const last = join(this.#at.gitDir, 'last');
    await writeFile(`${last}.new`, `${tree}\n`);
    await rename(`${last}.new`, last);
  }

  async #writeExcludes(): Promise<void> {
    const inside = relative(this.#at.folder, this.#at.gitDir);
    const own = inside === '' || inside.startsWith('..') || isAbsolute(inside) ? [] : [`/${inside.split(sep).join('/')}/`];
    const text = `${[...(await ignoresAbove(this.#at.folder)), temporaryPattern, ...own].join('\n')}\n`;
    if (text === this.#excludes) return;
    await writeFile(join(this.#at.gitDir, 'info', 'exclude'), text);
    this.#excludes = text;
  }

  async #between(from: string, to: string): Promise<TreeChange[]> {
    for (const checkpoint of [from, to]) if (!isId(checkpoint)) throw checkpointMissing(checkpoint);
    try {
      return await changesBetween(this.#at, from, to);
    } catch (problem) {
      for (const checkpoint of [from, to]) if (!(await this.#isThere(checkpoint))) throw checkpointMissing(checkpoint);
      throw problem;
    }
  }

  async #plan(request: RestoreRequest): ReturnType<typeof planRestore> {
    return planRestore(this.#at, await this.#between(request.tip, request.to), request);
  }
}

const isId = (checkpoint: string): boolean => /^[0-9a-f]{40,64}$/.test(checkpoint);
const isCovered = ({ from, to }: TreeChange): boolean => from?.mode !== uncoveredMode && to?.mode !== uncoveredMode;
