import type { Decoded } from '../../core/adapter.ts';
import type { RequestId } from '../../core/ids.ts';
import type { PermissionOption } from '../../core/events.ts';
import type { Hook } from './hook.ts';
import { asList } from './json.ts';
import { toolTitle } from './toolResult.ts';

interface Asked {
  lane: string;
  key: string;
  call: string;
}

/**
 * Open permission requests. A request's hook does not name the tool call; the call is that of the last PreToolUse before it with the same
 * agent, tool and input. The dialog in the terminal stays open meanwhile: an answer there is seen by what the tool does next.
 */
export class Permissions {
  /** Calls that have been announced and have no end yet. */
  #announced: Asked[] = [];
  readonly #open = new Map<RequestId, string | undefined>();
  #count = 0;

  announce(hook: Hook): void {
    if (hook.call) this.#announced.push({ lane: hook.lane, key: keyOf(hook), call: hook.call });
  }

  request(hook: Hook): Decoded[] {
    const tool = hook.tool ?? 'tool';
    const taken = new Set(this.#open.values());
    const call = this.#announced.findLast((asked) => asked.lane === hook.lane && asked.key === keyOf(hook) && !taken.has(asked.call))?.call;
    const request = call ? `${call}?` : `${hook.prompt ?? hook.session ?? 'request'}?${++this.#count}`;
    this.#open.set(request, call);
    return [
      { is: 'draft', draft: { type: 'permission_requested', request, lane: hook.lane, ...(call === undefined ? {} : { call }), tool, title: toolTitle(tool, hook.input), input: hook.input, options: optionsOf(hook) } },
      { is: 'hold', request },
    ];
  }

  /** The call has ended, or its result has landed: whatever was asked for it has been answered. */
  ended(call: string): Decoded[] {
    this.#announced = this.#announced.filter((asked) => asked.call !== call);
    return this.#resolve((of) => of === call, 'elsewhere');
  }

  /** No dialog is open any more. */
  none(): Decoded[] {
    return this.#resolve(() => true, 'elsewhere');
  }

  /** The run is over; nobody can answer. */
  gone(): Decoded[] {
    this.#announced = [];
    return this.#resolve(() => true, 'gone');
  }

  get size(): number {
    return this.#open.size;
  }

  #resolve(matches: (call: string | undefined) => boolean, outcome: 'elsewhere' | 'gone'): Decoded[] {
    const requests = [...this.#open].filter(([, call]) => matches(call)).map(([request]) => request);
    for (const request of requests) this.#open.delete(request);
    return requests.map((request) => ({ is: 'draft', draft: { type: 'permission_resolved', request, outcome, by: outcome === 'gone' ? 'host' : 'terminal' } }));
  }
}

const keyOf = (hook: Hook) => JSON.stringify([hook.tool, hook.input]);

function optionsOf(hook: Hook): PermissionOption[] {
  const always: PermissionOption[] = asList(hook.json['permission_suggestions']).length ? [{ option: 'allow_always', label: 'Allow and remember' }] : [];
  return [{ option: 'allow', label: 'Allow' }, ...always, { option: 'deny', label: 'Deny' }];
}
