import { readFileSync } from 'node:fs';
import { request, type ClientRequest } from 'node:http';
import * as p from '../../src/protocol/protocol.ts';
import type { SessionUnderTest } from './sessionUnderTest.ts';

/** Where the hooks of the demo agent with this pid report, and with what: its command line names the file. */
export function hooksOf(pid: number): { url: string; token: string } {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return JSON.parse(readFileSync(words[words.indexOf('--hooks') + 1] ?? '', 'utf8')) as { url: string; token: string };
}

/** A hook of the session's agent, as the agent itself calls it: its process has the address and the token. */
export async function callHook(session: SessionUnderTest, hook: string, payload: Record<string, unknown>): Promise<ClientRequest> {
  const { pid } = await session.connection.sendRequest(p.sessionStatus, { session: session.uid });
  const { url, token } = hooksOf(pid ?? 0);
  const headers = { 'x-backstitch-token': token, 'content-type': 'application/json' };
  const call = request(`${url}/hook/${hook}`, { method: 'POST', headers, agent: false });
  call.on('error', () => undefined).end(JSON.stringify({ hook_event_name: hook, ...payload }));
  return call;
}
