import { randomUUID } from 'node:crypto';
import { mainLane } from '../../../core/ids.ts';
import type { History } from './history.ts';
import { Interrupted, type Pace } from './pace.ts';
import type { Permissions } from './permissions.ts';
import type { Reports } from './reports.ts';
import type { Screen } from './screen.ts';
import type { Step } from './scripts.ts';
import { type Call, carryOut, faceOf, mayWrite, type Outcome } from './tools.ts';

export interface Speaker {
  history: History;
  screen: Screen;
  reports: Reports;
  pace: Pace;
  permissions: Permissions;
  folder: string;
  /** When the limit resets at which a turn has ended; null: it did not. */
  limit: string | null;
  /** Starts work that outlives the turn. */
  inBackground(work: (signal: AbortSignal) => Promise<void>): void;
}

/** One lane at work: carries out steps, writes them to the history, shows the main lane's on the screen. */
export class Lane {
  readonly #with: Speaker;
  readonly #lane: string;
  readonly #turn: string;
  readonly #signal: AbortSignal;
  readonly #slowness: number;
  #message = randomUUID();
  /** Characters said, for the made-up token counts. */
  said = 0;

  constructor(speaker: Speaker, at: { lane: string; turn: string; signal: AbortSignal; slowness: number }) {
    this.#with = speaker;
    this.#lane = at.lane;
    this.#turn = at.turn;
    this.#signal = at.signal;
    this.#slowness = at.slowness;
  }

  /** True: all steps were done; false: a step failed the turn. Throws Interrupted. */
  async run(steps: Step[]): Promise<boolean> {
    for (const step of steps) {
      await this.#wait(250);
      switch (step.do) {
        case 'think': await this.#stream('thinking', step.text); break;
        case 'say': await this.#stream('text', step.text); break;
        case 'tools': await this.#tools(step.calls); break;
        case 'subagent': await this.#subagent(step); break;
        case 'compact': await this.#compact(); break;
        case 'hang': await this.#hang(); break;
        case 'dialog': {
          void this.#with.reports.state('dialog', this.#turn, { message: 'A dialog of the demo agent; Escape closes it.' });
          await this.#hang();
          break;
        }
        case 'limit': {
          const until = new Date(Date.now() + step.seconds * 1_000).toISOString();
          this.notice('error', `The limit is reached; it resets at ${until} (a made-up limit).`);
          this.#with.limit = until;
          return false;
        }
        case 'fail': {
          this.notice('error', step.text);
          return false;
        }
      }
    }
    return true;
  }

  prompt(text: string): void {
    this.#with.history.append({ row: 'prompt', ...this.#block(), text });
  }

  notice(notice: 'interrupted' | 'error', text: string): void {
    this.#with.history.append({ row: 'notice', ...this.#block(), notice, text });
    if (this.#isMain) this.#with.screen.print(`\u001b[31m${text}\u001b[39m`);
  }

  get #isMain(): boolean {
    return this.#lane === mainLane;
  }

  #block(id: string = randomUUID()) {
    return { id, lane: this.#lane, turn: this.#turn, parent: this.#with.history.tip(this.#lane) };
  }

  /** Ends by an interrupt only. */
  async #hang(): Promise<void> {
    for (let painted = 0; ; painted++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      this.#with.screen.busy(`Stitching… ${Math.floor(painted / 10)} s`);
      await this.#with.pace.wait(0, this.#signal);
    }
  }

  #wait(ms: number): Promise<void> {
    return this.#with.pace.wait(ms * this.#slowness, this.#signal);
  }

  async #stream(kind: 'text' | 'thinking', text: string): Promise<void> {
    const { history, reports, screen } = this.#with;
    const id = randomUUID();
    let told = '';
    let shown = 0;
    const land = (interrupted: boolean) => {
      if (this.#isMain) {
        screen.partial('');
        if (shown < told.length) this.#print(kind, told.slice(shown));
      }
      this.said += told.length;
      if (told) history.append({ row: kind, ...this.#block(id), message: this.#message, text: told, ...(interrupted ? { interrupted } : {}) });
    };
    try {
      for (const token of tokensOf(text)) {
        await this.#wait(22);
        told += token;
        reports.live(id, this.#lane, kind, told);
        if (!this.#isMain) continue;
        const end = told.lastIndexOf('\n');
        if (end > shown) {
          this.#print(kind, told.slice(shown, end));
          shown = end + 1;
        }
        screen.partial(told.slice(shown));
      }
    } catch (problem) {
      land(true);
      throw problem;
    }
    told = text;
    land(false);
  }

  #print(kind: 'text' | 'thinking', text: string): void {
    if (kind === 'thinking') this.#with.screen.note(`✻ ${text}`);
    else this.#with.screen.print(text);
  }

  async #tools(calls: Call[]): Promise<void> {
    const { history, screen, reports } = this.#with;
    const named = calls.map((call) => ({ ...call, id: `call-${randomUUID()}`, face: faceOf(call.deed) }));
    for (const { id, face } of named) {
      history.append({ row: 'tool', ...this.#block(), message: this.#message, call: id, ...face });
      if (this.#isMain) screen.tool(face.title);
    }
    for (const call of named) if (!call.asks) await this.#announce(call);
    await Promise.all(named.map(async (call) => this.#result(call.id, await this.#do(call))));
    this.#message = randomUUID();
    if (this.#signal.aborted) throw new Interrupted();
    const last = named.at(-1);
    await reports.checkpoint('tool', last?.id);
  }

  /** Waits until it is known what there was before a call that may write. */
  async #announce(call: Call & { id: string }): Promise<void> {
    if (mayWrite(call.deed)) await this.#with.reports.checkpoint('before', call.id);
  }

  async #do(call: Call & { id: string; face: ReturnType<typeof faceOf> }): Promise<Outcome | { status: 'rejected'; text: string }> {
    try {
      if (call.asks) {
        const allowed = await this.#with.permissions.ask({ lane: this.#lane, call: call.id, ...call.face }, this.#signal);
        if (!allowed) return { status: 'rejected', text: 'The user did not allow this.' };
        await this.#announce(call);
      }
      await this.#wait(400);
      return await carryOut(call.deed, this.#with.folder, this.#signal, (text) => this.#with.reports.live(call.id, this.#lane, 'tool', text));
    } catch (problem) {
      if (problem instanceof Interrupted) return { status: 'cancelled', text: 'Interrupted.' };
      throw problem;
    }
  }

  #result(call: string, outcome: Outcome | { status: 'rejected'; text: string }): void {
    this.#with.history.append({ row: 'result', id: randomUUID(), lane: this.#lane, turn: this.#turn, call, ...outcome });
    if (this.#isMain) this.#with.screen.result(outcome.text, outcome.status === 'completed');
  }

  async #subagent(step: Extract<Step, { do: 'subagent' }>): Promise<void> {
    const { history, screen, reports } = this.#with;
    const call = `call-${randomUUID()}`;
    const lane = `sub-${randomUUID().slice(0, 8)}`;
    const { description, agentType, background, steps } = step;
    history.append({ row: 'tool', ...this.#block(), message: this.#message, call, tool: 'Subagent', tool_kind: 'subagent', title: description, input: { description, agent_type: agentType, background } });
    if (this.#isMain) screen.tool(`Subagent: ${description}`);
    history.append({ row: 'lane', id: randomUUID(), lane, turn: this.#turn, parent_lane: this.#lane, call, agent_type: agentType, description, background });
    const work = async (signal: AbortSignal) => {
      const child = new Lane(this.#with, { lane, turn: this.#turn, signal, slowness: this.#slowness });
      child.prompt(description);
      const end = (status: 'completed' | 'failed' | 'cut_off', summary: string) => history.append({ row: 'lane_end', id: randomUUID(), lane, turn: this.#turn, status, summary });
      try {
        end((await child.run(steps)) ? 'completed' : 'failed', `${description}: done.`);
      } catch (problem) {
        end('cut_off', `${description}: ended early.`);
        throw problem;
      }
      await reports.checkpoint('subagent');
    };
    if (background) {
      this.#with.inBackground(work);
      this.#result(call, { status: 'completed', text: `Started in the background as ${lane}.` });
    } else {
      await work(this.#signal).catch((problem: unknown) => {
        this.#result(call, { status: 'cancelled', text: 'Interrupted.' });
        throw problem;
      });
      this.#result(call, { status: 'completed', text: `${description}: done.` });
    }
    this.#message = randomUUID();
    await reports.checkpoint('tool', call);
  }

  async #compact(): Promise<void> {
    const { history, screen } = this.#with;
    const startedMs = performance.now();
    await this.#wait(800);
    const memory = history.memory();
    const summary = `The user asked ${memory.prompts.length} times: ${memory.prompts.map((text) => `“${text.replace(/\s+/g, ' ').slice(0, 60)}”`).join(', ')}. ${memory.steps.length} steps were taken.`;
    history.append({
      row: 'compaction', ...this.#block(), trigger: 'manual', tokens_before: memory.tokens, tokens_after: Math.ceil(summary.length / 4),
      duration_ms: Math.round(performance.now() - startedMs), summary,
    });
    if (this.#isMain) screen.note(`── memory compacted: ${summary}`);
  }
}

/** Some characters at a time, as models speak; a huge text in a few hundred pieces. */
function tokensOf(text: string): string[] {
  const size = Math.max(12, Math.ceil(text.length / 400));
  return size === 12 ? (text.match(/\s*\S{1,12}/g) ?? [text]) : Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size));
}
