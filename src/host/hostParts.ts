import type { HookServer } from '../node/hookServer.ts';
import type { StateDirectory } from '../node/stateDirectory.ts';

/** What all sessions of a host share. */
export interface HostParts {
  directory: StateDirectory;
  hooks: HookServer;
  execPath: string;
  /** Absolute path of a program that ships with us. */
  bundled(name: string): string;
}
