import type { EventOf, TokenUsage } from './events.ts';
import { mainLane } from './ids.ts';
import { usageSum } from './usage.ts';
import type { Block, Turn } from './view.ts';

/** The turns of a session, in all of its lanes. A stored turn is never changed, only replaced. */
export class Turns {
  readonly all = new Map<string, Turn>();
  readonly #running = new Set<string>();

  /** The turn that the main agent has begun and not ended; null: none. */
  get mainRunning(): string | null {
    return [...this.#running].findLast((turn) => this.all.get(turn)?.lane === mainLane) ?? null;
  }

  put(turn: Turn): void {
    this.all.set(turn.turn, turn);
    if (turn.status === 'running') this.#running.add(turn.turn);
    else this.#running.delete(turn.turn);
  }

  started(event: EventOf<'turn_started'>): void {
    this.put({ turn: event.turnId, lane: event.lane, status: 'running', model: null, usage: null, durationMs: null, startedTs: event.ts });
  }

  /** `beyond`: what it tells beyond its blocks. */
  completed(event: EventOf<'task_complete'>, beyond: TokenUsage | null): void {
    const old = this.all.get(event.turnId);
    this.put({
      ...old, turn: event.turnId, lane: event.lane, status: event.status, model: event.model ?? old?.model ?? null,
      usage: event.tokenUsage ?? old?.usage ?? null, durationMs: event.duration_ms ?? old?.durationMs ?? msBetween(old?.startedTs, event.ts),
      ...(event.tokenUsage && { isUsageTold: true }), ...(beyond && { usageBeyond: beyond }),
    });
  }

  /** Adds what a block that landed tells of its turn. Gives the turn if that changed it. */
  stepped(block: Block): string[] {
    const turn = block.turn === undefined ? undefined : this.all.get(block.turn);
    if (!turn || turn.lane !== block.lane) return [];
    const model = turn.model ?? block.model ?? null;
    const usage = turn.isUsageTold || !block.usage ? turn.usage : usageSum(turn.usage, block.usage);
    if (model === turn.model && usage === turn.usage) return [];
    this.put({ ...turn, model, usage });
    return [turn.turn];
  }

  /** The process is gone, and no turn of it goes on. Gives those that ended so. */
  runEnded(): string[] {
    const ended = [...this.#running];
    for (const name of ended) {
      const turn = this.all.get(name);
      if (turn) this.put({ ...turn, status: 'interrupted' });
    }
    return ended;
  }
}

function msBetween(from: string | undefined, to: string): number | null {
  const ms = from === undefined ? Number.NaN : Date.parse(to) - Date.parse(from);
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
