// Captures and restores as the user that it runs as. argv: folder, shadow; prints what came of it as JSON.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoints } from '../../../src/node/checkpoints.ts';

const [, , folder = '', gitDir = ''] = process.argv;
const checkpoints = await openCheckpoints({ folder, gitDir });
if ('is' in checkpoints) throw new Error(checkpoints.reason);
mkdirSync(join(folder, 'locked'));
mkdirSync(join(folder, 'hidden'));
for (const path of ['locked/a', 'locked/b', 'locked/own', 'open', 'hidden/a', 'secret']) writeFileSync(join(folder, path), 'one');
const first = await checkpoints.capture();
writeFileSync(join(folder, 'locked/a'), 'two');
rmSync(join(folder, 'locked/b'));
writeFileSync(join(folder, 'locked/new'), 'two');
writeFileSync(join(folder, 'open'), 'two');
chmodSync(join(folder, 'locked/own'), 0o600);
writeFileSync(join(folder, 'hidden/a'), 'two');
chmodSync(join(folder, 'secret'), 0);
chmodSync(join(folder, 'hidden'), 0);
chmodSync(join(folder, 'locked'), 0o555);
const tip = await checkpoints.capture();
const request = { to: first.checkpoint, tip: tip.checkpoint };
const preview = await checkpoints.preview(request);
const restored = await checkpoints.restore(request);
chmodSync(join(folder, 'hidden'), 0o755);
chmodSync(join(folder, 'locked'), 0o755);
process.stdout.write(JSON.stringify({ skipped: tip.skipped, preview, restored }));
