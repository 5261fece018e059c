import type { AgentState } from '../../src/core/events.ts';
import { say } from '../strings.ts';

/** What one can do with a prompt that waits. */
export interface QueueTool {
  control: 'now' | 'edit' | 'up' | 'down' | 'remove';
  label: string;
  /** Shown, and without effect just now. */
  isOff: boolean;
}

/** Of the row at `index` of `count`. */
export function queueTools(index: number, count: number, state: AgentState): QueueTool[] {
  return [
    ...(state.is === 'exited' ? [] : [sendTool(state)]),
    { control: 'edit', label: say('queue.edit'), isOff: false },
    ...(count === 1 ? [] : [
      { control: 'up', label: say('queue.up'), isOff: index === 0 } as const,
      { control: 'down', label: say('queue.down'), isOff: index === count - 1 } as const,
    ]),
    { control: 'remove', label: say('queue.remove'), isOff: false },
  ];
}

/** Typed into a dialog or a permission request, a prompt would be taken for its answer. */
const sendTool = ({ is }: AgentState): QueueTool =>
  ({ control: 'now', label: say(is === 'waiting' ? 'queue.nowWaiting' : is === 'busy' ? 'queue.nowBusy' : 'queue.now'), isOff: is === 'waiting' });
