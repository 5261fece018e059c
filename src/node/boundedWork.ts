import { sep } from 'node:path';

/** How long the disk may take for one step. */
const patienceMs = 5_000;
/** Each step that a disk does not answer keeps a thread of Node's pool; the rest of those that a host has are for everything else. */
const mostOverdue = 8;
/** What was asked about and is not answered yet, past its time. */
const overdue = new Set<{ about: string }>();

/**
 * The answer of a step about a path that may never come (a network drive whose server is gone); `late` when it takes too long, or a step about that
 * path, or one above or below it, already does.
 */
export function withinBound<T>(about: string, work: () => Promise<T>, late: () => T, ms = patienceMs): Promise<T> {
  if (overdue.size >= mostOverdue || [...overdue].some((one) => isOn(one.about, about) || isOn(about, one.about))) return Promise.resolve(late());
  return new Promise((resolve, reject) => {
    const step = { about };
    const timer = setTimeout(() => {
      overdue.add(step);
      resolve(late());
    }, ms);
    work().then(resolve, reject).finally(() => {
      clearTimeout(timer);
      overdue.delete(step);
    });
  });
}

const isOn = (path: string, folder: string): boolean => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** What Node calls requests to the disk that were not answered. */
const diskRequest = /^FSReq/;
const lastLookMs = 500;

/**
 * Ends this process. Node's own exit waits for the threads of its pool: with one that waits for a disk the process would never end, so it
 * ends itself by force then.
 */
export async function endProcess(): Promise<never> {
  for (const untilMs = performance.now() + lastLookMs; asksDisk() && performance.now() < untilMs;) {
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  if (asksDisk()) process.kill(process.pid, 'SIGKILL');
  return process.exit(0);
}

const asksDisk = (): boolean => process.getActiveResourcesInfo().some((name) => diskRequest.test(name));
