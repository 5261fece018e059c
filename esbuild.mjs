/**
 * Builds everything that runs outside this checkout into dist/. `--watch` builds again at each change and keeps source maps;
 * `--dev` keeps source maps and does not minify; `--out=FOLDER` builds into another folder. `meta.json` there holds what each bundle is made of (test/layers.test.ts reads it).
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const watch = process.argv.includes('--watch');
const dev = watch || process.argv.includes('--dev');
const out = process.argv.find((arg) => arg.startsWith('--out='))?.slice('--out='.length) ?? 'dist';

/** The same in every bundle of one build: the version and what the sources were. */
function buildName() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const hash = createHash('sha256');
  for (const folder of ['src', 'webview']) {
    if (!existsSync(join(root, folder))) continue;
    const names = readdirSync(join(root, folder), { recursive: true }).filter((name) => /\.(ts|css|md|bash|zsh|fish)$/.test(name)).sort();
    for (const name of names) hash.update(name).update('\0').update(readFileSync(join(root, folder, name)));
  }
  return `${version}+${hash.digest('hex').slice(0, 10)}`;
}

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: !dev,
  sourcemap: dev ? 'linked' : false,
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
  define: { BACKSTITCH_BUILD: JSON.stringify(buildName()) },
};
// CommonJS packages inside an ES module bundle call require() for Node's own modules.
const requireBanner = "import { createRequire as backstitchRequire } from 'node:module'; const require = backstitchRequire(import.meta.url);";
const nodeModule = {
  ...shared,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // `vscode` is not external here, so that an import of it breaks the build.
  external: ['node-pty'],
  banner: { js: requireBanner },
  loader: { '.md': 'text', '.bash': 'text', '.zsh': 'text', '.fish': 'text' },
};

const bundles = [
  { ...shared, entryPoints: ['src/vscode/extension.ts'], outfile: `${out}/extension.cjs`, platform: 'node', target: 'node22', format: 'cjs', external: ['vscode'] },
  { ...nodeModule, entryPoints: ['src/host/main.ts'], outfile: `${out}/host.mjs` },
  { ...nodeModule, entryPoints: ['src/cli/main.ts'], outfile: `${out}/cli.mjs`, banner: { js: `#!/usr/bin/env node\n${requireBanner}` } },
  { ...nodeModule, entryPoints: ['src/agents/demo/program/main.ts'], outfile: `${out}/demoAgent.mjs` },
  { ...nodeModule, entryPoints: ['src/agents/claude/hookRelay/main.ts'], outfile: `${out}/hookRelay.mjs` },
  { ...shared, entryPoints: ['webview/main.ts'], outfile: `${out}/webview.js`, platform: 'browser', target: 'chrome128', format: 'esm', loader: { '.css': 'text' } },
];

mkdirSync(join(root, out), { recursive: true });
if (watch) {
  await Promise.all(bundles.map(async (bundle) => (await context(bundle)).watch()));
  console.log('watching');
} else {
  const results = await Promise.allSettled(bundles.map((bundle) => build(bundle)));
  const meta = {};
  results.forEach((result, at) => {
    if (result.status === 'fulfilled') meta[bundles[at].outfile] = result.value.metafile;
    else process.exitCode = 1;
  });
  writeFileSync(join(root, out, 'meta.json'), JSON.stringify(meta));
}
if (existsSync(join(root, out, 'cli.mjs'))) chmodSync(join(root, out, 'cli.mjs'), 0o755);
