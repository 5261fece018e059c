import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { openStateDirectoryFor } from '../../src/client/connect.ts';
import { dialHost } from '../../src/node/hostSocket.ts';
import { connectionOver } from '../../src/protocol/connection.ts';
import * as p from '../../src/protocol/protocol.ts';
import { dist } from './product.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** Any number that is not ours. */
export const otherProtocol = p.protocolVersion + 7;

/** Starts the very host of this checkout, but for the number of its protocol, which calls itself “of tomorrow”. It is killed after the test at the latest. */
export async function startOtherHost(t: Pick<TestContext, 'after'>, env: Record<string, string>): Promise<ChildProcess> {
  const script = await otherHostScript(t);
  const host = spawn(process.execPath, [script], { env: { ...env, BACKSTITCH_HOST_BUNDLES: dirname(dist('host.mjs')) }, stdio: 'ignore', cwd: '/' });
  t.after(() => { host.kill('SIGKILL'); });
  return host;
}

/** A connection to it, once it is up. */
export async function dialOtherHost(env: Record<string, string>): Promise<MessageConnection> {
  const directory = await openStateDirectoryFor(env);
  for (let round = 0; round < 500; round++) {
    const socket = await dialHost(directory, otherProtocol);
    if (socket) {
      const connection = connectionOver(socket);
      connection.listen();
      await connection.sendRequest(p.hello, { protocol: otherProtocol, build: 'test', client: 'test' });
      return connection;
    }
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  throw new Error('the other host never came up');
}

/** Lies in the checkout, so that it finds node-pty. */
async function otherHostScript(t: Pick<TestContext, 'after'>): Promise<string> {
  const folder = join(root, 'out', `protocol-${process.pid}`);
  t.after(() => { rmSync(folder, { recursive: true, force: true }); });
  await build({
    absWorkingDir: root, bundle: true, platform: 'node', format: 'esm', target: 'node22', external: ['node-pty'], logLevel: 'silent',
    entryPoints: ['src/host/main.ts'], outfile: join(folder, 'host.mjs'), define: { BACKSTITCH_BUILD: '"of tomorrow"' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [{
      name: 'another protocol',
      setup: ({ onLoad }) => onLoad({ filter: /protocol\/protocol\.ts$/ }, ({ path }) => {
        const contents = readFileSync(path, 'utf8').replace(/(protocolVersion = )\d+/, `$1${otherProtocol}`);
        assert.match(contents, new RegExp(`protocolVersion = ${otherProtocol};`));
        return { contents, loader: 'ts' };
      }),
    }],
  });
  return join(folder, 'host.mjs');
}
