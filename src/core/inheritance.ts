import type { Conversation } from './conversation.ts';
import type { EventBody } from './events.ts';
import { ownersAt } from './fileOwners.ts';
import { type FilesAt, FileTrail } from './fileTrail.ts';
import { stepAt } from './steps.ts';
import type { Block, CheckpointMark } from './view.ts';

/** A checkpoint at a step that a copy has, by the agent's own id. */
interface Placed {
  mark: CheckpointMark;
  at: string | null;
  begins: boolean;
}

/**
 * What a copy of the session, up to the last of these blocks, is to know of its files: a row for each checkpoint that shows them at one of
 * the copied steps, or after which something had changed, with whose doing that was. `needed`: the states that can be gone back to.
 */
export function inheritanceOf(
  conversation: Conversation, kept: readonly Block[],
): { rows: EventBody[]; needed: string[] } {
  const placed = placedOn(conversation, kept);
  const owners = ownersAt(conversation);
  const rows = conversation.checkpoints.flatMap((mark, index) => {
    const places = placed.filter((one) => one.mark === mark);
    const all = places.length === 0 && mark.changed.length > 0 ? [undefined] : places;
    return all.map((place, nth) => rowOf(mark, place, nth === 0 ? (owners[index] ?? new Map()) : new Map()));
  });
  const { last } = conversation.marks;
  return { rows, needed: [...placed.map(({ mark }) => mark.checkpoint), ...(last ? [last.checkpoint] : [])] };
}

function placedOn(conversation: Conversation, kept: readonly Block[]): Placed[] {
  const trail = new FileTrail(conversation, conversation.branch, kept[0]);
  const placed: Placed[] = [];
  let shown: CheckpointMark | undefined;
  const show = ({ mark }: FilesAt, at: string | null, begins = false): void => {
    if (mark === undefined || mark === shown) return;
    shown = mark;
    placed.push({ mark, at, begins });
  };
  show(trail.beyond, null);
  let last: string | undefined;
  for (let at = 0; at < kept.length; ) {
    const { blocks } = stepAt(kept, at);
    const files = trail.pass(blocks);
    last = blocks.at(-1)?.native?.id;
    if (last !== undefined) {
      show(files, last);
      show(trail.beyond, last, true);
    }
    at += blocks.length;
  }
  // From its last step on the copy goes on with the files as they are.
  const { last: newest } = conversation.marks;
  if (last !== undefined && newest) show({ is: 'captured', mark: newest }, last, true);
  return placed;
}

function rowOf(mark: CheckpointMark, place: Placed | undefined, owners: ReadonlyMap<string, string>): EventBody {
  const pathsOf = (owner: string): string[] => [...owners].flatMap(([path, of]) => (of === owner ? [path] : []));
  const { checkpoint, cause, by, skipped, late, ts } = mark;
  const at = place === undefined ? {} : { at: place.at, ...(place.begins ? { begins: true as const } : {}) };
  return {
    type: 'checkpoint', checkpoint, cause: cause === 'wait' ? 'idle' : cause, after: null, by, changed: [...owners.keys()],
    ...(skipped.length ? { skipped } : {}), ...(late ? { late } : {}),
    inherited: { ts, ...at, own: pathsOf('session'), unclear: pathsOf('unclear') },
  };
}
