import type { AgentInstall, ProbeEnvironment } from '../../core/adapter.ts';
import { asObject, parseObject } from './json.ts';
import { compareVersions, newestMeasured, oldestMeasured, parseVersion } from './version.ts';

const docs = 'https://code.claude.com/docs';
const installs = 'npm install -g @anthropic-ai/claude-code';
const updates = 'claude update';

/** Finds `claude` on the PATH, asks its version, and tells what is known of the sign-in without reading any secret. */
export async function probe(at: ProbeEnvironment): Promise<AgentInstall> {
  const path = await at.which('claude');
  if (!path) {
    const todo = `Install it with “${installs}” (or as ${docs} describes), then try again.`;
    return { is: 'unusable', problem: 'the program “claude” is not on the PATH.', todo, command: installs, docs, program: 'claude' };
  }
  const asked = await at.run(path, ['--version']);
  const version = parseVersion(asked.stdout);
  if (asked.code !== 0 || !version) {
    const said = (asked.stderr || asked.stdout).trim().split('\n')[0] ?? '';
    return { is: 'unusable', path, problem: `“${path} --version” did not answer with a version${said ? ` but with “${said.slice(0, 200)}”` : ''}.`, todo: 'Run it in a terminal to see what it needs.', command: `${path} --version`, docs };
  }
  if (compareVersions(version, oldestMeasured) < 0) {
    return { is: 'unusable', path, version, problem: `version ${version} is too old: ${oldestMeasured} or newer is needed.`, todo: `Run “${updates}”, then try again.`, command: updates, docs };
  }
  const notes = [await signInNote(at), versionNote(version)].filter((note) => note !== null);
  return { is: 'ready', path, version, ...(notes.length ? { note: notes.join(' ') } : {}) };
}

const versionNote = (version: string) =>
  compareVersions(version, newestMeasured) > 0 ? `Newer than ${newestMeasured}, the newest version that Backstitch was tried with.` : null;

/** Only where nothing speaks for a sign-in; certain it is never (a keychain or a cloud provider's login cannot be seen). */
async function signInNote({ env, platform, readText }: ProbeEnvironment): Promise<string | null> {
  const variables = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN', 'CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX', 'CLAUDE_CODE_USE_FOUNDRY'];
  if (variables.some((name) => env[name])) return null;
  const slash = platform === 'win32' ? '\\' : '/';
  const directory = env['CLAUDE_CONFIG_DIR'] || env['HOME'] || env['USERPROFILE'];
  const text = directory ? await readText(`${directory}${slash}.claude.json`) : null;
  const config = text === null ? undefined : parseObject(text);
  if (asObject(config?.['oauthAccount'])) return null;
  return config?.['hasCompletedOnboarding'] === true
    ? 'No account is recorded: it may ask you to sign in.'
    : 'It was never set up here: it will ask you to sign in.';
}
