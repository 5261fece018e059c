import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, realpath, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fileRefused } from '../core/errors.ts';
import { kindOf } from './regularFile.ts';

/** Only there can a name be looked up in a folder that is held open, whatever its own name is by then. */
const holdsFolders = process.platform === 'linux';
const folderFlags = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * A folder that was reached from a root without following a link on the way. Names in it are looked up through the open folder (Linux), so
 * that a part of the way that is replaced by a link meanwhile leads nowhere else.
 */
export class ReachedFolder {
  readonly path: string;
  readonly #handle: FileHandle | null;

  private constructor(path: string, handle: FileHandle | null) {
    this.path = path;
    this.#handle = handle;
  }

  /** Goes down from `root`, whose own links are followed. `make`: folders that are missing are made. @throws HumanError at a link, and what the system says */
  static async reach(root: string, names: readonly string[], make: boolean): Promise<ReachedFolder> {
    let folder = await ReachedFolder.#open(await realpath(root), root);
    for (const name of names) {
      const from = folder;
      folder = await from.#enter(name, make).finally(() => from.close());
    }
    return folder;
  }

  static async #open(place: string, path: string): Promise<ReachedFolder> {
    return new ReachedFolder(path, holdsFolders ? await open(place, folderFlags) : null);
  }

  /** The path by which a name in it is to be used. */
  at(name: string): string {
    return this.#handle === null ? join(this.path, name) : `/proc/self/fd/${this.#handle.fd}/${name}`;
  }

  /** What has that name, itself and not what it leads to; null: nothing. */
  async entry(name: string): Promise<Stats | null> {
    return lstat(this.at(name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }

  async #enter(name: string, make: boolean): Promise<ReachedFolder> {
    const path = join(this.path, name);
    if (make && (await this.entry(name)) === null) await mkdir(this.at(name)).catch(unlessThere);
    const found = await this.entry(name);
    if (found && !found.isDirectory()) throw fileRefused(path, `${kindOf(found)}, where a folder was to be`);
    return ReachedFolder.#open(this.at(name), path);
  }
}

const unlessThere = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error;
};
