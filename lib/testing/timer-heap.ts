import type { Timer } from '../core/base/clock.js';

/** A call that waits for its moment; `run` is undefined once it was made or taken back. */
export class HeapTimer implements Timer {
  constructor(
    readonly at: number,
    readonly order: number,
    public run: (() => void) | undefined,
  ) {}

  cancel(): void {
    this.run = undefined;
  }
}

/** Timers by their moment and, where moments are equal, in the order in which they were set: a binary heap. */
export class TimerHeap {
  readonly #timers: HeapTimer[] = [];
  #made = 0;

  add(at: number, run: () => void): HeapTimer {
    const timers = this.#timers;
    const timer = new HeapTimer(at, this.#made++, run);
    let place = timers.length;
    timers.push(timer);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = timers[parent] as HeapTimer;
      if (!isBefore(timer, above)) break;
      timers[place] = above;
      place = parent;
    }
    timers[place] = timer;
    return timer;
  }

  /** How many were ever set; the next one's order. */
  get made(): number {
    return this.#made;
  }

  /** The first that was not taken back. */
  get first(): HeapTimer | undefined {
    let first = this.#timers[0];
    while (first !== undefined && first.run === undefined) {
      this.#removeFirst();
      first = this.#timers[0];
    }
    return first;
  }

  clear(): void {
    this.#timers.length = 0;
  }

  #removeFirst(): void {
    const timers = this.#timers;
    const last = timers.pop() as HeapTimer;
    const { length } = timers;
    if (length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(timers[child + 1] as HeapTimer, timers[child] as HeapTimer)) child++;
      const below = timers[child] as HeapTimer;
      if (!isBefore(below, last)) break;
      timers[place] = below;
      place = child;
    }
    timers[place] = last;
  }
}

function isBefore(one: HeapTimer, other: HeapTimer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
