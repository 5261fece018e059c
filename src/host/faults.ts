/**
 * Named points of a rewind, and of the recovery from one, at which a test lets the host die or fail, or the agent die, to prove what is left
 * behind. Set by `BACKSTITCH_HOST_DIE_AT=<point>`, `BACKSTITCH_HOST_FAIL_AT=<point>` and `BACKSTITCH_HOST_KILL_AGENT_AT=<point>`; without
 * them this costs a comparison.
 */
export type FaultPoint = 'captured' | 'cut' | 'verified' | 'started' | 'files' | 'ended' | 'launching' | 'launched' | 'rewound' | 'recovering';

const dieAt = process.env['BACKSTITCH_HOST_DIE_AT'];
const failAt = process.env['BACKSTITCH_HOST_FAIL_AT'];
let killAgentAt = process.env['BACKSTITCH_HOST_KILL_AGENT_AT'];

/** `agent`: the process of the agent that runs at this point. It is killed once: the one that is started in its place lives. */
export function reachFault(point: FaultPoint, agent: number | null = null): void {
  if (point === dieAt) process.kill(process.pid, 'SIGKILL');
  if (point === failAt) throw new Error(`made to fail at “${point}”`);
  if (point !== killAgentAt || agent === null) return;
  killAgentAt = undefined;
  process.kill(agent, 'SIGKILL');
}
