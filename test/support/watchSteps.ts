import type { Event } from '../../src/core/events.ts';

/** What a session's watch said and did, a line each. */
export const watchSteps = (events: readonly Event[]): string[] => events.flatMap((event) => {
  switch (event.type) {
    case 'log_idle': return `idle during ${event.during}${event.tool === undefined ? '' : ` ${event.tool}`}`;
    case 'log_active': return 'active';
    case 'resume': return `resume ${event.cause} ${event.attempt}/${event.of}`;
    case 'escalated': return `escalated ${event.reason}`;
    default: return [];
  }
});
