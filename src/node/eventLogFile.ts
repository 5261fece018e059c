import { fdatasync, fstatSync, statSync, write } from 'node:fs';
import { link, open, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { copyRange, createContinuation, cutTail, openForAppend, openForSafeAppend, syncDirectory } from './eventLogRepair.ts';

/** The log's file is no longer what we left: somebody deleted, replaced, shortened or lengthened it. */
export class ForeignChange extends Error {}

const writeSome = (fd: number, bytes: Buffer): Promise<number> =>
  new Promise((resolve, reject) => write(fd, bytes, 0, bytes.length, null, (error, written) => (error ? reject(error) : resolve(written))));

/**
 * The one file that a log is appended to, and who appends. After a failed call it must be reopened before the next; `reopen` brings the file back to
 * exactly `sizeBytes` of ours.
 */
export class LogFile {
  /** First file of the log. */
  readonly #logPath: string;
  #handle: FileHandle;
  /** A second descriptor of the same file whose writes are on the disk when they return; opened when it is first wanted. Null: there is none. */
  #safe: FileHandle | null | undefined;
  /**
   * The descriptors before these, which are never used again. They stay open until something is on the disk by the new
   * ones: else the system gives a new one the number of one that has failed, and a good answer looks like the second
   * answer of a bad one.
   */
  #former: FileHandle[] = [];
  #inode: number;
  /** The file that is written now: the log or one of its continuations. */
  path: string;
  /** Whole rows of ours in the file. */
  sizeBytes: number;
  /** How much of it is known to be on the disk. */
  syncedBytes: number;
  /** What lies beyond `sizeBytes` is a write of ours that failed half-way. */
  #hasOwnTail = false;

  constructor(logPath: string, path: string, handle: FileHandle, sizeBytes: number) {
    this.#logPath = logPath;
    this.path = path;
    this.#handle = handle;
    this.#inode = fstatSync(handle.fd).ino;
    this.sizeBytes = sizeBytes;
    this.syncedBytes = sizeBytes;
  }

  /** Throws `ForeignChange` when the file is not as we left it: the kernel would accept a write to a deleted file without a word. */
  check(): void {
    const held = fstatSync(this.#handle.fd);
    const named = statSync(this.path, { throwIfNoEntry: false });
    if (held.nlink === 0 || !named) throw new ForeignChange('the file was deleted');
    if (named.ino !== this.#inode) throw new ForeignChange('another file was put in its place');
    if (held.size !== this.sizeBytes) throw new ForeignChange('another program wrote to the file');
  }

  /**
   * Appends whole rows. A short write does not throw in Node, so the rest is written again until the system says what is wrong. Returns
   * how many bytes of whole rows are in the file, and the error that kept the rest out. With `isAwaited` they are on the disk as well
   * (`syncedBytes` tells), where one call can do both: a write that syncs does so for nothing that was written before it.
   */
  async append(bytes: Buffer, isAwaited: boolean): Promise<{ wholeBytes: number; error: unknown }> {
    let written = 0;
    let isSafe = false;
    let isTried = false;
    try {
      const safe = isAwaited && this.syncedBytes === this.sizeBytes ? await this.#openSafe() : null;
      [isSafe, isTried] = [safe !== null, true];
      while (written < bytes.length) {
        if (written > 0) this.#mustEndAt(this.sizeBytes + written);
        written += await writeSome((safe ?? this.#handle).fd, written === 0 ? bytes : bytes.subarray(written));
      }
      this.#grow(written, isSafe);
      if (isSafe) await this.#closeFormer();
      return { wholeBytes: written, error: null };
    } catch (error) {
      const wholeBytes = written === 0 ? 0 : bytes.lastIndexOf(0x0a, written - 1) + 1;
      this.#grow(wholeBytes, isSafe);
      // A write that failed may be in the file all the same, and it is not known how much of it is on the disk.
      this.#hasOwnTail = isTried && this.#seenBytes() !== this.sizeBytes;
      // At once, so that readers do not wait on half a row; if it fails, `reopen` does it.
      if (this.#hasOwnTail) await this.#handle.truncate(this.sizeBytes).then(() => (this.#hasOwnTail = false), () => {});
      return { wholeBytes, error };
    }
  }

  /**
   * After a short write Node tries the rest by itself, and says nothing of how that failed. Where more is in the file
   * than it says, a sync has failed, and the descriptor must not be asked again.
   */
  #mustEndAt(sizeBytes: number): void {
    if (this.#seenBytes() !== sizeBytes) throw Object.assign(new Error('a write was cut short'), { code: 'EIO' });
  }

  /** The size of the file; NaN where the disk does not even say that. */
  #seenBytes(): number {
    try {
      return fstatSync(this.#handle.fd).size;
    } catch {
      return NaN;
    }
  }

  /** Throws when it is not certain that everything up to now is on the disk; then the descriptor must not be asked again. */
  async sync(): Promise<void> {
    if (this.syncedBytes === this.sizeBytes) return;
    const sizeBytes = this.sizeBytes;
    await new Promise<void>((resolve, reject) => fdatasync(this.#handle.fd, (error) => (error ? reject(error) : resolve())));
    this.syncedBytes = sizeBytes;
    await this.#closeFormer();
  }

  /** Forgets what was written since the last good sync: after a failed one the kernel may have thrown it away. */
  forgetUnsynced(): void {
    this.#hasOwnTail ||= this.sizeBytes > this.syncedBytes;
    this.sizeBytes = this.syncedBytes;
  }

  /**
   * Opens the file again and brings it back to `sizeBytes`. A deleted file is written again from the old descriptor; one that was replaced
   * or shortened is left alone, and a continuation takes over. `sizeBytes` is less than before where rows are to be
   * written again. Returns what a person should know, or null.
   */
  async reopen(): Promise<{ note: string; lostBytes: number; keptAs: string | null } | null> {
    const found = await stat(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (!found) return this.#restore();
    if (found.ino !== this.#inode) return this.#continueElsewhere(this.sizeBytes, 'another file was put in its place; that one was left as it is');
    if (found.size < this.sizeBytes) return this.#continueElsewhere(0, 'the file was shortened by another program', this.sizeBytes - found.size);
    await this.#openAgain();
    if (found.size === this.sizeBytes) return null;
    if (this.#hasOwnTail) {
      await this.#handle.truncate(this.sizeBytes);
      this.#hasOwnTail = false;
      return null;
    }
    const { keptAs } = await cutTail(this.path, this.#handle, this.sizeBytes, found.size);
    return { note: 'another program wrote to the file; what it wrote was put aside', lostBytes: found.size - this.sizeBytes, keptAs };
  }

  async close(): Promise<void> {
    await this.#closeFormer();
    await this.#safe?.close().catch(() => {});
    await this.#handle.close();
  }

  #grow(bytes: number, isSafe: boolean): void {
    this.sizeBytes += bytes;
    if (isSafe) this.syncedBytes = this.sizeBytes;
  }

  async #openSafe(): Promise<FileHandle | null> {
    if (this.#safe !== undefined) return this.#safe;
    const safe = await openForSafeAppend(this.path).catch((error: NodeJS.ErrnoException) => {
      // A sync by the other descriptor does as well.
      if (error.code === 'EMFILE' || error.code === 'ENFILE') return null;
      throw error;
    });
    if (safe !== null && fstatSync(safe.fd).ino !== this.#inode) {
      await safe.close();
      throw new ForeignChange('another file was put in its place');
    }
    if (safe !== null || process.platform !== 'linux') this.#safe = safe;
    return safe;
  }

  /** The same file by new descriptors. What the old ones have written is safe before, or is written again. */
  async #openAgain(): Promise<void> {
    await this.sync().catch(() => this.forgetUnsynced());
    const handle = await openForAppend(this.path);
    if (fstatSync(handle.fd).ino !== this.#inode) {
      await handle.close();
      throw new ForeignChange('another file was put in its place');
    }
    await this.#replaceHandle(handle);
  }

  async #replaceHandle(handle: FileHandle): Promise<void> {
    this.#inode = fstatSync(handle.fd).ino;
    await this.#closeFormer();
    this.#former = this.#safe ? [this.#handle, this.#safe] : [this.#handle];
    this.#handle = handle;
    this.#safe = undefined;
  }

  /** Closing reports the old descriptors' errors once more; they have been dealt with. */
  async #closeFormer(): Promise<void> {
    for (const one of this.#former.splice(0)) await one.close().catch(() => {});
  }

  async #restore() {
    const copy = `${this.path}.restoring`;
    const handle = await open(copy, 'w+', 0o600);
    try {
      await copyRange(this.#handle, 0, this.sizeBytes, handle);
      await link(copy, this.path);
    } finally {
      await handle.close();
      await unlink(copy);
    }
    await syncDirectory(dirname(this.path));
    await this.#replaceHandle(await openForAppend(this.path));
    this.syncedBytes = this.sizeBytes;
    this.#hasOwnTail = false;
    return { note: 'the file was deleted while it was written to, and has been put back', lostBytes: 0, keptAs: null };
  }

  async #continueElsewhere(copyBytes: number, note: string, lostBytes = 0) {
    const next = await createContinuation(this.#logPath);
    try {
      await copyRange(this.#handle, 0, copyBytes, next.handle);
    } catch (error) {
      await next.handle.close();
      await unlink(next.path);
      throw error;
    }
    await this.#replaceHandle(next.handle);
    this.path = next.path;
    this.sizeBytes = this.syncedBytes = copyBytes;
    this.#hasOwnTail = false;
    return { note, lostBytes, keptAs: null };
  }
}
