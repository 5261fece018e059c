import { randomUUID } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mainLane } from '../../../core/ids.ts';
import { demoVersion } from '../rows.ts';
import { History } from './history.ts';
import type { Key } from './keys.ts';
import { LineEditor } from './lineEditor.ts';
import { Interrupted, Pace } from './pace.ts';
import { Permissions } from './permissions.ts';
import type { Reports } from './reports.ts';
import type { Screen } from './screen.ts';
import { scriptFor } from './scripts.ts';
import { Lane, type Speaker } from './speaker.ts';

/** The demo agent: takes keys, answers prompts one after the other, remembers its history. */
export class DemoAgent {
  readonly #speaker: Speaker;
  readonly #editor = new LineEditor();
  readonly #waiting: string[] = [];
  readonly #background = new AbortController();
  readonly #session: string;
  readonly #onExit: (code: number) => void;
  #turn: AbortController | null = null;

  constructor(options: { session: string; path: string; folder: string; speed: string | undefined; screen: Screen; reports: Reports; onExit(code: number): void }) {
    const { screen, reports, folder } = options;
    this.#session = options.session;
    this.#onExit = options.onExit;
    this.#speaker = {
      history: new History(options.path, (row, path) => reports.row(row, path)),
      screen, reports, folder, limit: null,
      pace: new Pace(options.speed),
      permissions: new Permissions(reports, screen, () => this.#showInput()),
      // Work that is cut off has written so itself.
      inBackground: (work) => void work(this.#background.signal).catch(() => undefined),
    };
  }

  async start(): Promise<void> {
    const { history, screen, reports, folder } = this.#speaker;
    screen.open();
    screen.print(`\u001b[1mDemo agent\u001b[22m ${demoVersion} in ${folder}\n\u001b[2mTry: what do you remember? · permission · subagent · compact · long · markdown · /exit\u001b[22m`);
    if (history.rows.length === 0) history.append({ row: 'session', id: randomUUID(), session: this.#session, cwd: folder, version: demoVersion, ts: new Date().toISOString() });
    else this.#showHistory();
    for (const { lane, turn } of history.openLanes()) history.append({ row: 'lane_end', id: randomUUID(), lane, turn, status: 'cut_off', summary: 'The agent had ended.' });
    await reports.session(this.#session, history.path);
    this.#showInput();
    await reports.state('idle', null);
  }

  key(key: Key): void {
    if (key.key === 'interrupt' || key.key === 'escape') this.#interrupt(key.key === 'interrupt');
    else if (this.#speaker.permissions.isAsking) {
      if (key.key === 'text') this.#speaker.permissions.key(key.text);
    } else if (key.key === 'enter') this.#submit();
    else if (key.key === 'eof' && this.#editor.text === '') this.exit();
    else if (this.#editor.take(key)) this.#showInput();
  }

  exit(): void {
    this.#turn?.abort();
    this.#background.abort();
    const { reports } = this.#speaker;
    // The last rows are written by what was aborted just now.
    setTimeout(() => void Promise.race([reports.settled(), new Promise((resolve) => setTimeout(resolve, 300))]).then(() => this.#onExit(0)), 10);
  }

  #interrupt(clears: boolean): void {
    if (this.#turn) this.#turn.abort();
    else if (clears) {
      this.#editor.submit();
      this.#showInput();
    }
  }

  #submit(): void {
    const text = this.#editor.submit();
    this.#showInput();
    if (text.trim() === '') return;
    if (text.trim() === '/exit') return this.exit();
    this.#waiting.push(text);
    if (!this.#turn) void this.#work();
  }

  async #work(): Promise<void> {
    for (let text = this.#waiting.shift(); text !== undefined; text = this.#waiting.shift()) await this.#answer(text);
  }

  async #answer(prompt: string): Promise<void> {
    const { history, screen, reports, folder } = this.#speaker;
    const turn = randomUUID();
    const startedMs = performance.now();
    const controller = new AbortController();
    this.#turn = controller;
    const memory = history.memory();
    const { steps, slowness } = scriptFor(prompt, { memory, readable: readableIn(folder) });
    const lane = new Lane(this.#speaker, { lane: mainLane, turn, signal: controller.signal, slowness });
    screen.prompt(prompt);
    screen.busy('Stitching…');
    void reports.state('busy', turn);
    lane.prompt(prompt);
    await reports.checkpoint('baseline');
    const status = await outcomeOf(lane, () => lane.run(steps));
    const input = memory.tokens + Math.ceil(prompt.length / 4);
    const output = Math.ceil(lane.said / 4);
    history.append({
      row: 'turn_end', id: randomUUID(), lane: mainLane, turn, status, duration_ms: Math.round(performance.now() - startedMs),
      usage: { input_tokens: input, output_tokens: output, reasoning_tokens: null, cached_tokens: null, total_tokens: input + output },
    });
    this.#turn = null;
    screen.busy(null);
    const until = this.#speaker.limit;
    this.#speaker.limit = null;
    await (until === null ? reports.state('idle', turn, { interrupted: status === 'interrupted' }) : reports.state('limited', turn, { until }));
  }

  #showInput(): void {
    const { screen, permissions } = this.#speaker;
    if (permissions.isAsking) screen.input('Allow? [y/n/a] ', '', 0);
    else screen.input('› ', this.#editor.text, this.#editor.cursor);
  }

  #showHistory(): void {
    const { history, screen } = this.#speaker;
    for (const row of history.rows) {
      if (row.row === 'session' || row.lane !== mainLane) continue;
      if (row.row === 'prompt') screen.prompt(row.text);
      else if (row.row === 'text') screen.print(row.text);
      else if (row.row === 'thinking') screen.note(`✻ ${row.text}`);
      else if (row.row === 'tool') screen.tool(row.title);
      else if (row.row === 'result') screen.result(row.text, row.status === 'completed');
      else if (row.row === 'compaction') screen.note(`── memory compacted: ${row.summary}`);
    }
  }
}

async function outcomeOf(lane: Lane, work: () => Promise<boolean>): Promise<'completed' | 'interrupted' | 'failed'> {
  try {
    return (await work()) ? 'completed' : 'failed';
  } catch (problem) {
    if (problem instanceof Interrupted) {
      lane.notice('interrupted', 'Interrupted.');
      return 'interrupted';
    }
    lane.notice('error', problem instanceof Error ? problem.message : String(problem));
    return 'failed';
  }
}

/** The first small file of the folder that reads well. */
function readableIn(folder: string): string | null {
  const names = readdirSync(folder).filter((name) => /\.(md|txt|ts|js|json|py)$/.test(name) && !name.startsWith('.')).sort();
  const isSmall = (name: string) => {
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    return stats !== undefined && stats.isFile() && stats.size < 100_000;
  };
  const readme = names.find((name) => /^readme/i.test(name));
  return [...(readme ? [readme] : []), ...names].find(isSmall) ?? null;
}
