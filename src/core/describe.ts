import type { AgentState, BlockBody, Event, EventOf, EventType, TokenUsage, UnknownEvent } from './events.ts';
import { promptWords } from './ownWords.ts';
import { plainText } from './plainText.ts';
import type { SeamDrops } from './view.ts';

const lineLength = 160;

/** The beginning of a text on one line, without control sequences. */
export const oneLine = (text: string, length = lineLength): string => {
  const line = plainText(text.slice(0, length * 20)).replace(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
};

/** What the host or another session has put before a prompt's own words. */
const header = /^\[\w+ (?:session|relay) [^\]\n]*\]\s*/;

/** A prompt's own words. */
export const ownWords = (prompt: string): string => prompt.trimStart().replace(header, '');

/** One plain line for people; an event of a type that is not known is named. Holds no time stamp and no seq. */
export const lineOf = (event: Event | UnknownEvent): string => {
  if (!Object.hasOwn(lines, event.type)) return oneLine(`${event.type} (not known to this version)`);
  const line = lines[event.type as EventType] as (event: Event | UnknownEvent) => string;
  return oneLine(line(event));
};

const stateLine = (state: AgentState): string => {
  if (state.is === 'waiting') return state.for === 'dialog' ? `waiting at a dialog (${state.dialog}): ${state.message}` : `waiting for ${state.for === 'permission' ? 'a permission' : 'an answer'}`;
  if (state.is === 'idle') return state.interrupted ? 'idle (interrupted)' : 'idle';
  if (state.is === 'limited') return state.until === undefined ? 'limited' : `limited until ${state.until}`;
  return state.is;
};

const tokens = (usage: TokenUsage | undefined): string => (usage?.total_tokens == null ? '' : `, ${usage.total_tokens} tokens`);
const ending = (code: number | null, signal: string | undefined): string => (signal === undefined ? `code ${code ?? 'unknown'}` : signal);
const because = (reason: string | undefined): string => (reason === undefined || reason === '' ? '' : `: ${reason}`);
/** “1 session”, “2 sessions”. */
export const some = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** “1 prompt, 2 texts, 3 tool calls”; “nothing” when there is nothing. */
export const dropsLine = ({ prompt, text, tool, thinking, compaction = 0 }: SeamDrops): string => {
  const parts: [number, string][] = [[prompt, 'prompt'], [text, 'text'], [tool, 'tool call'], [thinking, 'thought'], [compaction, 'compaction']];
  return parts.filter(([n]) => n > 0).map(([n, what]) => some(n, what)).join(', ') || 'nothing';
};

/** What a block is, without its place. */
export const bodyLine = (body: BlockBody): string => {
  if (body.kind === 'tool') return `${body.tool}: ${body.title}${body.result ? ` (${body.result.status})` : ''}`;
  if (body.kind === 'compaction') return `compaction (${body.trigger}), ${body.tokens_before ?? '?'} to ${body.tokens_after ?? '?'} tokens`;
  if (body.kind === 'notice') return `${body.notice}: ${body.text}`;
  return `${body.kind}: ${body.kind === 'prompt' ? promptWords(body) : body.text}`;
};

/** One line per event type: a type without one is a type error. */
const lines: { [T in EventType]: (event: EventOf<T>) => string } = {
  started: (event) => `session of ${event.agent}${event.agent_version === undefined ? '' : ` ${event.agent_version}`} started in ${event.cwd}`,
  run_started: (event) => `run ${event.run ?? ''} started (${event.cause}) on ${event.branch}, process ${event.pid}`,
  send: ({ from, text, msg, added }) => `sent from ${from}: ${promptWords({ text: text ?? msg, ...(added && { added }) })}`,
  state: (event) => `state: ${stateLine(event.state)}`,
  configured: (event) => `settings: ${Object.entries(event.settings).map(([name, value]) => `${name} ${value}`).join(', ')}`,
  native_session: (event) => `${event.branch} goes on in the agent's history ${event.native.session} (${event.cause})`,
  usage: (event) => `usage${tokens(event)}`,
  cost: (event) => `cost so far: ${event.cost_usd.toFixed(4)} USD`,
  git: (event) => (event.phase === 'start' ? `git: ${event.branch} at ${event.sha}` : `git: ${event.sha}, ${some(event.commits, 'commit')}, +${event.loc_added} -${event.loc_removed} in ${some(event.files_changed, 'file')}`),
  summary: (event) => `summary: ${event.exit}`,
  run_ended: (event) => `run ended (${event.cause}), ${ending(event.code, event.signal)}`,
  exited: (event) => `session ended, ${ending(event.code, event.signal)}${because(event.reason)}`,
  disconnected: (event) => `lost ${event.source}${because(event.message)}`,
  recovered: (event) => `recovered: ${some(event.lost_bytes, 'byte')} cut${event.kept_as === null ? '' : `, kept as ${event.kept_as}`}${because(event.reason)}`,
  renamed: (event) => `renamed from ${event.from} to ${event.to}`,
  turn_started: (event) => `turn ${event.turnId} started in ${event.lane}`,
  task_complete: (event) => `turn ${event.turnId} ${event.status}${tokens(event.tokenUsage)}`,
  block: (event) => `${event.block} ${event.lane} ${bodyLine(event)}`,
  block_updated: (event) => `${event.block} ${event.result ? `${event.result.status}: ${event.result.text}` : event.interrupted ? 'interrupted' : 'updated'}`,
  item_completed: (event) => `${event.item.id} ${event.item.type} ${event.item.status ?? 'completed'}`,
  compaction: (event) => `compaction (${event.trigger}), ${event.tokens_before ?? '?'} to ${event.tokens_after ?? '?'} tokens`,
  lane_opened: (event) => `subagent ${event.lane} (${event.agent_type}) began${because(event.description)}`,
  lane_updated: (event) => `subagent ${event.lane}${event.steps === undefined ? '' : `, ${some(event.steps, 'step')}`}${event.last_tool === undefined ? '' : `, last ${event.last_tool}`}`,
  lane_closed: (event) => `subagent ${event.lane} ${event.status === 'cut_off' ? 'was cut off' : event.status}${because(event.summary)}`,
  checkpoint: (event) => `files captured (${event.cause}), ${some(event.changed.length, 'change')}${event.late ? ', late' : ''}`,
  rewind_started: (event) => (event.how === 'rewind' ? `rewinding ${event.from_branch} to ${event.seam ?? 'its start'}` : `switching from ${event.from_branch} to ${event.to_branch}`),
  rewound: (event) => `rewound to ${event.seam} as ${event.branch} (${event.fidelity}), files ${event.files.is}`,
  rewind_failed: (event) => `rewind failed while ${event.step}, still on ${event.branch}${because(event.message)}`,
  branch_selected: (event) => `switched from ${event.from_branch} to ${event.branch}, files ${event.files.is}`,
  forked: (event) => `forked from session ${event.from_uid} at ${event.from_seam} of ${event.from_branch}`,
  queued: (event) => `queued from ${event.from}: ${promptWords(event)}`,
  queue_changed: (event) => `queue ${[event.paused === undefined ? '' : event.paused ? 'paused' : 'goes on', event.edited ? `${event.edited.send} edited` : '', event.order ? `ordered ${event.order.join(' ')}` : '', event.dropped ? `dropped ${event.dropped.join(' ')}` : '', event.returned ? `${event.returned} again: its agent had ended before it read it` : ''].filter(Boolean).join(', ')}`,
  delivered: (event) => `delivered: ${event.send}`,
  expired: (event) => `expired: ${event.send}${because(event.reason)}`,
  log_idle: (event) => `silent for ${event.idle_s} s during ${event.during === 'tool' ? `the tool ${event.tool ?? ''}` : 'its turn'}`,
  log_active: (event) => `at work again after ${event.idle_s} s`,
  resume: (event) => `told to go on (${event.cause}), ${event.attempt} of ${event.of}`,
  escalated: (event) => `needs a person (${event.reason})${because(event.message)}`,
  permission_requested: (event) => `permission asked for ${event.tool}: ${event.title}`,
  permission_left: () => 'only the terminal can answer the permission request now',
  permission_resolved: (event) => `permission ${event.outcome} by ${event.by}`,
};

/** Every type that this version knows, in the order of the schema. */
export const eventTypes: readonly string[] = Object.keys(lines);
