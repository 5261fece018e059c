// What every script of this project begins with: the programs it needs, the npm packages of package-lock.json, and the Node that is
// pinned in package.json. Runs on Node 18 and needs no package, since on a fresh clone there is none.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const nodeBinary = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
export const cores = availableParallelism();

/** Programs and the Debian package each comes with. */
const buildPrograms = { 'c++': 'g++', make: 'make', python3: 'python3', git: 'git' };
export const testPrograms = { ...buildPrograms, chromium: 'chromium', ps: 'procps', jq: 'jq', tmux: 'tmux', zsh: 'zsh', fish: 'fish' };

/** Says what is wrong in a sentence and ends. */
export function giveUp(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function isOnPath(program) {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => endings.some((ending) => existsSync(path.join(folder, program + ending))));
}

/** Installs the Debian packages of programs that are missing where this may be done; else names them and ends. */
export function needPrograms(programs) {
  const missing = Object.keys(programs).filter((program) => !isOnPath(program));
  if (missing.length === 0) return;
  const packages = missing.map((program) => programs[program]).join(' ');
  const sentence = `Missing: ${missing.join(', ')}.`;
  if (!isOnPath('apt-get')) giveUp(`${sentence} Install what your system calls the Debian package${missing.length > 1 ? 's' : ''} ${packages}, and repeat.`);
  if (process.getuid?.() !== 0) giveUp(`${sentence} Install with: sudo apt-get install ${packages}`);
  process.stderr.write(`${sentence} Installing ${packages} ...\n`);
  const apt = (...args) => spawnSync('apt-get', ['-q', '-y', ...args], { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0;
  const install = () => apt('install', '--no-install-recommends', ...packages.split(' '));
  if (!install() && !(apt('update') && install())) giveUp(`${sentence} apt-get could not install ${packages} (see above).`);
}

/** Whether node_modules holds what package-lock.json says. npm's own record of what it installed is the witness. */
export function isInstalled(folder) {
  const read = (name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')).packages;
  if (!existsSync(path.join(folder, 'node_modules', '.package-lock.json'))) return false;
  const wanted = read('package-lock.json');
  const present = read('node_modules/.package-lock.json');
  return Object.entries(wanted).every(([name, { version, integrity, optional, link }]) =>
    name === '' || link || (optional && !present[name]) || (present[name]?.version === version && present[name]?.integrity === integrity));
}

/** `npm` with the arguments; its output is shown. Ends this process when it fails. */
export function npm(folder, ...args) {
  const started = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, [process.env.npm_execpath]] : ['npm', []];
  // settings of the `npm run` that we are in are not those of the installation
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_(package|lifecycle|command)|INIT_CWD$)/.test(name)));
  const { status, error } = spawnSync(started[0], [...started[1], ...args], {
    cwd: folder, stdio: ['ignore', 2, 2], shell: process.platform === 'win32', env,
  });
  if (status !== 0) giveUp(`npm ${args.join(' ')} failed in ${folder}${error ? `: ${error.message}` : ` with ${status}`}.`);
}

/**
 * Brings what `script` needs and goes on in it under the pinned Node: this returns only there. Elsewhere the script is started again
 * under that Node, and this process ends as it does.
 * @param {string} script import.meta.url of the caller
 */
export async function prepare(script, programs = buildPrograms) {
  needPrograms(programs);
  if (!isInstalled(root) || !existsSync(nodeBinary)) {
    process.stderr.write('Installing the packages of package-lock.json ...\n');
    npm(root, 'ci', '--no-fund', '--no-audit');
  }
  const own = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).devDependencies.node;
  process.env.PATH = [path.join(root, 'node_modules', '.bin'), process.env.PATH].join(path.delimiter);
  if (process.versions.node === own) return;
  await becomes(nodeBinary, [...process.execArgv, fileURLToPath(script), ...process.argv.slice(2)]);
}

/** Ends as a child does, handing signals on to it. */
export async function becomes(program, args, options = {}) {
  const child = spawn(program, args, { stdio: 'inherit', ...options });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // Ctrl-C reaches the child by itself; we stay to tell how it ended
  process.on('SIGINT', () => undefined);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...end) => resolve(end));
  });
  process.exit(signal ? 128 + constants.signals[signal] : code);
}

/** Builds dist/; ends this process when that fails. */
export function buildAll(...args) {
  const { status } = spawnSync(process.execPath, [path.join(root, 'esbuild.mjs'), ...args], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) giveUp('The build failed.');
}
