import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { spawn } from 'node-pty';
import { dist } from '../support/product.ts';
import { Shell } from './shell.ts';

const shell = new Shell();
const folder = shell.product.folder();

before(async () => {
  await shell.json('run', 'demo', '--id', 'seen', '--cwd', folder, '--detach');
});
after(() => shell.dispose());

/** A verb on a terminal of its own, as in a person's shell; reads until a text is there. */
const onTerminal = (...args: string[]) => {
  const pty = spawn(process.execPath, [dist('cli.mjs'), ...args], { env: shell.product.env, cwd: folder, cols: 90, rows: 25, name: 'xterm-256color' });
  let output = '';
  let wake = (): void => undefined;
  pty.onData((data) => { output += data; wake(); });
  const ended = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)));
  return {
    pty,
    ended,
    output: () => output,
    async until(part: string): Promise<void> {
      while (!output.includes(part)) await new Promise<void>((resolve) => { wake = resolve; });
    },
  };
};

test('attach shows the terminal, passes keys and the size on, and detaches', async () => {
  const view = onTerminal('attach', '--id', 'seen');
  await view.until('[seen: Ctrl-\\ then d detaches, the agent goes on]');
  await view.until('\x1b[');
  view.pty.resize(70, 20);
  view.pty.write('echo typed by hand\r');
  await view.until('typed by hand');
  view.pty.write('\x1cd');
  assert.equal(await view.ended, 0);
  assert.match(view.output(), /\[detached from seen; it goes on\. backstitch attach --id seen\]/);
  assert.equal((await shell.json('status', '--id', 'seen'))['alive'], true);
});

test('run puts the agent on this terminal, and ends as it does', async () => {
  const view = onTerminal('run', 'demo', '--id', 'short', '--cwd', folder);
  await view.until('[short: Ctrl-\\');
  await shell.json('send', '--id', 'short', '-m', 'echo all is well', '--wait-for-idle');
  await view.until('all is well');
  await shell.json('stop', '--id', 'short');
  assert.equal(await view.ended, 0);
  assert.match(view.output(), /\[short has ended with code 0\]/);
});

test('attach to a session that is over says how to go on', async () => {
  const { code, stderr } = await shell.run('attach', '--id', 'short');
  assert.deepEqual({ code, stderr }, { code: 1, stderr: 'backstitch: Session “short” has no running agent. `backstitch resume --id short` starts it again.\n' });
});
