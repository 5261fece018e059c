import * as v from 'valibot';
import type { LiveText } from '../../src/core/adapter.ts';
import type { Event, UnknownEvent } from '../../src/core/events.ts';
import type { WindowPlace } from '../../src/core/place.ts';
import { defaultSettings } from '../../src/core/watching.ts';
import type { Block, BlockPage, Seam, SessionSnapshot, SessionSummary } from '../../src/core/view.ts';
import type { QueueListing, Resumability, RewindOutcome, RewindPreview, SessionBatch, SwitchPreview } from '../../src/protocol/protocol.ts';

/**
 * What comes in over postMessage is `unknown` until it has gone through here. Checked is the frame that the panel's own code leans on:
 * ids, numbers, lists. What an agent may have put inside (titles, inputs, results) stays unknown to the drawing code, which copes.
 */
const id = v.string();
const optionalId = v.nullable(v.string());
const texts = v.array(v.string());

const blockFrame = { block: id, lane: id, after: optionalId, seq: v.number(), ts: v.string(), depth: v.number(), native: v.optional(v.looseObject({ session: id, id })) };
const toolResult = v.looseObject({ status: v.string(), text: v.string(), edits: v.optional(v.array(v.looseObject({ path: v.string(), before: v.nullable(v.string()), after: v.string() }))) });
const words = { text: v.string() };
const knownBlock = v.variant('kind', [
  v.looseObject({ ...blockFrame, ...words, kind: v.literal('prompt') }),
  v.looseObject({ ...blockFrame, ...words, kind: v.literal('text') }),
  v.looseObject({ ...blockFrame, ...words, kind: v.literal('thinking') }),
  v.looseObject({ ...blockFrame, ...words, kind: v.literal('notice'), notice: v.string() }),
  v.looseObject({ ...blockFrame, kind: v.literal('tool'), tool: v.string(), tool_kind: v.string(), call: v.string(), title: v.string(), result: v.optional(toolResult) }),
  v.looseObject({ ...blockFrame, kind: v.literal('compaction'), summary: v.string(), tokens_before: v.nullable(v.number()), tokens_after: v.nullable(v.number()) }),
]);
const knownKinds = new Set(['prompt', 'text', 'thinking', 'notice', 'tool', 'compaction']);
/** A kind that a newer host may know stays, to be shown as what it is. */
const block = v.union([knownBlock, v.pipe(v.looseObject({ ...blockFrame, kind: v.string() }), v.check((found) => !knownKinds.has(found.kind)))]);

const state = v.looseObject({ is: v.picklist(['starting', 'idle', 'busy', 'waiting', 'limited', 'exited']) });
const page = v.looseObject({ lane: id, branch: id, blocks: v.array(block), before: v.number() });
const request = v.looseObject({ request: id, lane: id, tool: v.string(), title: v.string(), options: v.array(v.looseObject({ option: v.picklist(['allow', 'allow_always', 'deny']), label: v.string() })), seq: v.number(), isTerminalOnly: v.optional(v.boolean(), false) });
/** Hosts of an earlier version tell none of it. */
const stall = v.nullish(v.looseObject({ sinceTs: v.string(), during: v.picklist(['turn', 'tool', 'limit']), tool: v.nullable(v.string()), resumes: v.number(), escalated: v.nullable(v.string()) }), null);
const settings = v.optional(v.looseObject({ max_resumes: v.number(), limit_window_s: v.nullable(v.number()) }), { ...defaultSettings });
const queue = v.array(v.looseObject({ send: id, text: v.string(), queuedTs: v.optional(v.string()), expires: v.optional(v.string()) }));
/** A step that only a newer host knows is not told. */
const movingStep = v.fallback(v.nullish(v.variant('is', [
  v.object({ is: v.picklist(['waiting', 'interrupting', 'settling', 'capturing', 'ending', 'starting', 'recording']) }),
  v.object({ is: v.literal('restoring'), files: v.number() }),
]), null), null);
const lastMove = v.exactOptional(v.nullable(v.looseObject({ how: v.picklist(['rewind', 'switch']), from: id, branch: id, seq: v.number() })));
const end = v.nullish(v.looseObject({ code: v.nullable(v.number()), signal: v.nullable(v.string()), ended: v.picklist(['exited', 'stopped', 'interrupted']), ts: v.string() }), null);
const summary = v.looseObject({
  movingStep, lastMove, background: v.optional(texts),
  uid: id, id, agent: v.string(), agentName: v.string(), state, branch: id, problem: v.nullable(v.string()), cwd: v.optional(v.string()), moving: v.nullish(v.picklist(['rewind', 'switch']), null), stall, settings, end,
});
const snapshot = v.looseObject({
  seq: v.number(),
  summary,
  branches: v.array(v.looseObject({ branch: id, parent: optionalId, seam: optionalId, tip: optionalId })),
  lanes: v.array(v.looseObject({ lane: id, parentLane: optionalId, agentType: v.string(), description: v.string(), status: v.string(), steps: v.number(), openedSeq: v.number() })),
  requests: v.array(request),
  turns: v.array(v.looseObject({ turn: id, lane: id, status: v.string() })),
  checkpoints: v.array(v.looseObject({ checkpoint: id, seq: v.number() })),
  queue,
  queuePaused: v.optional(v.boolean(), false),
  live: v.array(v.looseObject({ live: id, lane: id, kind: v.picklist(['text', 'thinking', 'tool']), text: v.nullable(v.string()) })),
  page,
  damage: texts,
  batch: v.optional(v.number()),
});
const events = v.looseObject({ session: id, events: v.array(v.looseObject({ seq: v.number(), type: v.string(), ts: v.string() })) });
const live = v.looseObject({ session: id, live: snapshot.entries.live });
const batch = v.looseObject({
  ...events.entries, batch: v.number(), behind: v.optional(v.boolean(), false),
  live: v.array(v.looseObject({ ...snapshot.entries.live.item.entries, from: v.optional(v.number()) })),
});
const drops = v.looseObject({ text: v.number(), tool: v.number(), thinking: v.number(), prompt: v.number() });
const skipped = v.array(v.looseObject({ path: v.string(), why: v.string() }));
const untouched = {
  untouched: v.optional(v.array(v.looseObject({ path: v.string(), because: v.picklist(['not-captured-then', 'changed-by-others', 'not-covered']), why: v.string() }))),
  unnamed: v.optional(v.number()),
};
const movePreview = {
  ...untouched,
  state, ends: texts, filesReason: v.nullable(v.string()),
  checkpoint: v.optional(optionalId),
  files: v.nullable(v.array(v.looseObject({ path: v.string(), is: v.picklist(['added', 'modified', 'deleted']), conflict: v.boolean() }))),
  expect: v.looseObject({ branch: id, tip: optionalId }),
};
const preview = v.looseObject({ ...movePreview, seam: id, fidelity: v.picklist(['exact', 'approximate', 'none']), reason: v.string(), drops });
const switchPreview = v.looseObject({ ...movePreview, branch: id, reason: v.optional(v.nullable(v.string())) });
const outcome = v.looseObject({ branch: id, from: id, files: v.looseObject({ is: v.string(), restored: v.optional(texts), conflicts: v.optional(texts), ...untouched }) });
const init = v.looseObject({ session: id, strings: v.unknown(), anchor: v.optional(v.unknown()), window: v.nullish(v.object({ folders: texts, home: v.string() }), null) });

function parsed<T>(what: string, schema: v.GenericSchema, value: unknown): T {
  const result = v.safeParse(schema, value);
  if (!result.success) throw new Error(`${what}: ${v.getDotPath(result.issues[0]) ?? ''} ${result.issues[0].message}`);
  return result.output as T;
}

export const parseInit = (value: unknown) => parsed<{ session: string; strings: unknown; window: WindowPlace | null }>('workbench/init', init, value);
export const parseSnapshot = (value: unknown) => parsed<SessionSnapshot & { batch?: number }>('session/open', snapshot, value);
export const parseSummary = (value: unknown) => parsed<SessionSummary>('session/changed', summary, value);
export const parsePage = (value: unknown) => parsed<BlockPage>('session/page', page, value);
export const parseBlock = (value: unknown) => parsed<Block>('session/block', block, value);
export const parseSwitchPreview = (value: unknown) => parsed<SwitchPreview>('session/previewSwitch', switchPreview, value);
export const parsePreview = (value: unknown) => parsed<RewindPreview>('session/preview', preview, value);
const seams = v.array(v.looseObject({ seam: id, fidelity: v.picklist(['exact', 'approximate', 'none']), reason: v.string(), uncovered: v.optional(skipped) }));
export const parseSeams = (value: unknown) => parsed<Pick<Seam, 'seam' | 'fidelity' | 'reason' | 'uncovered'>[]>('session/seams', seams, value);
export const parseOutcome = (value: unknown) => parsed<RewindOutcome>('session/rewind', outcome, value);
export const parseEvents = (value: unknown) => parsed<{ session: string; events: (Event | UnknownEvent)[] }>('session/events', events, value);
export const parseBatch = (value: unknown) => parsed<SessionBatch>('session/batch', batch, value);
export const parseLive = (value: unknown) => parsed<{ session: string; live: LiveText[] }>('session/live', live, value);
export const parseQueue = (value: unknown) => parsed<QueueListing>('session/changeQueue', v.looseObject({ paused: v.boolean(), sends: queue, seq: v.optional(v.number()) }), value);
export const parseWon = (value: unknown) => parsed<{ won: boolean }>('session/answer', v.looseObject({ won: v.boolean() }), value);
const resumability = v.variant('is', [
  v.looseObject({ is: v.literal('goesOn'), fidelity: v.string(), reason: v.nullable(v.string()) }),
  v.looseObject({ is: v.literal('anew'), reason: v.string() }), v.looseObject({ is: v.literal('no'), code: v.string(), reason: v.string() }),
]);
export const parseResumability = (value: unknown) => parsed<Resumability>('workbench/resumable', resumability, value);
const resumed = v.looseObject({ reason: v.nullable(v.string()) });
export const parseResumed = (value: unknown) => parsed<{ reason: string | null }>('workbench/resume', resumed, value);
const commands = v.looseObject({ what: v.picklist(['focusComposer', 'nextSeam', 'previousSeam', 'confirmSeam', 'toggleSubagents', 'showLane', 'answer']), seam: v.optional(id), lane: v.optional(id), answer: v.optional(v.picklist(['allow', 'allow_always', 'deny', 'why'])), request: v.optional(id) });
export const parseCommand = (value: unknown) => parsed<v.InferOutput<typeof commands>>('workbench/do', commands, value);
export const parseConnection = (value: unknown) => parsed<{ open: boolean; reason?: string }>('workbench/connection', v.looseObject({ open: v.boolean(), reason: v.optional(v.string()) }), value);
