import { blocksOf, type Asked, type Kept, wholeOf } from '../../../modelServer/kept.ts';
import { type Message, type MessageRequest, textOf } from '../../../modelServer/messages.ts';
import type { Files } from './folderModel.ts';

/** A place between two steps to which a rewind can go. */
export interface Place {
  /** The step before it, as a person sees it: its kind, and how it begins. */
  told: string;
  /** What the model has to be given again. */
  kept: Kept;
  /** The files when the line went on from here or left it, or as they were last while it has not. */
  files: Files;
}

/** What the model has to be given next; `learnt`: only the CLI knows what it will be (a summary, a new beginning), but what is in it and what is not. */
export type Tail = { is: 'known'; kept: Kept } | { is: 'learnt'; having: string[]; without: string[] };

/** One line of a session's history. */
export interface Line {
  places: Place[];
  /** Something stands behind the last place, or the line was left there: what the folder holds later is none of it. */
  isPast: boolean;
  tail: Tail;
  /** Whether something that can be rewound stands behind the last place: it is a seam then. */
  isOpen: boolean;
  /** How many places are older than the last compaction. */
  floor: number;
  /** The files when it was left. */
  left: Files | null;
}

export const lineAt = (line: Line, index: number): Line => {
  const place = line.places[index];
  if (!place) throw new Error(`a line has no place ${index}`);
  return {
    places: line.places.slice(0, index + 1),
    isPast: true,
    tail: { is: 'known', kept: place.kept },
    isOpen: false,
    left: null,
    floor: index < line.floor ? 0 : line.floor,
  };
};

/** The places that one turn has made: behind its prompt, behind each text, and behind each batch of calls. `filesAt` tells the files before each request. */
export function placesOf(requests: readonly Asked[], prompt: string, filesAt: readonly Files[]): Place[] {
  return requests.flatMap((request, index) => {
    const files = filesAt[index];
    if (!files) throw new Error(`the files before request ${index} are not known`);
    const before = requests[index - 1]?.answered.findLast(({ type }) => type === 'tool_use');
    const told = before?.type === 'tool_use' ? `tool ${before.name}` : `prompt ${prompt}`;
    const texts = request.answered.flatMap((block, at) =>
      block.type === 'text' ? [{ told: `text ${block.text.split('\n')[0]}`, kept: cut(request, at + 1), files }] : [],
    );
    return [{ told, kept: cut(request, 0), files }, ...texts];
  });
}

const cut = (request: Asked, count: number): Kept =>
  wholeOf({ ...request, answered: request.answered.slice(0, count) });

/** Ids of the calls whose results in a request say that they failed. */
export function failedCalls(request: Asked): ReadonlySet<string> {
  const results = request.body.messages
    .flatMap(blocksOf)
    .filter(({ type, is_error: isError }) => type === 'tool_result' && isError === true);
  return new Set(results.map((result) => String(result['tool_use_id'])));
}

/**
 * A request without what the CLI (2.1.329) tells of itself behind the history: that files which it has read have changed on the disk since,
 * or that it is another day. Such a note that the history holds already stays.
 */
export function withoutNews({ messages: kept }: Kept, request: MessageRequest): MessageRequest {
  const known = kept.filter(isNews).map(textOf);
  return {
    ...request,
    messages: request.messages.filter((message) => {
      if (!isNews(message)) return true;
      const at = known.indexOf(textOf(message));
      if (at >= 0) known.splice(at, 1);
      return at >= 0;
    }),
  };
}

const isNews = (message: Message): boolean =>
  message.role === 'system' && /^(?:Note: \/\S+ changed on disk since you last read it|The date has changed)\./.test(textOf(message));
