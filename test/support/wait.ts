import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** Milliseconds, default 10,000. */
  readonly timeout?: number;
  /** What is waited for, for the error; default the condition's source. */
  readonly what?: string;
}

/** Waits until the condition holds, and resolves with the value that made it so. */
export async function until<T>(
  condition: () => T | Promise<T>,
  { timeout = 10_000, what = condition.toString() }: WaitOptions = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`waited ${timeout} ms for: ${what}; last seen: ${String(value)}`);
    await sleep(5);
  }
}

/** Holds the event loop for so many milliseconds. */
export function standStill(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Whether the promise settles, either way, within so many milliseconds. */
export async function settles(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  const inTime = await Promise.race([settled, late]);
  timer.abort();
  return inTime;
}

/** Collects what happens, for a test to wait for: `on('completed', (job) => seen.add(job))`, then `await seen.next(3)`. */
export class Recorder<T> {
  /** Everything that came, in order. */
  readonly all: T[] = [];
  #taken = 0;
  #wake: (() => void) | undefined;

  add(item: T): void {
    this.all.push(item);
    this.#wake?.();
  }

  /** Forgets all that came. */
  clear(): void {
    this.all.length = 0;
    this.#taken = 0;
  }

  /** Resolves with the next `count` items that were not taken before. One caller waits at a time. */
  async next(count = 1, { timeout = 10_000 }: Pick<WaitOptions, 'timeout'> = {}): Promise<T[]> {
    if (this.#wake) throw new Error('somebody waits for this recorder already');
    const enough = this.#taken + count;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#wake = undefined;
        reject(new Error(`waited ${timeout} ms for ${count} items, got ${this.all.length - this.#taken}`));
      }, timeout);
      this.#wake = () => {
        if (this.all.length < enough) return;
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      this.#wake();
    });
    const items = this.all.slice(this.#taken, enough);
    this.#taken = enough;
    return items;
  }
}
