import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claude } from '../../../src/agents/claude/adapter.ts';
import type { LaunchRequest } from '../../../src/core/adapter.ts';

const request = (more: Partial<LaunchRequest> = {}): LaunchRequest => ({
  install: { is: 'ready', path: '/bin/claude', version: '2.1.329' }, cwd: '/p', args: [], how: { is: 'new', session: 'uuid' },
  hooks: { url: 'http://127.0.0.1:1', token: 'secret' }, runDir: '/run', execPath: "/it's/node", bundled: (name) => `/dist/${name}`, env: {}, platform: 'linux', ...more,
});
const settingsOf = (more: Partial<LaunchRequest>) => JSON.parse(claude.launch(request(more)).files[0]?.content ?? '') as { hooks: Record<string, { hooks: Record<string, unknown>[] }[]>; tui?: string };
const resume = { is: 'resume', native: { session: 'old', path: '' } } as const;

test('a new session and a resumed one', () => {
  assert.deepEqual(claude.launch(request({ args: ['--model', 'opus', 'do this'] })).argv, ['/bin/claude', '--session-id', 'uuid', '--settings', '/run/settings.json', '--model', 'opus', '--', 'do this']);
  assert.deepEqual(claude.launch(request({ how: resume, args: ['--model', 'opus', '--continue', '--session-id', 'x', '--add-dir', '/a', '/b', '-r', 'y', '--', 'do this'] })).argv,
    ['/bin/claude', '--resume', 'old', '--settings', '/run/settings.json', '--model', 'opus', '--add-dir', '/a', '/b']);
  assert.deepEqual(claude.launch(request({ args: ['--continue'] })).argv, ['/bin/claude', '--settings', '/run/settings.json', '--continue']);
});

test('the token is in private files, and in no argument and no variable', () => {
  const { argv, env, files } = claude.launch(request());
  assert.deepEqual(files.map(({ name, content }) => [name, content.includes('secret')]), [['settings.json', true], ['token', true]]);
  assert.ok(!JSON.stringify([argv, env]).includes('secret'));
  assert.ok(!String(settingsOf({}).hooks['SessionStart']?.[0]?.hooks[0]?.['command']).includes('secret'));
});

test('the user’s own settings and hooks stay', () => {
  const own = { tui: 'default', hooks: { Stop: [{ hooks: [{ type: 'command', command: 'mine' }] }] } };
  for (const settings of [settingsOf({ args: ['--settings', JSON.stringify(own)] }), settingsOf({ args: ['--settings=own.json'], readText: () => JSON.stringify(own) })]) {
    assert.equal(settings.tui, 'default');
    assert.deepEqual(settings.hooks['Stop']?.map(({ hooks }) => hooks[0]?.['command'] ?? hooks[0]?.['url']), ['mine', 'http://127.0.0.1:1/hook/Stop']);
  }
  assert.throws(() => claude.launch(request({ args: ['--settings', 'own.json'] })), /the file own.json cannot be read here/);
  assert.throws(() => claude.launch(request({ args: ['--settings', '{bad'] })), /its JSON is malformed/);
});

test('SessionStart is carried by a program, quoted for the shell', () => {
  assert.equal(settingsOf({}).hooks['SessionStart']?.[0]?.hooks[0]?.['command'], `ELECTRON_RUN_AS_NODE=1 '/it'\\''s/node' '/dist/hookRelay.mjs' 'http://127.0.0.1:1/hook/SessionStart' '/run/token'`);
});

test('arguments that leave nothing to run are refused', () => {
  for (const args of [['-p', 'x'], ['--print'], ['--bg'], ['--bare']]) assert.throws(() => claude.launch(request({ args })), { code: 'argument-refused', exitCode: 2 });
});

const keysOf = (text: string) => claude.keystrokes({ is: 'prompt', text }, { is: 'idle' }).flatMap((key) => ('write' in key ? [key.write] : []));

test('a prompt that would not arrive as it is is refused by name', () => {
  const refused: [string, RegExp][] = [
    ['a\tb', /a tab/], ['a\u001b[201~b', /U\+001B/], ['a\u0003', /U\+0003/], ['a\u009bb', /U\+009B/], ['a\u202eb', /U\+202E/], ['a\u200bb', /U\+200B/], ['a\u200db', /U\+200D/],
    ['\ufeffa', /U\+FEFF/], ['a\u{E0041}', /U\+E0041/], ['a\ud800b', /U\+D800/], ['  \n ', /blanks alone/], ['/', /command without a name/],
    ['exit', /“exit” alone/], ['quit', /“quit”/], [' :q\n', /“:q”/], [':q!', /“:q!”/], [':wq', /“:wq”/], [':wq!', /“:wq!”/],
  ];
  for (const [text, message] of refused) assert.throws(() => keysOf(text), { code: 'cannot-be-typed', message }, JSON.stringify(text));
});

test('a prompt is typed so that no key of the CLI’s prompt is in it', () => {
  const paste = (text: string) => ['\u001b[200~', text, '\u001b[201~'];
  assert.deepEqual(keysOf('words'), ['words', '\r']);
  assert.deepEqual(keysOf('  b\r\nc\u2028d \n'), [...paste('  b\nc'), ...paste('\nd'), '\r']);
  assert.deepEqual(keysOf('in C:\\tmp\\'), ['in C:\\tmp\\', '\u001b[H', '\r']);
  assert.deepEqual(keysOf('see @rea'), ['see @rea', '\u001b[H', '\r']);
  assert.deepEqual(keysOf('?'), [...paste('?'), '\r']);
  assert.deepEqual(keysOf('!ls'), [...paste('x!'), '\u001b[H', '\u001b[3~', '\u001b[F', 'ls', '\r']);
  assert.deepEqual(keysOf('/compact'), [...paste('x/compact'), '\u001b[H', '\u001b[3~', '\r']);
  assert.deepEqual(keysOf('/hello a\nb'), [...paste('x/hello'), '\u001b[H', '\u001b[3~', '\u001b[F', ...paste(' a\nb'), '\r']);
  assert.deepEqual(keysOf('/etc/passwd'), ['/etc/passwd', '\r']);
  assert.deepEqual(keysOf('👩‍👩‍👧‍👦 ❤️'), ['👩‍👩‍👧‍👦 ❤️', '\r']);
});

test('replies to hooks', () => {
  const asked = { permission_suggestions: [{ type: 'setMode', mode: 'acceptEdits', destination: 'session' }] };
  const decided = (option: 'allow' | 'allow_always' | 'deny') => (claude.hookReply('PermissionRequest', asked, { option }).body as { hookSpecificOutput: { decision: unknown } }).hookSpecificOutput.decision;
  assert.deepEqual(decided('allow'), { behavior: 'allow' });
  assert.deepEqual(decided('allow_always'), { behavior: 'allow', updatedPermissions: asked.permission_suggestions });
  assert.deepEqual(decided('deny'), { behavior: 'deny', message: 'The user does not want this to be done.' });
  assert.deepEqual(claude.hookReply('Stop', {}), { status: 204 });
});

test('probe tells what to do', async () => {
  const at = { env: {}, platform: 'linux', which: async () => '/bin/claude' as string | null, run: async () => ({ code: 0, stdout: '2.1.329 (Claude Code)\n', stderr: '' }), readText: async () => null as string | null, execPath: '', bundled: (name: string) => name };
  assert.deepEqual(await claude.probe({ ...at, which: async () => null }), {
    is: 'unusable', problem: 'the program “claude” is not on the PATH.',
    todo: 'Install it with “npm install -g @anthropic-ai/claude-code” (or as https://code.claude.com/docs describes), then try again.',
    command: 'npm install -g @anthropic-ai/claude-code', docs: 'https://code.claude.com/docs', program: 'claude',
  });
  assert.equal((await claude.probe({ ...at, run: async () => ({ code: 0, stdout: '1.0.3 (Claude Code)', stderr: '' }) })).is, 'unusable');
  assert.deepEqual(await claude.probe({ ...at, env: { ANTHROPIC_API_KEY: 'k' } }), { is: 'ready', path: '/bin/claude', version: '2.1.329' });
  const unsure = await claude.probe(at);
  assert.equal(unsure.is === 'ready' && unsure.note, 'It was never set up here: it will ask you to sign in.');
});
