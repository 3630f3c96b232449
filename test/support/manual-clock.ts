import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Timer } from '../../lib/core/base/clock.js';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** 2026-01-01: any moment that looks like one. */
const START = 1_767_225_600_000;

/**
 * A clock that stands still until the test moves it. Timers run in the order of their moments, and of their making where
 * moments are equal, so that the same test takes the same course each time.
 */
export class ManualClock implements Clock {
  readonly #entries = new Set<Entry>();
  #deferred: (() => void)[] = [];
  #wall: number;
  #monotonic = 0;
  #made = 0;

  constructor(start = START) {
    this.#wall = start;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, run: () => void): Timer {
    const entry = { at: this.#monotonic + Math.max(0, ms), order: this.#made++, run };
    this.#entries.add(entry);
    return { cancel: () => void this.#entries.delete(entry) };
  }

  defer(run: () => void): void {
    this.#deferred.push(run);
  }

  /** Timers that are set: 0 when nothing is left behind. */
  get timers(): number {
    return this.#entries.size;
  }

  /** Moves the wall clock alone, as an operator or NTP does. */
  step(ms: number): void {
    this.#wall += ms;
  }

  /** The event loop stands still: time goes by, and no timer runs. */
  standStill(ms: number): void {
    this.#reach(this.#monotonic + ms);
  }

  /** Runs what was deferred, and what that defers, without any time going by. */
  turn(): void {
    while (this.#deferred.length > 0) {
      const deferred = this.#deferred;
      this.#deferred = [];
      for (const run of deferred) run();
    }
  }

  /** Lets `ms` go by at once, for code that only calls back. */
  pass(ms: number): void {
    const end = this.#monotonic + ms;
    this.turn();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#run(next);
      this.turn();
    }
    this.#reach(end);
  }

  /** As {@link pass}, and promises go on in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await this.settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#run(next);
      await this.settle();
    }
    this.#reach(end);
  }

  /** Lets promises and deferred calls go on until nothing is left that could without time going by. */
  async settle(): Promise<void> {
    do {
      this.turn();
      await nextTurn();
    } while (this.#deferred.length > 0);
  }

  #run(entry: Entry): void {
    this.#entries.delete(entry);
    this.#reach(Math.max(entry.at, this.#monotonic));
    entry.run();
  }

  #next(end: number): Entry | undefined {
    let next: Entry | undefined;
    for (const entry of this.#entries) {
      if (entry.at > end) continue;
      if (next === undefined || entry.at < next.at || (entry.at === next.at && entry.order < next.order)) next = entry;
    }
    return next;
  }

  #reach(moment: number): void {
    this.#wall += moment - this.#monotonic;
    this.#monotonic = moment;
  }
}
