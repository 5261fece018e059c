import type { AgentAdapter, ChildMarkers } from '../core/adapter.ts';
import { claude } from './claude/adapter.ts';
import { demoAdapter } from './demo/adapter.ts';
import { genericAdapter } from './generic/adapter.ts';
import { markers as markersOfOthers } from './generic/markers.ts';

/** Every agent that Backstitch knows, in the order in which they are offered. */
export const adapters: readonly AgentAdapter[] = [claude, demoAdapter];

/** What any agent leaves in the environment of the programs that it runs. */
export const markersOfAgents: readonly ChildMarkers[] = [...adapters.flatMap(({ markers }) => markers ?? []), markersOfOthers];

/** The adapter of a known agent, or of any program by its name or path: its probe tells whether there is such a program. */
export const adapterFor = (agent: string): AgentAdapter => adapters.find((adapter) => adapter.id === agent) ?? genericAdapter(agent);
