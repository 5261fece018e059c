/** The turn was interrupted by the user. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

/** How fast the agent works: 1 is pleasant to watch, 0 is without any delay. */
export class Pace {
  readonly speed: number;

  constructor(text: string | undefined) {
    const speed = Number(text ?? '1');
    this.speed = Number.isFinite(speed) && speed >= 0 ? speed : 1;
  }

  /** Waits, and throws Interrupted as soon as the signal says so. Without delay it still lets keys and hooks through. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new Interrupted();
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        clearTimeout(timer);
        reject(new Interrupted());
      };
      const done = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const timer = setTimeout(done, ms * this.speed);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
