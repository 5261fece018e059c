import type { AgentState } from './events.ts';

/** What ends with an agent's run, in words: its turn or what it asks, and what goes on in the background. */
export function endsOf(state: AgentState, background: readonly string[]): string[] {
  const ends: string[] = [];
  if (state.is === 'busy') ends.push('the turn that is running');
  if (state.is === 'waiting') ends.push('the open request');
  return [...ends, ...background];
}
