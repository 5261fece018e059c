import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { OwnPlace } from '../core/adapter.ts';
import { HumanError } from '../core/errors.ts';
import type { CheckpointChange, Checkpoints, ComparedFile, RestorePlan, RestoreRequest } from '../core/ports.ts';
import { copyCheckpoints } from './checkpointCopy.ts';
import { captureTree, type Memory } from './checkpointCapture.ts';
import { changesBetween, directoriesIn, isKnown, type Noted, rootPath, type TreeChange } from './checkpointChanges.ts';
import { type CheckpointLimits, defaultLimits } from './checkpointDecision.ts';
import { staysInside } from './checkpointDisk.ts';
import { GitFailure, gitOutput, isAtLeast, runGit, type ShadowRepository } from './checkpointGit.ts';
import { directoryPermissionsOf, type Notes, notesName, readNotes } from './checkpointNotes.ts';
import { skippedOf } from './checkpointNoting.ts';
import { keepFolderOf, replacedSince } from './checkpointFolder.ts';
import { planLinks } from './checkpointLinks.ts';
import { type PlannedRestore, planRestore } from './checkpointPlan.ts';
import { carryOut } from './checkpointRestore.ts';
import { sideIn, sideNow, textOf } from './checkpointSides.ts';
import { strangersIn } from './checkpointStrangers.ts';
import { boundedUntouched, uncoveredBetween } from './checkpointUncovered.ts';
import { takeNoProgramFrom } from './executables.ts';
import { FolderGone, FolderHandle } from './folderHandle.ts';
import { findGit } from './git.ts';
import { OwnState } from './ownState.ts';
import { clearInterrupted } from './restoreJournal.ts';

type Captured = Awaited<ReturnType<Checkpoints['capture']>>;

/** The checkpoint is not in the shadow repository (any more). */
const checkpointMissing = (checkpoint: string) =>
  new HumanError('checkpoint-missing', `The files of checkpoint ${checkpoint.slice(0, 12)} are not kept any more. Rewind without files, or choose another seam.`);

const noSuchPath = (path: string) => new HumanError('no-such-file', `“${path}” is no path whose files are captured.`);

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
 * Opens (or makes) the shadow repository `gitDir` of one session for the files of `folder`, a real path. One process at a time may have it
 * open. Without a usable git, folder or place for the repository the answer is `unavailable` with the reason in words. `own`: state
 * directories, besides those that can be recognised. `agents`: what agents keep for themselves, asked before each look at the folder.
 */
export async function openCheckpoints(options: {
  gitDir: string;
  folder: string;
  git?: string;
  limits?: Partial<CheckpointLimits>;
  own?: readonly string[];
  agents?: () => readonly OwnPlace[];
}): Promise<Checkpoints | { is: 'unavailable'; reason: string }> {
  const { gitDir, folder } = options;
  takeNoProgramFrom(folder);
  const { git = findGit() } = options;
  if (git === null) return { is: 'unavailable', reason: gitMissing('on the PATH') };
  const limits = { ...defaultLimits, ...options.limits };
  const at: ShadowRepository = { git, gitDir, folder, canPack: false, limitMs: limits.ms };
  // A folder that is gone may come back, and so may what was in it.
  const isKnown = await stat(join(gitDir, 'last')).then(() => true, () => false);
  if (!isKnown && !(await stat(folder).then((found) => found.isDirectory(), () => false))) {
    return { is: 'unavailable', reason: `The folder ${folder} does not exist.` };
  }
  const own = await OwnState.around(folder, options.own ?? [], options.agents ?? (() => []));
  if (await own.holdsFolder()) {
    return { is: 'unavailable', reason: `The folder ${folder} lies in a state directory of Backstitch, whose files are never captured.` };
  }
  try {
    await own.refresh();
    const version = await prepare(at, own);
    return new ShadowCheckpoints({ ...at, canPack: isAtLeast(version, 2, 37) }, limits, own);
  } catch (problem) {
    return { is: 'unavailable', reason: reasonOf(problem, at) };
  }
}

const gitMissing = (where: string): string => `git was not found (${where}); install it to have files restored too.`;

function reasonOf(problem: unknown, at: ShadowRepository): string {
  if (problem instanceof HumanError) return problem.message;
  if (problem instanceof GitFailure) return `Files cannot be captured: ${problem.message}.`;
  const { code, syscall } = problem as NodeJS.ErrnoException;
  if (syscall?.startsWith('spawn')) {
    return code === 'ENOENT' ? gitMissing(at.git) : `git (${at.git}) cannot be started: ${code ?? String(problem)}.`;
  }
  return `The checkpoints' directory ${at.gitDir} cannot be used: ${problem instanceof Error ? problem.message : String(problem)}.`;
}

/** Makes the repository if need be; gives what git says of its version. */
async function prepare(at: ShadowRepository, own: OwnState): Promise<string> {
  await mkdir(at.gitDir, { recursive: true, mode: 0o700 });
  if (!(await stat(join(at.gitDir, 'HEAD')).catch(() => null))) {
    await gitOutput(at, ['init', '--quiet', '--template=']);
    const probed = await readFile(join(at.gitDir, 'config'), 'utf8');
    // What git found out about this file system stays, our settings come after it and win.
    await writeFile(join(at.gitDir, 'config'), `${probed}${configuration}`, { mode: 0o600 });
    await mkdir(join(at.gitDir, 'info'), { recursive: true, mode: 0o700 });
    await writeFile(join(at.gitDir, 'info', 'attributes'), attributes, { mode: 0o600 });
  }
  // We are the only ones here: a lock is what a killed predecessor left.
  await rm(join(at.gitDir, 'index.lock'), { force: true });
  const folder = await FolderHandle.open(at.folder, own.identities).catch(() => null);
  if (folder) await clearInterrupted(at, folder).finally(() => folder.close());
  return (await gitOutput(at, ['--version'])).toString();
}

/** Past this a capture or restore counts as failed, whatever it waits for; each of its processes has a shorter limit of its own. */
const limitMs = 300_000;

class ShadowCheckpoints implements Checkpoints {
  readonly #at: ShadowRepository;
  readonly #limits: CheckpointLimits;
  readonly #own: OwnState;
  readonly #memory: Memory = { last: null, indexMark: null, exclude: null };
  #work: Promise<unknown> = Promise.resolve();
  #isStuck = false;
  #waiting: { since: string | undefined; captured: Promise<Captured> } | null = null;
  /** The checkpoint before, once there was one in this life. */
  #previous: Noted | null = null;
  readonly #notes = new Map<string, Notes | null>();

  constructor(at: ShadowRepository, limits: CheckpointLimits, own: OwnState) {
    this.#at = at;
    this.#limits = limits;
    this.#own = own;
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
    const [before, after] = await this.#both(from, to);
    const changes = await this.#between(before, after);
    return changes.filter((change) => this.#isTold(change, before, after))
      .map(({ path, from: was, to: is }) => ({ path, is: was === null ? 'added' : is === null ? 'deleted' : 'modified' }));
  }

  async read(checkpoint: string, path: string): Promise<string | null> {
    if (!isId(checkpoint)) throw checkpointMissing(checkpoint);
    if (path === notesName || this.#own.has(path)) return null;
    const { code, stdout } = await runGit(this.#at, ['cat-file', 'blob', `${checkpoint}:${path}`]);
    if (code !== 0 && !(await this.#isThere(checkpoint))) throw checkpointMissing(checkpoint);
    return code === 0 ? textOf(stdout) : null;
  }

  async compare(checkpoint: string, path: string): Promise<ComparedFile> {
    if (!isId(checkpoint)) throw checkpointMissing(checkpoint);
    await this.#own.refresh();
    const name = path.replace(/\/$/, '');
    if (path !== rootPath && (!staysInside(name) || name === notesName || this.#own.has(name))) throw noSuchPath(path);
    const folder = await this.#open();
    try {
      const [now, will] = [await sideNow(folder, path), await sideIn(this.#at, await this.#noted(checkpoint), path)];
      return { now, will };
    } finally {
      await folder?.close();
    }
  }

  async preview(request: RestoreRequest): Promise<RestorePlan> {
    await this.#own.refresh();
    const folder = await this.#open();
    try {
      const { write, remove, conflicts, untouched } = await this.#plan(request, folder);
      return { write: write.map(({ path }) => path), remove: remove.map(({ path }) => path), conflicts, untouched };
    } finally {
      await folder?.close();
    }
  }

  restore(request: RestoreRequest, planned?: (paths: number) => void): Promise<RestorePlan> {
    return this.#inTurn(() => this.#restore(request, planned));
  }

  async has(checkpoint: string): Promise<boolean> {
    return isId(checkpoint) && stat(this.#refOf(checkpoint)).then(() => true, () => false);
  }

  copyTo(directory: string, checkpoints: readonly string[]): Promise<void> {
    const odd = checkpoints.find((checkpoint) => !isId(checkpoint));
    if (odd !== undefined) return Promise.reject(new Error(`${odd} is no checkpoint`));
    return this.#inTurn(() => copyCheckpoints(this.#at.gitDir, directory, checkpoints));
  }

  /** Whether its objects are there too: costs a process. */
  async #isThere(checkpoint: string): Promise<boolean> {
    return isId(checkpoint) && (await runGit(this.#at, ['cat-file', '-e', `${checkpoint}^{tree}`])).code === 0;
  }

  #refOf(checkpoint: string): string {
    return join(this.#at.gitDir, 'refs', 'checkpoints', checkpoint);
  }

  /** One after the other. What does not come back in time is given up, and until it does nothing else is begun. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(() => {
      if (this.#isStuck) throw new Error(`an earlier look at the folder ${this.#at.folder} has not come back`);
      const began = work();
      return new Promise<T>((resolve, reject) => {
        const timer = setTimeout(() => {
          this.#isStuck = true;
          reject(new Error(`the folder ${this.#at.folder} did not answer within ${limitMs / 1000} s`));
        }, limitMs);
        const ended = (): void => {
          clearTimeout(timer);
          this.#isStuck = false;
        };
        began.then((value) => { ended(); resolve(value); }, (problem: unknown) => { ended(); reject(problem as Error); });
      });
    });
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #capture(since: string | undefined): Promise<Captured> {
    const startedMs = Date.now();
    const previous = await this.#last();
    const captured = await captureTree({ at: this.#at, limits: this.#limits, own: this.#own, memory: this.#memory, previous });
    const { tree, notes } = captured;
    const now: Noted = { tree, notes };
    this.#remember(now);
    const base = since === undefined || since === previous?.tree ? previous : ((await this.#noted(since).catch(() => null)) ?? previous);
    const changes = base === null ? [] : await this.#between(base, now).catch(() => []);
    const changed = changes.filter((change) => this.#isTold(change, base, now)).map(({ path }) => path);
    if (previous?.tree !== tree) await this.#keep(tree, startedMs, captured.folder);
    this.#previous = now;
    return { checkpoint: tree, changed, skipped: skippedOf(notes) };
  }

  #isTold(change: TreeChange, from: Noted | null, to: Noted): boolean {
    return isKnown(change, from?.notes ?? null, to.notes) && !this.#own.has(change.path.replace(/\/$/, ''));
  }

  /** The checkpoint before; null when there was none or its objects are gone. */
  async #last(): Promise<Noted | null> {
    if (this.#previous !== null) return this.#previous;
    const tree = (await readFile(join(this.#at.gitDir, 'last'), 'utf8').catch(() => '')).trim();
    return (await this.#isThere(tree)) ? this.#noted(tree) : null;
  }

  /** A ref for each checkpoint, so that no clean-up of git's ever takes its objects. Its time is that of the first capture's start. */
  async #keep(tree: string, startedMs: number, folder: string | null): Promise<void> {
    const ref = this.#refOf(tree);
    const isNew = !(await this.has(tree));
    await mkdir(dirname(ref), { recursive: true, mode: 0o700 });
    await writeFile(ref, `${tree}\n`, { mode: 0o600 });
    // The clock of a file system may lag behind by a tick.
    if (isNew) await utimes(ref, new Date(startedMs), new Date(startedMs - clockTickMs));
    await keepFolderOf(this.#at, tree, folder);
    const last = join(this.#at.gitDir, 'last');
    await writeFile(`${last}.new`, `${tree}\n`, { mode: 0o600 });
    await rename(`${last}.new`, last);
  }

  #remember({ tree, notes }: Noted): void {
    this.#notes.delete(tree);
    this.#notes.set(tree, notes);
    for (const oldest of this.#notes.keys()) if (this.#notes.size > mostNotes) this.#notes.delete(oldest);
  }

  async #noted(tree: string): Promise<Noted> {
    const known = this.#notes.get(tree);
    const noted = { tree, notes: known === undefined ? await readNotes(this.#at, tree) : known };
    if (noted.notes === null && !(await this.#isThere(tree))) throw checkpointMissing(tree);
    this.#remember(noted);
    return noted;
  }

  async #both(from: string, to: string): Promise<[Noted, Noted]> {
    for (const checkpoint of [from, to]) if (!isId(checkpoint)) throw checkpointMissing(checkpoint);
    return [await this.#noted(from), await this.#noted(to)];
  }

  async #between(from: Noted, to: Noted): Promise<TreeChange[]> {
    try {
      return await changesBetween(this.#at, from, to);
    } catch (problem) {
      for (const { tree } of [from, to]) if (!(await this.#isThere(tree))) throw checkpointMissing(tree);
      throw problem;
    }
  }

  /** Null: the folder is gone. @throws HumanError when something else has taken its place */
  async #open(): Promise<FolderHandle | null> {
    try {
      return await FolderHandle.open(this.#at.folder, this.#own.identities);
    } catch (problem) {
      if (!(problem instanceof FolderGone)) throw problem;
      if (problem.isMissing) return null;
      throw folderReplaced(problem.message);
    }
  }

  async #restore(request: RestoreRequest, planned?: (paths: number) => void): Promise<RestorePlan> {
    await this.#own.refresh();
    let folder = await this.#open();
    try {
      if (folder !== null) await clearInterrupted(this.#at, folder);
      const plan = await this.#plan(request, folder);
      if (plan.write.length + plan.remove.length > 0) planned?.(plan.write.length + plan.remove.length);
      const notes = this.#notes.get(request.to) ?? null;
      const directoryPermissions = (path: string): number => (notes === null ? 0o755 : directoryPermissionsOf(notes, path));
      if (folder === null && plan.write.length > 0) {
        await mkdir(this.#at.folder, { mode: directoryPermissions('') }).catch((problem: NodeJS.ErrnoException) => {
          throw folderReplaced(`The folder ${this.#at.folder} is gone, and it cannot be made again (${problem.code ?? problem.message}).`);
        });
        folder = await this.#open();
      }
      if (folder === null) return { write: [], remove: [], conflicts: plan.conflicts, untouched: plan.untouched };
      return await carryOut({ at: this.#at, folder, plan, directoryPermissions });
    } finally {
      await folder?.close();
    }
  }

  async #plan(request: RestoreRequest, folder: FolderHandle | null): Promise<PlannedRestore> {
    const [tip, to] = await this.#both(request.tip, request.to);
    const changes = await this.#between(tip, to);
    await this.#own.learn(changes.map(({ path }) => path));
    const plan = await planRestore({ folder, own: this.#own, tip, to, changes, request });
    const others = await uncoveredBetween(this.#at.folder, to, tip, this.#refOf(request.to));
    const whole = { ...plan, standing: await this.#standing(to, plan) };
    const strangers = folder === null ? [] : await strangersIn({ folder, own: this.#own, plan: whole, changes, tip: tip.notes });
    const { links, untouched } = await planLinks(folder, plan, to, tip);
    const replaced = folder === null ? [] : await replacedSince(this.#at, to.tree, folder);
    return { ...whole, links, untouched: boundedUntouched([...replaced, ...plan.untouched, ...others, ...strangers, ...untouched]) };
  }

  /** Directories above what is removed that were there at the target. */
  async #standing(to: Noted, plan: PlannedRestore): Promise<ReadonlySet<string>> {
    const above = new Set<string>();
    for (const { path } of plan.remove) for (let at = posix.dirname(path); at !== '.' && !above.has(at); at = posix.dirname(at)) above.add(at);
    if (above.size === 0) return above;
    const directories = await directoriesIn(this.#at, to);
    return new Set([...above].filter((path) => directories.has(path)));
  }
}

/** How many checkpoints' notes are held. */
const mostNotes = 16;
const clockTickMs = 20;

const folderReplaced = (what: string): HumanError => new HumanError('folder-replaced', what);
const isId = (checkpoint: string): boolean => /^[0-9a-f]{40,64}$/.test(checkpoint);
