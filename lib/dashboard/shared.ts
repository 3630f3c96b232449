import type { Clock } from '../core/base/clock.js';

interface Asked<View> {
  readonly view: Promise<View>;
  readonly at: number;
  done: boolean;
}

const FRESH_MS = 1_000;
const MOST_KEYS = 200;

/** One look for all who ask within a second, or while it is under way: however many browsers are open, servers are asked once. Nothing is asked when nobody asks. */
export abstract class Shared<View> {
  readonly #clock: Clock;
  readonly #asked = new Map<string, Asked<View>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(key = ''): Promise<View> {
    const now = this.#clock.monotonic();
    const known = this.#asked.get(key);
    if (known !== undefined && (!known.done || now - known.at < FRESH_MS)) return known.view;
    const asked: Asked<View> = { view: this.look(key), at: now, done: false };
    void Promise.allSettled([asked.view]).then(() => (asked.done = true));
    this.#asked.delete(key);
    this.#asked.set(key, asked);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > MOST_KEYS && oldest !== undefined) this.#asked.delete(oldest);
    return asked.view;
  }

  /** After an action, what was seen before is old. */
  forget(): void {
    this.#asked.clear();
  }

  protected abstract look(key: string): Promise<View>;
}
