import { executableOn } from '../../src/node/executables.ts';

/** Absolute path of a program that a test cannot do without. `npm test` brings those that it needs; here its absence is a failure that names it. */
export function programOnPath(name: string): string {
  const path = executableOn(name, { path: process.env['PATH'] ?? '' });
  if (!path) throw new Error(`The program ${name} is needed for this test. On Debian: apt-get install ${name}.`);
  return path;
}
