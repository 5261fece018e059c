import type { BlockId, LaneId } from './ids.ts';

/** What an event touched, so that a view can redraw that and nothing else. */
export interface Change {
  blocks: BlockId[];
  lanes: LaneId[];
  turns: string[];
  branches: boolean;
  requests: boolean;
  state: boolean;
  queue: boolean;
}

export const noChange = (): Change => ({ blocks: [], lanes: [], turns: [], branches: false, requests: false, state: false, queue: false });
