import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { build } from 'esbuild';

/** The Node programs on the PATH that are of another major version than this one, one of each. */
export function otherNodes(): { path: string; version: string }[] {
  const found = new Map([[majorOf(process.version), { path: process.execPath, version: process.version }]]);
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'node');
    if (!existsSync(path)) continue;
    const version = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout.trim();
    if (version !== '' && !found.has(majorOf(version))) found.set(majorOf(version), { path, version });
  }
  return [...found.values()].slice(1);
}

const majorOf = (version: string): string => version.split('.')[0] ?? '';

/** A program of the tests as one file in `folder`, for a Node that reads no TypeScript. */
export async function bundledFor(source: string, folder: string): Promise<string> {
  const outfile = join(folder, 'bundled.mjs');
  const pty = createRequire(import.meta.url).resolve('node-pty');
  await build({
    entryPoints: [source], outfile, bundle: true, platform: 'node', target: 'node20', format: 'esm', logLevel: 'error',
    // Native, and not to be found from there by its name.
    plugins: [{ name: 'node-pty', setup: ({ onResolve }) => onResolve({ filter: /^node-pty$/ }, () => ({ path: pty, external: true })) }],
  });
  return outfile;
}
