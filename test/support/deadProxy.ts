import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DeadProxy {
  /** What makes a program ask this proxy for every host that is not of this machine, and ask hosts of this machine itself. */
  readonly env: Record<string, string>;
  /** The hosts that it was asked for, as `host:port`, in order. */
  readonly asked: readonly string[];
  /** @throws AssertionError when it was asked for a host */
  close(): Promise<void>;
}

/**
 * A proxy on the loopback that lets nothing out: it refuses every request and records the host. Every real agent of a test gets it, so
 * that no test depends on a host outside, and a test fails when its agent asks for one.
 */
export async function openDeadProxy(): Promise<DeadProxy> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(URL.parse(request.url ?? '')?.host ?? '');
    response.writeHead(403).end();
  });
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.on('error', () => {
      socket.destroy();
    });
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { env: environment(url), asked, close: () => close() };

  async function close(): Promise<void> {
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
    assert.deepEqual(
      asked,
      [],
      'The agent of a test asked for hosts outside; a switch in its environment (claudeHome.ts) has to stop that.',
    );
  }
}

/** Programs read these names in small letters, in capitals or in both. */
function environment(url: string): Record<string, string> {
  const variables = { http_proxy: url, https_proxy: url, all_proxy: url, no_proxy: '127.0.0.1,localhost,::1' };
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => [
      [name, value],
      [name.toUpperCase(), value],
    ]),
  );
}
