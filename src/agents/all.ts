import type { AgentAdapter } from '../core/adapter.ts';
import { claude } from './claude/adapter.ts';
import { demoAdapter } from './demo/adapter.ts';
import { genericAdapter } from './generic/adapter.ts';

/** Every agent that Backstitch knows, in the order in which they are offered. */
export const adapters: readonly AgentAdapter[] = [claude, demoAdapter];

/** The adapter of a known agent, or of any program by its name or path: its probe tells whether there is such a program. */
export const adapterFor = (agent: string): AgentAdapter => adapters.find((adapter) => adapter.id === agent) ?? genericAdapter(agent);
