const adjectives = ['amber', 'brisk', 'calm', 'clear', 'deft', 'early', 'fair', 'fine', 'glad', 'keen', 'light', 'mellow', 'neat', 'plain', 'quick', 'quiet', 'rapid', 'steady', 'warm', 'wide'];
const nouns = ['anchor', 'basin', 'bobbin', 'brook', 'cedar', 'cloth', 'ember', 'field', 'harbor', 'hem', 'lantern', 'loom', 'meadow', 'needle', 'pine', 'river', 'spool', 'stitch', 'thread', 'willow'];

const forkEnd = / \(fork(?: \d+)?\)$/i;

/** Labels are compared by this: `My Session` and `my-session` are the same. */
export const labelKey = (label: string): string => label.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '');

/** A free label for a session that was given none. `random` gives numbers in [0, 1). */
export function makeLabel(taken: (key: string) => boolean, random: () => number = Math.random): string {
  const pick = (list: string[]): string => list[Math.floor(random() * list.length)] ?? 'session';
  for (let tries = 0; tries < 40; tries++) {
    const label = `${pick(adjectives)}-${pick(nouns)}`;
    if (!taken(labelKey(label))) return label;
  }
  for (let n = 2; ; n++) if (!taken(`session-${n}`)) return `session-${n}`;
}

/** Whether a label looks like one that was made up, for logs that do not tell; also of a fork of such a session. */
export function isMadeUp(label: string): boolean {
  const base = label.replace(forkEnd, '');
  const [adjective = '', noun = '', ...more] = base.split('-');
  return (more.length === 0 && adjectives.includes(adjective) && nouns.includes(noun)) || /^session-\d+$/.test(base);
}

/** The label of a fork: `X (fork)`, `X (fork 2)`, ..., the first one that is free; a fork of a fork is counted with its siblings. */
export function forkLabel(label: string, taken: (key: string) => boolean): string {
  const base = label.replace(forkEnd, '');
  for (let n = 1; ; n++) {
    const fork = n === 1 ? `${base} (fork)` : `${base} (fork ${n})`;
    if (!taken(labelKey(fork))) return fork;
  }
}
