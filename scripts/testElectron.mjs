// `npm run test:electron`: the tests of the extension inside a desktop VS Code that @vscode/test-electron downloads. `npm test` runs the
// same suite in the browser workbench; this is for machines that may download, and for Windows and macOS.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { buildAll, giveUp, prepare, root } from './nodeEnv.mjs';

await prepare(import.meta.url);
buildAll();

const suite = path.join(root, 'dist', 'test', 'extensionSuite.cjs');
if (!existsSync(suite)) giveUp(`${suite} is missing: the build did not make it.`);
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
  giveUp(`VS Code could not be run: ${error instanceof Error ? error.message : error}`);
} finally {
  rmSync(place, { recursive: true, force: true, maxRetries: 3 });
}
