import type { Decoded, Draft, Watch } from '../../core/adapter.ts';
import { mainLane } from '../../core/ids.ts';
import type { Hook } from './hook.ts';
import { asNumber, asObject, asText, parseObject } from './json.ts';
import type { TaskEnd } from './meaning.ts';
import { startedAgentOf } from './meaning.ts';
import { subagentWatches } from './watches.ts';

interface Lane {
  type: string;
  description: string;
  call: string | null;
  parent: string;
  background: boolean;
  isOpened: boolean;
  isStarted: boolean;
  closed?: string;
  calls: Set<string>;
  lastTool?: string;
  tokens: number;
}

const draft = (body: Draft): Decoded => ({ is: 'draft', draft: body });

/**
 * The tree of subagents. A SubagentStart names the agent and not who called it; the agent's description file links it to the call and to
 * its parent (there about 50 ms later), or the call's own result does. A lane is opened once that is known; until then its rows wait.
 */
export class Subagents {
  readonly #lanes = new Map<string, Lane>();
  readonly #watched = new Set<string>();
  #directory = '';

  /** Follows the subagents of another history from here on. */
  follow(directory: string): void {
    this.#directory = directory;
    this.#watched.clear();
  }

  isOpened(id: string): boolean {
    return this.#lanes.get(id)?.isOpened ?? false;
  }

  /** Names in the subagents' directory. */
  listed(names: readonly string[]): Decoded[] {
    return names.flatMap((name) => {
      const id = /^agent-(.+?)(\.meta\.json|\.jsonl)$/.exec(name)?.[1];
      return id === undefined ? [] : this.#watch(id);
    });
  }

  started(hook: Hook): Decoded[] {
    const type = asText(hook.json['agent_type']);
    if (!type || hook.lane === mainLane) return [];
    const lane = this.#lane(hook.lane);
    lane.type = type;
    lane.isStarted = true;
    // A finished agent can be woken again.
    delete lane.closed;
    return [...this.#watch(hook.lane), ...this.#settleIfKnown(hook.lane)];
  }

  /** A step of a subagent, seen by a hook or in its transcript. */
  step(id: string, call: string, tool: string): Decoded[] {
    const lane = this.#lanes.get(id);
    if (!lane || lane.calls.has(call)) return [];
    lane.calls.add(call);
    lane.lastTool = tool;
    return this.#update(id, lane);
  }

  spent(id: string, tokens: number): Decoded[] {
    const lane = this.#lanes.get(id);
    if (!lane) return [];
    lane.tokens += tokens;
    return this.#update(id, lane);
  }

  /** The agent's description file. */
  described(id: string, text: string): Decoded[] {
    const meta = parseObject(text);
    if (!meta) return [];
    const lane = this.#lane(id);
    lane.type = asText(meta['agentType']) || lane.type;
    lane.description = asText(meta['description']) ?? lane.description;
    lane.call = asText(meta['toolUseId']) ?? lane.call;
    lane.parent = asText(meta['parentAgentId']) ?? lane.parent;
    lane.background = meta['requestShape'] === 'background' || lane.background;
    if (!lane.type) return [];
    const opened = this.#open(id, lane);
    return meta['finished'] === true ? [...opened, ...this.#close(id, lane, 'completed')] : opened;
  }

  /** The result of a call of the Agent tool names the agent that it started, and when it waited for it, that it is done. */
  launched(hook: Hook): Decoded[] {
    const result = asObject(hook.json['tool_response']);
    const id = startedAgentOf(result);
    if (id === undefined) return [];
    const lane = this.#lane(id);
    lane.call = hook.call ?? lane.call;
    lane.parent = hook.lane;
    lane.type ||= asText(asObject(hook.input)?.['subagent_type']) ?? 'agent';
    lane.description ||= asText(result?.['description']) ?? asText(asObject(hook.input)?.['description']) ?? '';
    lane.background = result?.['isAsync'] === true || lane.background;
    const opened = [...this.#watch(id), ...this.#open(id, lane)];
    if (result?.['status'] !== 'completed') return opened;
    lane.tokens = asNumber(result['totalTokens']) ?? lane.tokens;
    return [...opened, ...this.#update(id, lane), ...this.#close(id, lane, 'completed')];
  }

  /** Compaction reports the end of an agent that never began, without a type: that is none. */
  stopped(hook: Hook): Decoded[] {
    const lane = this.#lanes.get(hook.lane);
    if (!lane || !asText(hook.json['agent_type'])) return [];
    return [...this.#open(hook.lane, lane), ...this.#close(hook.lane, lane, 'completed', asText(hook.json['last_assistant_message'])), { is: 'checkpoint', cause: 'subagent', ...(lane.call === null ? {} : { call: lane.call }) }];
  }

  notified(task: TaskEnd): Decoded[] {
    const lane = this.#lanes.get(task.task);
    if (!lane?.isOpened) return [];
    const spent: Decoded[] = task.tokens === undefined ? [] : [draft({ type: 'lane_updated', lane: task.task, tokens: task.tokens, ...(task.steps === undefined ? {} : { steps: task.steps }) })];
    const status = task.status === 'completed' ? 'completed' : task.status === 'failed' ? 'failed' : 'cut_off';
    return [...spent, ...this.#close(task.task, lane, status, task.summary)];
  }

  /** No description came: opens what has started all the same. */
  settle(): Decoded[] {
    return [...this.#lanes].flatMap(([id, lane]) => (lane.isStarted ? this.#open(id, lane) : []));
  }

  /** The run is over, and with it all that still worked. */
  end(): Decoded[] {
    return [...this.#lanes].flatMap(([id, lane]) => (lane.isOpened ? this.#close(id, lane, 'cut_off') : []));
  }

  /** Descriptions of the agents at work. */
  get working(): string[] {
    return [...this.#lanes.values()].filter((lane) => lane.isOpened && lane.isStarted && lane.closed === undefined).map((lane) => lane.description || lane.type);
  }

  #lane(id: string): Lane {
    const known = this.#lanes.get(id);
    if (known) return known;
    const lane: Lane = { type: '', description: '', call: null, parent: mainLane, background: false, isOpened: false, isStarted: false, calls: new Set(), tokens: 0 };
    this.#lanes.set(id, lane);
    return lane;
  }

  #settleIfKnown(id: string): Decoded[] {
    const lane = this.#lane(id);
    return lane.call === null ? [] : this.#open(id, lane);
  }

  #open(id: string, lane: Lane): Decoded[] {
    if (lane.isOpened) return [];
    const parent = lane.parent === mainLane ? undefined : this.#lanes.get(lane.parent);
    const above = parent ? this.#open(lane.parent, parent) : [];
    lane.isOpened = true;
    return [...above, draft({ type: 'lane_opened', lane: id, parent_lane: lane.parent, parent_call: lane.call, agent_type: lane.type, description: lane.description, background: lane.background })];
  }

  #update(id: string, lane: Lane): Decoded[] {
    if (!lane.isOpened) return [];
    return [draft({ type: 'lane_updated', lane: id, steps: lane.calls.size, ...(lane.lastTool === undefined ? {} : { last_tool: lane.lastTool }), ...(lane.tokens ? { tokens: lane.tokens } : {}) })];
  }

  #close(id: string, lane: Lane, status: 'completed' | 'failed' | 'cut_off', summary?: string): Decoded[] {
    if (lane.closed !== undefined && (lane.closed === status || status === 'cut_off')) return [];
    lane.closed = status;
    return [draft({ type: 'lane_closed', lane: id, status, ...(summary === undefined ? {} : { summary: summary.slice(0, 4_000) }) })];
  }

  #watch(id: string): Decoded[] {
    if (!this.#directory || this.#watched.has(id)) return [];
    this.#watched.add(id);
    return subagentWatches(this.#directory, id).map((watch: Watch) => ({ is: 'watch', watch }));
  }
}
