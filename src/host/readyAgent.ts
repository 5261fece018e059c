import { adapterFor, adapters } from '../agents/all.ts';
import type { AgentAdapter, AgentSettings } from '../core/adapter.ts';
import { agentUnusable, HumanError, noSuchAgent } from '../core/errors.ts';
import { probeEnvironment } from '../node/probe.ts';
import type { AgentListing } from '../protocol/protocol.ts';
import type { HostParts } from './hostParts.ts';
import { agentEnvironment } from './runEnvironment.ts';
import type { Starter } from './runs.ts';

/** An agent that can be started, and with what. */
export interface ReadyAgent {
  adapter: AgentAdapter;
  starter: Starter;
}

type Bundled = HostParts['bundled'];

/** What can be started, as seen with somebody's environment. */
export function listAgents(env: Record<string, string>, bundled: Bundled): Promise<AgentListing[]> {
  return Promise.all(adapters.map(async (adapter) => ({
    agent: adapter.id, name: adapter.name, about: adapter.about, install: await adapter.probe(probeEnvironment(agentEnvironment(env), bundled)),
  })));
}

/** Looks for the agent with the environment of whoever wants to start it there. @throws HumanError that says why it cannot be started */
export async function readyAgent(agent: string, env: Record<string, string>, cwd: string, bundled: Bundled): Promise<ReadyAgent> {
  const adapter = adapterFor(agent);
  const install = await adapter.probe(probeEnvironment(agentEnvironment(env), bundled, cwd));
  if (install.is !== 'ready' && !adapters.includes(adapter)) throw noSuchAgent(agent, install.problem, adapters.map((one) => one.id));
  if (install.is !== 'ready') throw agentUnusable(adapter.name, install.problem, install.todo);
  return { adapter, starter: { install, env } };
}

/** The agent's own arguments for settings. @throws HumanError when the agent does not know one of them */
export function settingArgsOf(adapter: AgentAdapter, settings: AgentSettings | undefined): string[] {
  if (!settings || Object.keys(settings).length === 0) return [];
  const given = adapter.settingArgs?.(settings) ?? { is: 'refused' as const, problem: `${adapter.name} has no such settings. Give its own arguments after --.` };
  if (given.is === 'refused') throw new HumanError('bad-setting', given.problem, 2);
  return given.args;
}
