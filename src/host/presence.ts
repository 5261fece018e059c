import { watch, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { electHost, type Election } from '../node/hostSocket.ts';
import { openStateDirectory, type StateDirectory } from '../node/stateDirectory.ts';

/** How often it is looked whether the socket is still where clients look for it; a change of its folder is looked at at once. */
const lookMs = 1_000;

type Elected = Extract<Election, { is: 'elected' }>;

interface PresencePort {
  protocol: number;
  admit(socket: Socket): void;
  /** The state directory was taken away and is there again: what living sessions keep in it is to be put back. */
  restored(): Promise<void>;
  /** Another host has taken the place: nobody finds this one any more. */
  replaced(): void;
  note(line: string): void;
}

/**
 * Sees to it that clients find this host: where the state directory or the socket in it is taken away, both are made again. It keeps
 * serving rather than end, since its agents are well and their logs can be put back from the files that it holds open.
 */
export class Presence {
  readonly #directory: StateDirectory;
  readonly #port: PresencePort;
  #election: Elected;
  #place: string | null = null;
  #isLooking = false;
  #timer: NodeJS.Timeout | undefined;
  #watcher: FSWatcher | null = null;
  #trouble = '';
  #isOver = false;

  constructor(directory: StateDirectory, election: Elected, port: PresencePort) {
    this.#directory = directory;
    this.#election = election;
    this.#port = port;
  }

  async begin(): Promise<void> {
    // On Windows the pipe is no file.
    if (process.platform === 'win32') return;
    this.#place = await placeOf(this.#election.path);
    this.#watch();
    this.#timer = setInterval(() => this.#look(), lookMs);
    this.#timer.unref();
  }

  dispose(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#watcher?.close();
    return this.#election.dispose();
  }

  #watch(): void {
    this.#watcher?.close();
    try {
      this.#watcher = watch(this.#directory.sockets, () => this.#look()).on('error', () => undefined);
      this.#watcher.unref();
    } catch {
      // The interval looks as well.
      this.#watcher = null;
    }
  }

  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#lookNow()
      .catch((error: unknown) => this.#noteTrouble(error instanceof Error ? error.message : String(error)))
      .finally(() => { this.#isLooking = false; });
  }

  /** Once each: it is tried again every second. */
  #noteTrouble(why: string): void {
    if (why !== this.#trouble) this.#port.note(`clients cannot find this host: ${why}`);
    this.#trouble = why;
  }

  async #lookNow(): Promise<void> {
    if (this.#isOver || (await placeOf(this.#election.path)) === this.#place) return;
    await openStateDirectory(this.#directory.path);
    const before = this.#election;
    // Its file is taken away at once; it goes on with the connections that it has.
    void before.dispose().catch(() => undefined);
    const election = await electHost(this.#directory, this.#port.protocol, (socket) => this.#port.admit(socket));
    if (election.is === 'taken') {
      this.#isOver = true;
      this.#port.note('another host has taken the place of this one, whose socket was taken away: its agents are ended');
      return this.#port.replaced();
    }
    if (this.#isOver) return election.dispose();
    this.#election = election;
    this.#place = await placeOf(election.path);
    this.#watch();
    this.#port.note('the state directory, or the socket in it, was taken away; it has been made again');
    await this.#port.restored();
  }
}

const placeOf = (path: string): Promise<string | null> => stat(path).then(({ dev, ino }) => `${dev}:${ino}`, () => null);
