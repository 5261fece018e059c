import type { BlockDraft, Decoded, Decoder, Observation } from '../../core/adapter.ts';
import { unreachable } from '../../core/errors.ts';
import type { AgentState, NativeRef } from '../../core/events.ts';
import { mainLane } from '../../core/ids.ts';
import { costIn, stateFileName } from './cost.ts';
import { callsOfBatch, type Hook, parseHook } from './hook.ts';
import { dialogOnScreen, tokenCountsOn } from './dialogs.ts';
import { asList, asObject, asText, parseObject } from './json.ts';
import { LaneTranscript, type Told } from './laneTranscript.ts';
import { limitInText, limitOfRow, limitOnScreen } from './limits.ts';
import { LiveTexts } from './liveTexts.ts';
import { backgroundTaskOf, type TaskEnd } from './meaning.ts';
import { Permissions } from './permissions.ts';
import { type Row, rowOfLine } from './row.ts';
import { Subagents } from './subagents.ts';
import { toolKindOf } from './toolResult.ts';
import { Turns } from './turns.ts';
import { configDirectoryOf, statusesWatch, statusWatch, subagentsDirectoryOf, transcriptIn, transcriptWatches, watchNames } from './watches.ts';

/** The CLI runs no hook at all when a settings file says `disableAllHooks`, or a policy does. */
const withoutHooks = 'Claude Code runs no hooks (`disableAllHooks` in its settings, or a policy): permission requests can be answered in its terminal only, the files are captured when it comes to rest and not at each step, and text is shown once it is complete.';

/** Rows of a subagent that may wait until the subagent itself is known. */
const mostHeldRows = 5_000;

/**
 * One run of the CLI: its hooks, the rows of its transcripts and its status file in, facts out. Rows are the truth about blocks, the
 * status file about state, hooks about what happens in between (the tree of subagents, permissions, files, text on its way).
 */
export class ClaudeDecoder implements Decoder {
  readonly #config: string | null;
  /** Where the CLI's clock stands that it tells times by. */
  readonly #zone: string;
  readonly #turns = new Turns();
  readonly #permissions = new Permissions();
  readonly #subagents = new Subagents();
  readonly #live = new LiveTexts();
  readonly #tasks = new Map<string, string>();
  readonly #lanes = new Map<string, LaneTranscript>();
  readonly #heldRows = new Map<string, Row[]>();
  readonly #statusesAsked = new Set<string>();
  #native: NativeRef;
  #hasStatus = false;
  /** A hook has come: SessionStart comes before anything else. */
  #hasHooks = false;
  #tokens = '';
  /** The latest time that anything told. Hooks tell none. */
  #nowMs = Number.NaN;

  constructor(run: { native: NativeRef; env: Readonly<Record<string, string | undefined>> }) {
    this.#config = configDirectoryOf(run.env);
    this.#native = run.native;
    this.#zone = run.env['TZ'] || Intl.DateTimeFormat().resolvedOptions().timeZone;
  }

  get state(): AgentState {
    return this.#turns.state;
  }

  get background(): string[] {
    return [...this.#subagents.working, ...this.#tasks.values()];
  }

  get isBehind(): boolean {
    return this.#live.isBehind;
  }

  get problem(): string | null {
    return this.#turns.isBlind ? withoutHooks : null;
  }

  decode(observation: Observation): Decoded[] {
    switch (observation.is) {
      case 'spawned': return this.#spawned(observation.pid);
      case 'hook': {
        const hook = parseHook(observation.hook, observation.payload);
        return hook ? this.#hook(hook) : [];
      }
      case 'line': return this.#line(observation.watch, observation.path, observation.line);
      case 'text': return this.#text(observation.watch, observation.text);
      case 'directory': return observation.watch === watchNames.statuses ? this.#statuses(observation.names) : observation.path === subagentsDirectoryOf(this.#native.path) ? this.#subagents.listed(observation.names) : [];
      case 'screen': return this.#screen(observation);
      case 'typed': return [];
      // A screen that rests says nothing about rows that are on their way.
      case 'quiet': return observation.ms > 0 ? [] : this.#quiet();
      case 'exited': return [...this.#quiet(), ...this.#permissions.gone(), ...this.#subagents.end(), ...this.#live.clear(), ...this.#turns.exited()];
      default: return unreachable(observation);
    }
  }

  #spawned(pid: number): Decoded[] {
    const status: Decoded[] = this.#config === null ? [] : [{ is: 'watch', watch: statusWatch(this.#config, pid) }];
    return this.#native.path ? [...status, ...this.#follow()] : status;
  }

  #follow(): Decoded[] {
    this.#subagents.follow(subagentsDirectoryOf(this.#native.path));
    return transcriptWatches(this.#native.path).map((watch) => ({ is: 'watch', watch }));
  }

  #hook(hook: Hook): Decoded[] {
    this.#hasHooks = true;
    this.#turns.isBlind = false;
    return [...this.#nativeOf(hook), ...this.#findStatus(), ...this.#hookItself(hook)];
  }

  #hookItself(hook: Hook): Decoded[] {
    switch (hook.event) {
      case 'UserPromptSubmit': return [...this.#live.turn(), ...this.#turns.prompted(hook), { is: 'checkpoint', cause: 'baseline' }];
      case 'PreCompact': return this.#compacts(hook);
      case 'PreToolUse': return this.#toolBegins(hook);
      case 'PermissionRequest': return this.#permissionAsked(hook);
      case 'PostToolUse': return [...this.#toolEnded(hook), ...this.#subagents.launched(hook), ...this.#taskStarted(hook)];
      case 'PostToolUseFailure': return this.#toolEnded(hook);
      case 'PostToolBatch': {
        const call = callsOfBatch(hook).at(-1);
        return [...this.#turns.worked(hook), { is: 'checkpoint', cause: 'tool', ...(call === undefined ? {} : { call }) }];
      }
      case 'MessageDisplay': return [...this.#turns.worked(hook), ...this.#live.display(hook)];
      case 'SubagentStart': return this.#subagents.started(hook);
      case 'SubagentStop': return this.#subagents.stopped(hook);
      case 'Stop': {
        this.#tasksLeft(hook);
        this.#live.ended(asText(hook.json['last_assistant_message']) ?? '');
        return [...this.#turns.stopped('completed', this.#isMoreAlive(hook)), { is: 'checkpoint', cause: 'idle' }];
      }
      case 'StopFailure': return [...this.#limitTold(hook), ...this.#turns.stopped('failed', this.#isMoreAlive(hook)), { is: 'checkpoint', cause: 'idle' }];
      default: return [];
    }
  }

  /** Follows the CLI to the history that it now writes: its first, or another after a command of its own. */
  #nativeOf(hook: Hook): Decoded[] {
    const { session, transcript } = hook;
    if (session === undefined || !transcript || hook.lane !== mainLane || hook.event === 'SessionEnd') return [];
    if (hook.event === 'SessionStart' && hook.json['source'] === 'compact') return [];
    if (session === this.#native.session && transcript === this.#native.path) return [];
    if (session !== this.#native.session) this.#lanes.clear();
    this.#native = { session, path: transcript };
    const cause = hook.event === 'SessionStart' ? (asText(hook.json['source']) ?? 'startup') : 'observed';
    return [{ is: 'native', native: this.#native, cause }, ...this.#follow()];
  }

  /** The status file is named after the CLI's process; where a wrapper was started instead, it is found by the session that it names. */
  #findStatus(): Decoded[] {
    if (this.#hasStatus || this.#config === null || this.#statusesAsked.has('')) return [];
    this.#statusesAsked.add('');
    return [{ is: 'watch', watch: statusesWatch(this.#config) }];
  }

  #statuses(names: readonly string[]): Decoded[] {
    if (this.#hasStatus || this.#config === null) return [];
    const fresh = names.filter((name) => /^\d+\.json$/.test(name) && !this.#statusesAsked.has(name)).slice(0, 64);
    return fresh.map((name) => {
      this.#statusesAsked.add(name);
      const watch = statusWatch(this.#config ?? '', name.replace(/\.json$/, ''));
      return { is: 'watch', watch: { ...watch, watch: `${watchNames.status}:${name}` } };
    });
  }

  /** Known before the status file says idle: what waits to be typed must not be typed into the limit. */
  #limitTold({ json }: Hook): Decoded[] {
    const limit = limitInText(asText(json['last_assistant_message']) ?? '', this.#nowMs, this.#zone);
    return limit ? this.#turns.limited(limit) : [];
  }

  #screen({ rows, at }: Extract<Observation, { is: 'screen' }>): Decoded[] {
    if (at !== undefined) this.#nowMs = Date.parse(at);
    const tokens = tokenCountsOn(rows);
    const active: Decoded[] = tokens === this.#tokens || tokens === '' ? [] : [{ is: 'active' }];
    this.#tokens = tokens;
    const limit = this.#turns.mayBeLimited ? limitOnScreen(rows, this.#nowMs, this.#zone) : null;
    return [...active, ...(limit ? this.#turns.limited(limit) : []), ...this.#turns.dialog(dialogOnScreen(rows))];
  }

  /** A compaction at rest is work that no prompt announces. It waits for this: what has changed until now is not its doing. */
  #compacts(hook: Hook): Decoded[] {
    return hook.lane === mainLane && this.#turns.isOver ? [{ is: 'checkpoint', cause: 'baseline' }] : [];
  }

  #toolBegins(hook: Hook): Decoded[] {
    this.#permissions.announce(hook);
    const step = hook.lane === mainLane || !hook.call ? [] : this.#subagents.step(hook.lane, hook.call, hook.tool ?? 'tool');
    return [...this.#turns.worked(hook), ...step, ...captureBefore(hook)];
  }

  #permissionAsked(hook: Hook): Decoded[] {
    if (hook.tool === 'AskUserQuestion') return this.#turns.asked('question');
    return [...this.#permissions.request(hook), ...this.#turns.asked('permission')];
  }

  #toolEnded(hook: Hook): Decoded[] {
    if (!hook.call) return [];
    const resolved = this.#permissions.ended(hook.call);
    return [...resolved, ...(resolved.length && this.#permissions.size === 0 ? this.#turns.answered() : [])];
  }

  #taskStarted(hook: Hook): Decoded[] {
    const task = backgroundTaskOf(hook.json['tool_response']);
    const input = asObject(hook.input);
    if (task !== undefined) this.#tasks.set(task, asText(input?.['description']) ?? asText(input?.['command']) ?? task);
    return [];
  }

  /** Stop tells which background work is still alive, also such as no call of this run has begun. Subagents are told by their lanes. */
  #tasksLeft(hook: Hook): void {
    const alive = new Set<string>();
    for (const task of asList(hook.json['background_tasks']).map(asObject)) {
      const id = asText(task?.['id']) ?? asText(task?.['task_id']);
      if (id === undefined) continue;
      alive.add(id);
      if (task?.['type'] !== 'subagent' && !this.#tasks.has(id)) this.#tasks.set(id, asText(task?.['description']) ?? asText(task?.['command']) ?? id);
    }
    for (const task of this.#tasks.keys()) if (!alive.has(task)) this.#tasks.delete(task);
  }

  /** A subagent's lane may not be known yet when the turn is over. */
  #isMoreAlive(hook: Hook): boolean {
    return this.background.length > 0 || asList(hook.json['background_tasks']).length > 0;
  }

  #text(watch: string, text: string | null): Decoded[] {
    if (watch === stateFileName) return costIn(text, this.#native.session);
    if (watch.startsWith(watchNames.metaPrefix)) return text === null ? [] : this.#described(watch.slice(watchNames.metaPrefix.length), text);
    if (watch !== watchNames.status && !this.#isOurStatus(watch, text)) return [];
    if (text !== null) this.#hasStatus = true;
    const found = text === null ? [] : this.#withoutHooks(text);
    const decoded = [...found, ...this.#turns.status(text)];
    return this.#turns.state.is === 'waiting' || text === null ? decoded : [...this.#permissions.none(), ...decoded];
  }

  /** At work, and no hook has told: the status file says which session it is, and so where its transcript is. */
  #withoutHooks(text: string): Decoded[] {
    const json = parseObject(text);
    const [session, cwd] = [asText(json?.['sessionId']), asText(json?.['cwd'])];
    if (this.#hasHooks || this.#config === null || session === undefined || cwd === undefined) return [];
    this.#turns.isBlind ||= json?.['status'] === 'busy';
    const path = transcriptIn(this.#config, cwd, session);
    if (!this.#turns.isBlind || (session === this.#native.session && this.#native.path !== '')) return [];
    if (session !== this.#native.session) this.#lanes.clear();
    this.#native = { session, path };
    return [{ is: 'native', native: this.#native, cause: 'observed' }, ...this.#follow()];
  }

  #isOurStatus(watch: string, text: string | null): boolean {
    return watch.startsWith(`${watchNames.status}:`) && text !== null && parseObject(text)?.['sessionId'] === this.#native.session;
  }

  #described(id: string, text: string): Decoded[] {
    const decoded = this.#subagents.described(id, text);
    return [...decoded, ...this.#releaseRows(id)];
  }

  #line(watch: string, path: string, line: string): Decoded[] {
    const id = watch === watchNames.transcript ? mainLane : watch.startsWith(watchNames.agentPrefix) ? watch.slice(watchNames.agentPrefix.length) : null;
    // What is left of a history that the CLI has left belongs to nobody here.
    if (id === null || !line.trim() || (id === mainLane && this.#native.path !== '' && path !== this.#native.path)) return [];
    const row = rowOfLine(line);
    if (row.line !== undefined) return this.#tell(id, this.#lane(id).take(row));
    if (id === mainLane) return row.json['isSidechain'] === true ? [] : this.#mainRow(row);
    if (this.#subagents.isOpened(id)) return this.#tell(id, this.#lane(id).take(row));
    const held = this.#heldRows.get(id) ?? [];
    if (held.length < mostHeldRows) this.#heldRows.set(id, [...held, row]);
    return [];
  }

  #mainRow(row: Row): Decoded[] {
    const told = this.#lane(mainLane).take(row);
    const limit = limitOfRow(row, this.#zone);
    const block = told.findLast((item) => item.type === 'block');
    const turn = block?.turn;
    const begun = block?.body.kind === 'prompt' ? this.#turns.read(turn) : row.subtype === 'turn_duration' ? this.#turns.readEnd(this.background.length > 0) : [];
    this.#taskRead(row);
    // A row of a turn before this run is history.
    const unknown = row.type === 'system' ? /^Unknown command: .*/.exec(asText(row.json['content']) ?? '')?.[0] : undefined;
    return [...(unknown === undefined ? [] : [{ is: 'refused' as const, problem: unknown }]), ...begun, ...this.#tell(mainLane, told), ...(limit && turn !== undefined ? this.#turns.limited(limit, turn) : [])];
  }

  /** A command in the background, where no hook tells of it. */
  #taskRead(row: Row): void {
    if (!this.#turns.isBlind) return;
    const task = backgroundTaskOf(row.json['toolUseResult']);
    if (task !== undefined) this.#tasks.set(task, task);
  }

  #releaseRows(id: string): Decoded[] {
    const rows = this.#heldRows.get(id);
    if (!rows || !this.#subagents.isOpened(id)) return [];
    this.#heldRows.delete(id);
    return rows.flatMap((row) => this.#tell(id, this.#lane(id).take(row)));
  }

  #lane(id: string): LaneTranscript {
    const known = this.#lanes.get(id);
    if (known) return known;
    const lane = new LaneTranscript(id, this.#native.session);
    this.#lanes.set(id, lane);
    return lane;
  }

  #tell(lane: string, told: Told[]): Decoded[] {
    return told.flatMap((item): Decoded[] => {
      if (item.type === 'taskEnded') return this.#taskEnded(item.task);
      if (item.type === 'block_updated') return [{ is: 'draft', draft: item }, ...this.#permissions.ended(item.call)];
      return [{ is: 'draft', draft: item }, ...this.#told(lane, item)];
    });
  }

  /** What a landed block changes besides the conversation. */
  #told(lane: string, { body, usage, turn }: BlockDraft): Decoded[] {
    const landed = body.kind === 'text' ? this.#live.landed(lane, body.text) : [];
    if (lane === mainLane) return body.kind === 'notice' && body.notice === 'interrupted' ? this.#turns.interrupted(turn, this.background.length > 0) : landed;
    const step = body.kind === 'tool' ? this.#subagents.step(lane, body.call, body.tool) : [];
    const spent = usage ? this.#subagents.spent(lane, (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0)) : [];
    return [...landed, ...step, ...spent];
  }

  #taskEnded(task: TaskEnd): Decoded[] {
    this.#tasks.delete(task.task);
    return this.#subagents.notified(task);
  }

  #quiet(): Decoded[] {
    const opened = this.#subagents.settle();
    const rows = [...this.#heldRows.keys()].flatMap((id) => this.#releaseRows(id));
    const settled = [...this.#lanes].flatMap(([id, lane]) => this.#tell(id, lane.settle()));
    return [...opened, ...rows, ...settled];
  }
}

/** What has changed until now is not the doing of a call that may write and waits for this. */
function captureBefore({ tool, call }: Hook): Decoded[] {
  const kind = tool === undefined ? 'other' : toolKindOf(tool);
  const isWriter = kind === 'execute' || kind === 'edit' || kind === 'other';
  return isWriter && call !== undefined ? [{ is: 'checkpoint', cause: 'wait', call, before: true }] : [];
}
