/** How long the disk may take for one step. */
const patienceMs = 5_000;
/** A disk that does not answer keeps a thread of Node's pool, which has four: from here on nothing is asked of it. */
const mostOverdue = 2;
let overdue = 0;

/** The answer of a step that may never come (a network drive whose server is gone); `late` when it takes too long or others already do. */
export function withinBound<T>(work: () => Promise<T>, late: () => T, ms = patienceMs): Promise<T> {
  if (overdue >= mostOverdue) return Promise.resolve(late());
  return new Promise((resolve, reject) => {
    let isOverdue = false;
    const timer = setTimeout(() => {
      isOverdue = true;
      overdue++;
      resolve(late());
    }, ms);
    work().then(resolve, reject).finally(() => {
      clearTimeout(timer);
      if (isOverdue) overdue--;
    });
  });
}

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
