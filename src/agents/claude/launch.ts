import type { LaunchRequest, LaunchSpec, Watch } from '../../core/adapter.ts';
import { argumentRefused, ownArguments } from './arguments.ts';
import { stateFileName, stateFileOf } from './cost.ts';
import { asList, asObject, type Json, parseObject } from './json.ts';
import { transcriptWatches } from './watches.ts';
import { hookEventsOf } from './version.ts';

/** Name of our settings file in the run's directory. */
const settingsName = 'settings.json';
/** Name of the file there that holds the token, for the program that carries SessionStart. */
const tokenName = 'token';
/** Longest that the CLI shall wait for a held permission hook; the dialog in the terminal stays usable all the time. */
const permissionHookSeconds = 24 * 60 * 60;
/** The host answers within 2 s at most; beyond that something is wrong and the turn shall go on. */
const hookSeconds = 10;

/**
 * Starts the CLI with hooks of our own in a settings file of this run. The user's configuration, permission mode and renderer stay theirs:
 * settings given on the command line are added to the user's files by the CLI, hooks of all sources run.
 */
export function launch(request: LaunchRequest): LaunchSpec {
  const resumed = request.how.is === 'resume';
  const own = ownArguments(request.args, resumed);
  const which = request.how.is === 'resume' ? ['--resume', request.how.native.session] : own.choosesConversation ? [] : ['--session-id', request.how.session];
  const stateFile = stateFileOf(request.env);
  const settings = withHooks(userSettings(own.settings, request), hooksOf(request));
  return {
    argv: [request.install.path, ...which, '--settings', pathIn(request, settingsName), ...own.words],
    env: {},
    // The token stands in these files (0600) and in no variable: the CLI hands its whole environment on to every command that the model runs,
    // while a file must be looked for.
    files: [{ name: settingsName, content: `${JSON.stringify(settings, null, 2)}\n` }, { name: tokenName, content: request.hooks.token }],
    watches: request.how.is === 'resume' ? historyWatches(request.how.native.path) : [],
    // For what nothing else tells: dialogs, and that it hears from the model.
    screen: true,
    readAtEnd: stateFile === null ? [] : [{ watch: stateFileName, path: stateFile }],
  };
}

const historyWatches = (path: string): Watch[] => (path ? transcriptWatches(path) : []);

const pathIn = ({ runDir, platform }: LaunchRequest, name: string) => `${runDir}${platform === 'win32' ? '\\' : '/'}${name}`;

function userSettings(given: string | undefined, request: LaunchRequest): Json {
  if (given === undefined) return {};
  const isJson = given.trimStart().startsWith('{');
  const text = isJson ? given : request.readText?.(given);
  if (text === undefined || text === null) throw argumentRefused('--settings', `the file ${given} cannot be read here; give the settings themselves as JSON`);
  const settings = parseObject(text);
  if (!settings) throw argumentRefused('--settings', isJson ? 'its JSON is malformed' : `the file ${given} holds no JSON object`);
  return settings;
}

/** The user's settings with our hooks behind theirs. */
function withHooks(settings: Json, ours: Record<string, Json[]>): Json {
  const hooks: Record<string, unknown> = { ...asObject(settings['hooks']) };
  for (const [event, entries] of Object.entries(ours)) hooks[event] = [...asList(hooks[event]), ...entries];
  return { ...settings, hooks };
}

function hooksOf(request: LaunchRequest): Record<string, Json[]> {
  const hooks: Record<string, Json[]> = {};
  for (const event of hookEventsOf(request.install.version)) hooks[event] = [{ hooks: [event === 'SessionStart' ? relayHook(request) : httpHook(request, event)] }];
  return hooks;
}

const httpHook = ({ hooks }: LaunchRequest, event: string): Json => ({
  type: 'http',
  url: `${hooks.url}/hook/${event}`,
  headers: { 'X-Backstitch-Token': hooks.token },
  timeout: event === 'PermissionRequest' ? permissionHookSeconds : hookSeconds,
});

/** SessionStart is never delivered over http (2.1.329), so a program of ours carries it. */
function relayHook(request: LaunchRequest): Json {
  const { hooks, execPath, bundled, platform } = request;
  const words = [execPath, bundled('hookRelay.mjs'), `${hooks.url}/hook/SessionStart`, pathIn(request, tokenName)];
  const quoted = words.map((word) => (platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
  // Harmless for Node; without it VS Code's own executable would open a window. The CLI runs hooks in bash, on Windows in Git Bash.
  return { type: 'command', command: `ELECTRON_RUN_AS_NODE=1 ${quoted}`, timeout: hookSeconds };
}
