// `npm run demo`: the main job in this shell, with the built-in demo agent. Installs and builds what is missing, then `backstitch demo`.
import path from 'node:path';
import process from 'node:process';
import { becomes, buildAll, prepare, root } from './nodeEnv.mjs';

await prepare(import.meta.url);
buildAll();
await becomes(process.execPath, [path.join(root, 'dist', 'cli.mjs'), 'demo', ...process.argv.slice(2)]);
