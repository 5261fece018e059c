// The real agents that tests run against: the package in test/agents, installed once per lock file into a cache outside the checkout.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { npm } from './nodeEnv.mjs';

const recipe = fileURLToPath(new URL('../test/agents', import.meta.url));
const manifests = ['package.json', 'package-lock.json', '.npmrc'];

/**
 * Installs the agents unless they are there, and says where their programs are. Safe to call from several processes at once: each
 * installs into a directory of its own and the first one to be whole is renamed into place.
 * @returns {Promise<{claude: string}>} absolute paths of the executables; each one's directory can stand on a PATH
 */
export async function installAgents() {
  const target = await installationDirectory();
  const claude = path.join(target, claudeProgram());
  if (!existsSync(claude)) await install(target);
  if (!existsSync(claude)) throw new Error(`The installation in ${target} holds no ${claudeProgram()}. Delete that directory and repeat.`);
  return { claude };
}

/** npm installs only the package of this platform; the program in it needs no install script. */
function claudeProgram() {
  const isMusl = process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;
  const name = `claude-code-${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`;
  return path.join('node_modules', '@anthropic-ai', name, process.platform === 'win32' ? 'claude.exe' : 'claude');
}

async function installationDirectory() {
  const hash = createHash('sha256');
  for (const name of manifests) hash.update(await readFile(path.join(recipe, name)));
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(cache, 'backstitch-test', `agents-${hash.digest('hex').slice(0, 16)}`);
}

async function install(target) {
  process.stderr.write('Installing the agents that the tests run against (once, about 400 MB) ...\n');
  const own = `${target}.${process.pid}`;
  await rm(own, { recursive: true, force: true });
  await mkdir(own, { recursive: true });
  for (const name of manifests) await copyFile(path.join(recipe, name), path.join(own, name));
  npm(own, 'ci', '--ignore-scripts', '--no-audit', '--no-fund');
  try {
    await rename(own, target);
  } catch (error) {
    // Another process was faster: its installation is as good.
    if (!existsSync(target)) throw error;
    await rm(own, { recursive: true, force: true });
  }
}
