import { statSync, watch, type FSWatcher } from 'node:fs';

/** The system's own word that something in one of some folders has changed. A folder may not exist yet, or be replaced: ask again with `listen`. */
export class FolderEvents {
  readonly #changed: (folder: string, name: string | null) => void;
  readonly #watchers = new Map<string, { watcher: FSWatcher; inode: number }>();

  constructor(changed: (folder: string, name: string | null) => void) {
    this.#changed = changed;
  }

  /** From now on exactly these folders, as far as they exist. Cheap when nothing differs. */
  listen(folders: ReadonlySet<string>): void {
    for (const folder of this.#watchers.keys()) if (!folders.has(folder)) this.#end(folder);
    for (const folder of folders) {
      const inode = statSync(folder, { throwIfNoEntry: false })?.ino;
      if (this.#watchers.get(folder)?.inode === inode) continue;
      this.#end(folder);
      if (inode !== undefined) this.#begin(folder, inode);
    }
  }

  dispose(): void {
    for (const folder of [...this.#watchers.keys()]) this.#end(folder);
  }

  #begin(folder: string, inode: number): void {
    try {
      const watcher = watch(folder, (_, name) => this.#changed(folder, name));
      watcher.on('error', () => this.#end(folder));
      this.#watchers.set(folder, { watcher, inode });
      this.#changed(folder, null);
    } catch {
      // No watch to be had (ENOSPC: inotify's limit): the poll finds changes.
    }
  }

  #end(folder: string): void {
    this.#watchers.get(folder)?.watcher.close();
    this.#watchers.delete(folder);
  }
}
