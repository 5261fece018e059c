// Captures and restores around a directory that it may not read, as the user that it runs as. argv: folder, shadow; prints what came of it as JSON.
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoints } from '../../../src/node/checkpoints.ts';

const [, , folder = '', gitDir = ''] = process.argv;
const checkpoints = await openCheckpoints({ folder, gitDir });
if ('is' in checkpoints) throw new Error(checkpoints.reason);
const shut = join(folder, 'shut');
mkdirSync(shut);
for (const path of ['shut/a', 'open']) writeFileSync(join(folder, path), 'one');
chmodSync(shut, 0);
const first = await checkpoints.capture();
// The second one knows of the first where it need not look.
const second = await checkpoints.capture();
chmodSync(shut, 0o755);
for (const path of ['shut/a', 'shut/b', 'open']) writeFileSync(join(folder, path), 'two');
const tip = await checkpoints.capture();
const restored = await checkpoints.restore({ to: second.checkpoint, tip: tip.checkpoint });
const bits = (statSync(shut).mode & 0o777).toString(8);
chmodSync(shut, 0o755);
const left = ['shut/a', 'shut/b', 'open'].map((path) => readFileSync(join(folder, path), 'utf8'));
process.stdout.write(JSON.stringify({ isSame: second.checkpoint === first.checkpoint, skipped: second.skipped, restored, bits, left }));
