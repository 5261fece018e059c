// Captures and restores as the user that it runs as. argv: folder, shadow; prints what came of it as JSON.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoints } from '../../../src/node/checkpoints.ts';

const [, , folder = '', gitDir = ''] = process.argv;
const checkpoints = await openCheckpoints({ folder, gitDir });
if ('is' in checkpoints) throw new Error(checkpoints.reason);
mkdirSync(join(folder, 'locked'));
mkdirSync(join(folder, 'hidden'));
mkdirSync(join(folder, 'shut/deep'), { recursive: true });
for (const path of ['shut/a', 'shut/b', 'shut/deep/c', 'locked/a', 'locked/b', 'locked/own', 'open', 'hidden/a', 'secret']) writeFileSync(join(folder, path), 'one');
const first = await checkpoints.capture();
writeFileSync(join(folder, 'locked/a'), 'two');
rmSync(join(folder, 'locked/b'));
writeFileSync(join(folder, 'locked/new'), 'two');
writeFileSync(join(folder, 'open'), 'two');
chmodSync(join(folder, 'locked/own'), 0o600);
writeFileSync(join(folder, 'hidden/a'), 'two');
chmodSync(join(folder, 'secret'), 0);
chmodSync(join(folder, 'hidden'), 0);
writeFileSync(join(folder, 'shut/a'), 'two');
rmSync(join(folder, 'shut/b'));
rmSync(join(folder, 'shut/deep'), { recursive: true });
writeFileSync(join(folder, 'shut/new'), 'two');
chmodSync(join(folder, 'shut'), 0o555);
const tip = await checkpoints.capture();
// Not by the session, so that it stays so.
chmodSync(join(folder, 'locked'), 0o555);
const request = { to: first.checkpoint, tip: tip.checkpoint };
const preview = await checkpoints.preview(request);
const restored = await checkpoints.restore(request);
chmodSync(join(folder, 'hidden'), 0o755);
chmodSync(join(folder, 'locked'), 0o755);
process.stdout.write(JSON.stringify({ skipped: tip.skipped, preview, restored }));
