import { asNumber, asObject, asText } from './json.ts';
import type { Row } from './row.ts';
import { compareVersions, parseVersion } from './version.ts';

/** What stands above a row: the last prompt that has a place in its conversation, and whether anything came after its turn. */
interface Above {
  prompt: string | undefined;
  isMore: boolean;
}

/** The first version of which it is known that each prompt tells its place in the conversation, over restarts too. */
const since = '2.1.329';

/**
 * Where a conversation begins anew in the middle of a transcript. Behind its own rewind to before the first prompt the
 * CLI (2.1.329) hangs the next prompt on the last row of the file all the same: it is the first of its conversation by
 * what it says of itself, and the model is given nothing of what stands above. The CLI forgets that when it ends.
 */
export class Beginnings {
  readonly #above = new Map<string, Above>();

  /** The row with the row above it as the model has it. Rows come in the file's order. */
  take(row: Row): Row {
    if (row.uuid === undefined) return row;
    const up = row.parent ?? row.logicalParent;
    const above = (up === null ? undefined : this.#above.get(up)) ?? { prompt: undefined, isMore: false };
    const isAnew = row.parent !== null && above.prompt !== undefined && above.prompt !== row.prompt && isFirst(row);
    this.#above.set(row.uuid, this.#behind(row, above));
    if (!isAnew) return row;
    return { ...row, parent: null, begins: above.isMore ? 'perhaps-above' : 'here' };
  }

  #behind(row: Row, above: Above): Above {
    if (turnOf(row) !== undefined) return { prompt: row.prompt, isMore: false };
    if (row.subtype === 'turn_duration') return { ...above, isMore: false };
    const saysMore = row.type === 'user' || row.type === 'assistant' || row.subtype === 'local_command';
    return saysMore ? { ...above, isMore: true } : above;
  }
}

const turnOf = (row: Row): number | undefined =>
  (row.prompt === undefined ? undefined : asNumber(asObject(row.json['turnPosition'])?.['turnIndex']));

function isFirst(row: Row): boolean {
  const version = parseVersion(asText(row.json['version']) ?? '');
  const isTold = version !== null && compareVersions(version, since) >= 0;
  return isTold && row.json['turnOrigin'] === 'human' && turnOf(row) === 1;
}
