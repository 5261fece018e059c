import { readdir } from 'node:fs/promises';
import type { Observation, Watch } from '../core/adapter.ts';
import { markOf } from './fileMark.ts';
import { LineReader, type WatchReader } from './lineReader.ts';
import { readTextFile } from './regularFile.ts';

type Deliver = (observation: Observation) => void;

export function readerOf(watch: Watch, deliver: Deliver): WatchReader {
  switch (watch.is) {
    case 'lines':
      return new LineReader(watch, deliver);
    case 'text':
      return new WholeReader(watch.path, () => readTextFile(watch.path), (text) => deliver({ is: 'text', watch: watch.watch, path: watch.path, text }));
    case 'directory':
      return new WholeReader(watch.path, () => readNames(watch.path), (names) => deliver({ is: 'directory', watch: watch.watch, path: watch.path, names: names === null ? [] : names.split('\n').filter(Boolean) }));
  }
}

/** Something that is read as a whole and told when it differs from what was told last; null: not there. */
class WholeReader implements WatchReader {
  readonly #path: string;
  readonly #readWhole: () => Promise<string | null>;
  readonly #tell: (whole: string | null) => void;
  #told: string | null = null;
  #mark = '';
  #isStopped = false;

  constructor(path: string, readWhole: () => Promise<string | null>, tell: (whole: string | null) => void) {
    this.#path = path;
    this.#readWhole = readWhole;
    this.#tell = tell;
  }

  async read(): Promise<void> {
    this.#mark = markOf(this.#path);
    const whole = await this.#readWhole();
    if (this.#isStopped || whole === this.#told) return;
    this.#told = whole;
    this.#tell(whole);
  }

  seemsChanged(): boolean {
    return markOf(this.#path) !== this.#mark;
  }

  stop(): void {
    this.#isStopped = true;
  }
}

const readNames = (path: string): Promise<string | null> =>
  readdir(path).then(
    // A name cannot hold a slash; one that holds a line feed is no agent's.
    (names) => `\n${names.filter((name) => !name.includes('\n')).sort().join('\n')}`,
    () => null,
  );
