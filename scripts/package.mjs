// `npm run package`: a fresh VSIX per platform in out/. `-- --target linux-x64` (repeatable) chooses; default: this machine's platform;
// `--all`: every platform whose native part is at hand. A VSIX holds the bundles, media and node-pty with the native files of its
// platform only: those of Windows and macOS come with node-pty, the one of Linux on x64 with a package that builds the same version for
// old systems; on other processors it is what this machine compiled. One that would not load wherever VS Code runs is refused.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { nativeProblem } from './nativeNeeds.mjs';
import { buildAll, giveUp, npm, prepare, root } from './nodeEnv.mjs';

await prepare(import.meta.url);

const maxBytes = 5 << 20;
const targets = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];
const here = `${process.platform}-${process.arch}`;
const bundles = ['extension.cjs', 'host.mjs', 'cli.mjs', 'demoAgent.mjs', 'hookRelay.mjs', 'webview.js'];
const pty = path.join(root, 'node_modules', 'node-pty');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/** A package whose native part for Linux needs no newer system than VS Code does; there are none for other processors. */
const builtForOld = { 'linux-x64': '@lydell/node-pty-linux-x64' };

/** Native files of a platform: where each is, and its place in node-pty; debug symbols stay out. */
function nativeFiles(target) {
  if (target.startsWith('linux-')) {
    const from = target in builtForOld ? path.join(root, 'node_modules', builtForOld[target], 'pty.node') : path.join(pty, 'build', 'Release', 'pty.node');
    return existsSync(from) ? [{ from, to: path.join('prebuilds', target, 'pty.node') }] : [];
  }
  const folder = path.join(pty, 'prebuilds', target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.endsWith('.pdb'))
    .map((entry) => path.join(entry.parentPath, entry.name)).map((from) => ({ from, to: path.relative(pty, from) }));
}

function checkTarget(target) {
  if (!targets.includes(target)) giveUp(`There is no target ${target}. Targets: ${targets.join(', ')}.`);
  if (target.startsWith('linux-') && target !== here) giveUp(`There is no native part for ${target} here: package on that platform.`);
  if (target in builtForOld && nativeFiles(target).length === 0) npm(root, 'install', '--no-save', '--ignore-scripts', '--no-fund', '--no-audit');
  else if (target.startsWith('linux-') && nativeFiles(target).length === 0) npm(root, 'rebuild', 'node-pty');
  if (nativeFiles(target).length === 0) giveUp(`There is no native file of node-pty for ${target} (looked in ${pty} and beside it).`);
  checkVersion(target);
  const problem = target.startsWith('linux-') ? nativeProblem(nativeFiles(target)[0].from) : null;
  if (problem) giveUp(`${problem} Package ${target} on a system with an older C library, such as Debian 10.`);
}

/** The native part and the scripts that call it are of one version. */
function checkVersion(target) {
  if (!(target in builtForOld)) return;
  const [part, whole] = [builtForOld[target], 'node-pty'].map((name) => JSON.parse(readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8')).version);
  if (part !== whole) giveUp(`${builtForOld[target]} is of version ${part}, node-pty of ${whole}: they have to be the same.`);
}

/** Licences of the packages whose code is in the bundles, as those licences ask for. */
function thirdPartyLicences() {
  const meta = JSON.parse(readFileSync(path.join(root, 'dist', 'meta.json'), 'utf8'));
  const inputs = Object.values(meta).flatMap((bundle) => Object.keys(bundle.inputs));
  const names = new Set(inputs.map((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]).filter(Boolean));
  return [...names].sort().map((name) => {
    const folder = path.join(root, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(path.join(folder, file), 'utf8').trim() : 'The package holds no licence text.'}\n`;
  }).join(`\n${'-'.repeat(80)}\n\n`);
}

/** What goes into the VSIX, in a folder of its own, so that nothing else can slip in. */
function stage(target) {
  const folder = path.join(root, 'out', 'package', target);
  rmSync(folder, { recursive: true, force: true });
  const put = (name, from = root) => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    cpSync(path.join(from, name), path.join(folder, name), { recursive: true });
  };
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE', 'media', ...readdirSync(root).filter((entry) => /^(l10n|package\.nls(\..+)?\.json)$/.test(entry))]) put(name);
  for (const name of bundles) {
    if (!existsSync(path.join(root, 'dist', name))) giveUp(`dist/${name} is missing: the build did not make it.`);
    put(path.join('dist', name));
  }
  for (const entry of readdirSync(path.join(root, 'dist')).filter((name) => /\.(css|ttf)$/.test(name))) put(path.join('dist', entry));
  const { devDependencies: _, scripts: __, allowScripts: ___, optionalDependencies: ____, ...shipped } = manifest;
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(shipped, null, 2));
  writeFileSync(path.join(folder, 'THIRD_PARTY_LICENSES.txt'), thirdPartyLicences());
  stagePty(path.join(folder, 'node_modules', 'node-pty'), target);
  chmodSync(path.join(folder, 'dist', 'cli.mjs'), 0o755);
  return folder;
}

function stagePty(folder, target) {
  const scripts = readdirSync(path.join(pty, 'lib'), { recursive: true })
    .filter((name) => name.endsWith('.js') && !name.endsWith('.test.js')).map((name) => path.join('lib', name));
  const plain = ['LICENSE', ...scripts].map((name) => ({ from: path.join(pty, name), to: name }));
  for (const { from, to } of [...plain, ...nativeFiles(target)]) {
    mkdirSync(path.dirname(path.join(folder, to)), { recursive: true });
    cpSync(from, path.join(folder, to));
    // node-pty's own package has lost the bit, and without it no terminal starts on macOS
    if (path.basename(to) === 'spawn-helper') chmodSync(path.join(folder, to), 0o755);
  }
  // what it depends on are headers for its compilation
  const { dependencies: _, devDependencies: __, scripts: ___, ...shipped } = JSON.parse(readFileSync(path.join(pty, 'package.json'), 'utf8'));
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(shipped, null, 2));
}

function nativeBytes(target) {
  return nativeFiles(target).reduce((sum, { from }) => sum + statSync(from).size, 0);
}

function makePackage(target) {
  checkTarget(target);
  const folder = stage(target);
  const file = path.join(root, 'out', `${manifest.name}-${target}-${manifest.version}.vsix`);
  writeFileSync(path.join(folder, '.vscodeignore'), '.vscodeignore\n');
  const vsce = path.join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  const { status } = spawnSync(process.execPath, [vsce, 'package', '--target', target, '--out', file, '--allow-missing-repository', '--no-rewrite-relative-links'], { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) giveUp(`vsce could not make the package for ${target}.`);
  const { size } = statSync(file);
  const mb = (bytes) => `${(bytes / (1 << 20)).toFixed(2)} MB`;
  // Native files are stored compressed; what is left without them is at least size minus their plain bytes.
  if (target.startsWith('linux-') ? size > maxBytes : size - nativeBytes(target) > maxBytes) giveUp(`${file} is ${mb(size)}, more than ${mb(maxBytes)}.`);
  console.log(`${path.relative(root, file)}  ${mb(size)}`);
}

const { values } = parseArgs({ options: { target: { type: 'string', multiple: true }, all: { type: 'boolean' } } });
const chosen = values.all ? targets.filter((target) => nativeFiles(target).length > 0 && (!target.startsWith('linux-') || target === here)) : values.target ?? [here];
buildAll();
for (const target of chosen) makePackage(target);
