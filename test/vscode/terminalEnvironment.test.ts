import assert from 'node:assert/strict';
import { test } from 'node:test';
import { terminalEnvironmentOf, type EnvironmentSources } from '../../src/vscode/terminalEnvironment.ts';

const sources = (change: Partial<EnvironmentSources>): EnvironmentSources => ({
  base: {}, configured: {}, own: {}, changes: [], places: { workspaceFolder: '/w', userHome: '/h', pathSeparator: '/' }, platform: 'linux', ...change,
});
const always = { TERM_PROGRAM: 'vscode' };

test('what VS Code put into its own process stays out of agents', () => {
  const base = { PATH: '/bin', VSCODE_IPC_HOOK: 'x', vscode_pid: '1', ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '--x', NODE_EXTRA_CA_CERTS: '/c', NODE_ENV: 'test', GONE: undefined };
  assert.deepEqual(terminalEnvironmentOf(sources({ base })), { ...always, PATH: '/bin', NODE_ENV: 'test' });
});

test('terminal settings add, take away and refer to what is there', () => {
  const configured = { A: '${env:PATH}:/more', B: '${workspaceFolder}${pathSeparator}b', HOME: null, C: '${env:NONE}${userHome}', D: '${other}' };
  assert.deepEqual(terminalEnvironmentOf(sources({ base: { PATH: '/bin', HOME: '/h' }, configured })),
    { ...always, PATH: '/bin', A: '/bin:/more', B: '/w/b', C: '/h', D: '${other}' });
});

test('our own changes come after the terminal settings, and the agents’ own after those', () => {
  const changes = [
    { variable: 'PATH', how: 'prepend', value: '/ours:' }, { variable: 'X', how: 'append', value: '2' }, { variable: 'Y', how: 'replace', value: 'y' },
  ] as const;
  assert.deepEqual(terminalEnvironmentOf(sources({ base: { X: '1' }, configured: { PATH: '/set' }, changes, own: { Y: null, Z: '${env:PATH}' } })),
    { ...always, PATH: '/ours:/set', X: '12', Z: '/ours:/set' });
});

test('on Windows a variable keeps its own spelling', () => {
  const changes = [{ variable: 'PATH', how: 'prepend', value: 'C:\\ours;' }] as const;
  const env = terminalEnvironmentOf(sources({ platform: 'win32', base: { Path: 'C:\\bin' }, changes, own: { PATH: '${env:Path};D:\\' } }));
  assert.deepEqual(env, { ...always, Path: 'C:\\ours;C:\\bin;D:\\' });
});
