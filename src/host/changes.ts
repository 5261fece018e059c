/** Lets others wait for a session: told at each of its events, and of each change outside its record. */
export class Changes {
  #waiters = new Set<() => void>();

  tell(): void {
    for (const wake of [...this.#waiters]) wake();
  }

  /** Resolves at the next change; after `ms` at the latest. */
  next(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => { clearTimeout(timer); this.#waiters.delete(wake); resolve(); };
      const timer = ms === undefined ? undefined : setTimeout(wake, ms);
      this.#waiters.add(wake);
    });
  }

  /** Resolves when `test` holds, looking again at every change; false after `ms`, by a clock that nobody can set. */
  async until(test: () => boolean, ms: number): Promise<boolean> {
    const until = performance.now() + ms;
    while (!test()) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) return false;
      await this.next(leftMs);
    }
    return true;
  }
}
