import type { AgentAdapter } from '../core/adapter.ts';
import { claude } from './claude/adapter.ts';
import { demoAdapter } from './demo/adapter.ts';

/** Every agent that Backstitch knows, in the order in which they are offered. */
export const adapters: readonly AgentAdapter[] = [claude, demoAdapter];
