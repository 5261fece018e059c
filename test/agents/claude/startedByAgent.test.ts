import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as p from '../../../src/protocol/protocol.ts';
import { text, tool } from '../../modelServer/scenarios.ts';
import { ClaudeProduct } from '../../support/claudeProduct.ts';
import { dist } from '../../support/product.ts';
import { SessionUnderTest } from '../../support/sessionUnderTest.ts';

/** What the CLI (2.1.329) sets for the programs of its shell tool; the shell itself sets `SHLVL` and `_`. */
const ofTheCli = [
  'AI_AGENT', 'CLAUDECODE', 'CLAUDE_CODE_CHILD_NOTES_DIR', 'CLAUDE_CODE_CHILD_SESSION', 'CLAUDE_CODE_ENTRYPOINT', 'CLAUDE_CODE_EXECPATH',
  'CLAUDE_CODE_MESSAGING_SOCKET', 'CLAUDE_CODE_MESSAGING_TOKEN', 'CLAUDE_CODE_SESSION_ATTENDED', 'CLAUDE_CODE_SESSION_ID', 'CLAUDE_EFFORT',
  'CLAUDE_PID', 'COREPACK_ENABLE_AUTO_PIN', 'GIT_EDITOR', 'NoDefaultCurrentDirectoryInExePath', 'SHLVL', '_',
];
const node = JSON.stringify(process.execPath);
const backstitch = `ELECTRON_RUN_AS_NODE=1 ${node} ${JSON.stringify(dist('cli.mjs'))}`;

type Variables = Record<string, string>;
const variablesIn = (path: string): Variables =>
  Object.fromEntries(readFileSync(path, 'utf8').split('\0').filter(Boolean).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

describe('the environment of Claude Code and of what it runs', () => {
  let claude: ClaudeProduct;
  let connection: Awaited<ReturnType<ClaudeProduct['product']['connect']>>;
  before(async () => {
    claude = await ClaudeProduct.open({}, (cwd) => ({
      environment: [[tool('Bash', { command: `env -0 > ${cwd}/seen`, description: 'Look' })], [text('Looked.')]],
      inner: [
        [tool('Bash', { command: `${backstitch} run claude --id inner --detach --context 'please [[hi]]' > ${cwd}/started`, description: 'Start' })],
        [text('Started another one.')],
      ],
    }));
    connection = await claude.product.connect();
  });
  after(() => claude.dispose());

  const start = (id: string, env: Variables): Promise<SessionUnderTest> =>
    claude.product.start(connection, { agent: 'claude', id, cwd: claude.sandbox.cwd, env, args: ['--permission-mode', 'acceptEdits', '--allowedTools', 'Bash'] });
  const filesOfRun = (session: SessionUnderTest): string[] => filesIn(join(claude.product.home, 'state', 'runs', session.uid));

  it('an agent’s shell tool gets nothing of ours but the three names, and no token stands in anything but the run’s own files', async () => {
    const session = await start('outer', { ...claude.env, TERM: 'dumb', TERM_PROGRAM: 'x', BACKSTITCH_STATE_DIR: join(claude.product.home, 'state') });
    await session.ask('show the [[environment]]');
    const { pid } = await connection.sendRequest(p.sessionStatus, { session: session.uid });
    const [given, seen] = [variablesIn(`/proc/${pid}/environ`), variablesIn(join(claude.sandbox.cwd, 'seen'))];
    assert.deepEqual(Object.keys(given).filter((name) => name.startsWith('BACKSTITCH_')), ['BACKSTITCH_STATE_DIR', 'BACKSTITCH_SESSION', 'BACKSTITCH_ID', 'BACKSTITCH_AGENT']);
    assert.deepEqual([seen['TERM'], seen['COLORTERM'], seen['TERM_PROGRAM']], ['xterm-256color', 'truecolor', undefined]);
    assert.deepEqual(Object.keys(seen).filter((name) => given[name] !== seen[name]).sort(), ofTheCli, 'the list in markers.ts is whole');
    const place = filesOfRun(session).find((path) => path.endsWith('/token')) ?? '';
    const token = readFileSync(place, 'utf8');
    const told = [`/proc/${pid}/environ`, `/proc/${pid}/cmdline`, ...filesIn(claude.sandbox.home), ...filesIn(claude.sandbox.cwd), ...filesIn(claude.product.home)]
      .filter((path) => readFileSync(path, 'latin1').includes(token));
    assert.deepEqual(told.toSorted(), filesOfRun(session).filter((path) => /\/(token|settings\.json)$/.test(path)).toSorted());
  });

  it('an agent starts another one, which is followed, rewound and resumed as any other', async () => {
    const outer = await SessionUnderTest.open(connection, 'outer');
    await outer.ask('start an [[inner]] one');
    const { uid } = await connection.sendRequest(p.sessionStatus, { session: 'inner' });
    const inner = await SessionUnderTest.open(connection, uid);
    await inner.until('the first turn', ({ turns }) => [...turns.values()].some(({ status }) => status === 'completed'));
    await inner.ask('and [[again]]');
    const [seam] = (await inner.seams()).filter(({ kind }) => kind === 'text');
    await inner.rewind(seam?.seam ?? '');
    await inner.ask('on with [[next]]');
    await connection.sendRequest(p.sessionStop, { session: uid });
    await connection.sendRequest(p.sessionResume, { session: uid, env: { ...claude.env, CLAUDE_CODE_CHILD_SESSION: '1', CLAUDECODE: '1' }, cols: 100, rows: 30 });
    await inner.ask('and [[again]]');
    assert.match(inner.text(), /Hello from the model\.[^]*Going on from here\.[^]*Hello again\./);
  });

  it('hooks arrive past a proxy, of the shell or of the agent’s own settings', async () => {
    const proxy = claude.sandbox.proxyEnv['HTTP_PROXY'] ?? '';
    const bare = Object.fromEntries(Object.entries(claude.env).filter(([name]) => !/_proxy$/i.test(name)));
    const ofShell = await start('shell', { ...bare, HTTP_PROXY: proxy, https_proxy: proxy });
    await ofShell.ask('say [[hi]]');
    writeFileSync(join(claude.sandbox.configDir, 'settings.json'), JSON.stringify({ env: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }));
    const ofSettings = await start('settings', bare);
    await ofSettings.ask('say [[hi]]');
    // The sandbox fails at its end when the proxy was asked for any host, so also for one of this machine.
    for (const session of [ofShell, ofSettings]) {
      // The CLI writes the rows of its answer a moment after it is idle.
      await session.until('the answer', ({ blocks }) => [...blocks.values()].some(({ kind }) => kind === 'text'));
      assert.deepEqual([...session.conversation.blocks.values()].map(({ kind }) => kind), ['prompt', 'text']);
    }
  });
});
