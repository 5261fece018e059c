import { readFileSync } from 'node:fs';
import { request, type ClientRequest } from 'node:http';
import * as p from '../../src/protocol/protocol.ts';
import type { SessionUnderTest } from './sessionUnderTest.ts';

/** A hook of the session's agent, as the agent itself calls it: its process has the address and the token. */
export async function callHook(session: SessionUnderTest, hook: string, payload: Record<string, unknown>): Promise<ClientRequest> {
  const { pid } = await session.connection.sendRequest(p.sessionStatus, { session: session.uid });
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  const valueOf = (name: string): string => environment.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const headers = { 'x-backstitch-token': valueOf('BACKSTITCH_DEMO_TOKEN'), 'content-type': 'application/json' };
  const call = request(`${valueOf('BACKSTITCH_DEMO_HOOKS')}/hook/${hook}`, { method: 'POST', headers, agent: false });
  call.on('error', () => undefined).end(JSON.stringify({ hook_event_name: hook, ...payload }));
  return call;
}
