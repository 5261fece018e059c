// Takes away directories in which nothing can be made, and restores them, as the user that it runs as. argv: folder, shadow; prints JSON.
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoints } from '../../../src/node/checkpoints.ts';

const [, , folder = '', gitDir = ''] = process.argv;
const checkpoints = await openCheckpoints({ folder, gitDir });
if ('is' in checkpoints) throw new Error(checkpoints.reason);
const at = (path: string): string => join(folder, path);
const bits = (mode: number, ...paths: string[]): void => { for (const path of paths) chmodSync(at(path), mode); };
for (const path of ['gone/deep', 'gone/empty', 'kept/d']) mkdirSync(at(path), { recursive: true });
for (const path of ['gone/a', 'gone/deep/b', 'kept/d/c', 'turned']) writeFileSync(at(path), 'one');
bits(0o555, 'gone/deep', 'gone/empty', 'gone');
const first = await checkpoints.capture();
bits(0o755, 'gone', 'gone/deep', 'gone/empty');
for (const path of ['gone', 'kept/d', 'turned']) rmSync(at(path), { recursive: true });
mkdirSync(at('turned'));
for (const path of ['kept/d', 'turned/x']) writeFileSync(at(path), 'two');
bits(0o555, 'kept', 'turned');
const tip = await checkpoints.capture();
// The directories’ own bits are not asked for.
const request = { to: first.checkpoint, tip: tip.checkpoint, only: tip.changed.filter((path) => path !== 'kept/') };
const preview = await checkpoints.preview(request);
const restored = await checkpoints.restore(request);
const modes = ['gone', 'gone/deep', 'gone/empty'].map((path) => (statSync(at(path)).mode & 0o777).toString(8));
const left = ['gone/a', 'gone/deep/b', 'kept/d', 'turned/x'].map((path) => readFileSync(at(path), 'utf8'));
bits(0o755, 'gone', 'gone/deep', 'gone/empty', 'kept', 'turned');
process.stdout.write(JSON.stringify({ preview, restored, modes, left }));
