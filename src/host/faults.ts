/**
 * Named points of a rewind, and of the recovery from one, at which a test lets the host die or fail, to prove what is left behind. Set by
 * `BACKSTITCH_HOST_DIE_AT=<point>` and `BACKSTITCH_HOST_FAIL_AT=<point>`; without them this costs a comparison.
 */
export type FaultPoint = 'captured' | 'cut' | 'verified' | 'started' | 'files' | 'ended' | 'launched' | 'rewound' | 'recovering';

const dieAt = process.env['BACKSTITCH_HOST_DIE_AT'];
const failAt = process.env['BACKSTITCH_HOST_FAIL_AT'];

export function reachFault(point: FaultPoint): void {
  if (point === dieAt) process.kill(process.pid, 'SIGKILL');
  if (point === failAt) throw new Error(`made to fail at “${point}”`);
}
