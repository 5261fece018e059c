import { constants, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, parse, relative, resolve, sep } from 'node:path';
import { fileRefused } from '../core/errors.ts';
import { withinBound } from './boundedWork.ts';
import { inFolder, type ReachedFolder } from './reachedFolder.ts';
import { kindOf } from './regularFile.ts';
import { usersPermissions } from './umask.ts';

const appending = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/**
 * A file that a user named, to be added to. What a repository or an archive holds never decides where that goes: below the session's folder,
 * the home or the temporary folder no link is followed, and only a regular file of one name is written.
 */
export class NamedFile {
  readonly path: string;
  readonly #root: string;
  readonly #names: string[];

  /** `folder`: the one that the session is in. */
  constructor(path: string, folder: string) {
    this.path = resolve(path);
    this.#root = rootOf(this.path, folder);
    this.#names = relative(this.#root, this.path).split(sep).filter(Boolean);
  }

  /** Why nothing can be added to it, as far as a look can tell; null: something can. */
  problem(): Promise<string | null> {
    return this.#try(async () => {
      await this.#inFolder(false, async (folder) => mustBePlain(this.path, await folder.entry(this.#name)));
    });
  }

  /** Adds a text in one go, so that what others add stands before or behind it. Resolves to why it could not, or null. */
  append(text: string): Promise<string | null> {
    return this.#try(async () => {
      const isDone = await this.#inFolder(true, async (folder) => {
        mustBePlain(this.path, await folder.entry(this.#name));
        const file = await open(folder.at(this.#name), appending, usersPermissions(0o666));
        await addTo(file, this.path, Buffer.from(text)).finally(() => file.close());
        return true;
      });
      if (!isDone) throw new Error(`the folder ${dirname(this.path)} is not there`);
    });
  }

  get #name(): string {
    return this.#names.at(-1) ?? '';
  }

  #inFolder<T>(make: boolean, work: (folder: ReachedFolder) => Promise<T>): Promise<T | null> {
    return inFolder(this.#root, this.#names.slice(0, -1), make, work);
  }

  #try(work: () => Promise<void>): Promise<string | null> {
    return withinBound<string | null>(dirname(this.path), async () => {
      try {
        await work();
        return null;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        return sentenceOf(error);
      }
    }, () => `the folder ${dirname(this.path)} does not answer.`);
  }
}

/** The innermost folder around a path whose own links are those of the user and of the system; `folder`: the one that one works in. */
export function rootOf(path: string, folder: string): string {
  const { root } = parse(path);
  const first = root + (path.slice(root.length).split(sep)[0] ?? '');
  const around = [root, first, homedir(), tmpdir(), resolve(folder)].filter((one) => isWithin(path, one));
  return around.reduce((inner, one) => (one.length > inner.length ? one : inner));
}

const sentenceOf = ({ message }: Error): string => (message.endsWith('.') ? message : `${message}.`);

const isWithin = (path: string, folder: string): boolean => path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

function mustBePlain(path: string, found: Stats | null): void {
  if (found === null) return;
  if (!found.isFile()) throw fileRefused(path, `${kindOf(found)}, where a regular file was to be`);
  if (found.nlink > 1) throw fileRefused(path, 'a file that has another name as well (a hard link)');
}

async function addTo(file: FileHandle, path: string, bytes: Buffer): Promise<void> {
  mustBePlain(path, await file.stat());
  const { bytesWritten } = await file.write(bytes);
  if (bytesWritten < bytes.length) throw new Error(`only ${bytesWritten} of ${bytes.length} bytes could be written`);
}
