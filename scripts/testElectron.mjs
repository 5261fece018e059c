// `npm run test:electron`: a first test of the extension inside a desktop VS Code that @vscode/test-electron downloads: it
// activates, and has what its manifest says. `npm test` drives the whole of it in the browser workbench; this is for machines that may
// download, and for Windows and macOS.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { buildAll, prepare, root } from './nodeEnv.mjs';

await prepare(import.meta.url);
buildAll();

const suite = path.join(root, 'out', 'test', 'extensionSuite.cjs');
await (await import('esbuild')).build({
  absWorkingDir: root, entryPoints: ['test/electron/extensionSuite.ts'], outfile: suite, bundle: true, platform: 'node', format: 'cjs', external: ['vscode'], logLevel: 'warning',
});
const place = mkdtempSync(path.join(tmpdir(), 'backstitch-electron-'));
const { runTests } = await import('@vscode/test-electron');
try {
  process.exitCode = await runTests({
    extensionDevelopmentPath: root,
    extensionTestsPath: suite,
    cachePath: path.join(root, '.vscode-test'),
    launchArgs: [path.join(root, 'scripts', 'sampleWorkspace'), `--user-data-dir=${place}`, '--disable-extensions', '--disable-workspace-trust'],
    extensionTestsEnv: { BACKSTITCH_STATE_DIR: path.join(place, 'state') },
  });
} catch (error) {
  process.stderr.write(`VS Code could not be run: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  rmSync(place, { recursive: true, force: true, maxRetries: 3 });
}
