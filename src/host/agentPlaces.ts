import { homedir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { adapters } from '../agents/all.ts';
import type { AgentAdapter, OwnPlace } from '../core/adapter.ts';
import type { Event, NativeRef, UnknownEvent } from '../core/events.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Where all agents keep their histories and their state, as far as this host has seen: as its own environment says, and
 * each that an agent was started with, and where the histories lie that the logs name. In memory only, and no value of an
 * environment but these paths.
 */
export class AgentPlaces {
  readonly #places = new Map<string, OwnPlace>();

  constructor(env: Variables = process.env) {
    this.seeEnvironment({ ...env, HOME: env['HOME'] || homedir() }, '/');
  }

  get all(): OwnPlace[] {
    return [...this.#places.values()];
  }

  /** An agent is about to be started with that environment, in that folder. */
  seeEnvironment(env: Variables, cwd: string): void {
    for (const place of adapters.flatMap((adapter) => adapter.ownPlaces?.(env) ?? [])) {
      const path = resolve(cwd, place.path);
      this.#places.set(path, { ...place, path });
    }
  }

  /** A row of a log names a history of this agent's. */
  seeRow(adapter: AgentAdapter, row: Event | UnknownEvent): void {
    const native = nativeOf(row as Event);
    if (native === null || native.path === '') return;
    const directory = dirname(native.path);
    if (this.#isKnown(directory)) return;
    const known = this.#places.get(directory);
    const names = (adapter.history?.pathsOf(native) ?? []).map(({ path }) => relative(directory, path));
    this.#places.set(directory, { path: directory, inside: [...new Set([...(known?.inside ?? []), ...names])] });
  }

  /** All of that directory is an agent's, as far as is known already. */
  #isKnown(directory: string): boolean {
    const own = this.all.flatMap(({ path, inside }) => inside?.map((name) => join(path, name)) ?? [path]);
    return own.some((path) => directory === path || directory.startsWith(`${path}${sep}`));
  }
}

function nativeOf(row: Event): NativeRef | null {
  switch (row.type) {
    case 'run_started':
    case 'native_session':
    case 'rewound':
    case 'branch_selected': return row.native;
    default: return null;
  }
}
