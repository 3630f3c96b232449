import { IndexedHeap, type Ranked } from '../core/base/indexed-heap.js';
import type { Timer } from '../core/base/clock.js';

/** A call that waits for its moment, its rank; `run` is undefined once it was made or taken back. */
export class HeapTimer implements Timer, Ranked {
  index = 0;

  constructor(
    readonly rank: number,
    readonly order: number,
    public run: (() => void) | undefined,
  ) {}

  cancel(): void {
    this.run = undefined;
  }
}

/** Timers by their moment and, where moments are equal, in the order in which they were set. */
export class TimerHeap {
  #timers = new IndexedHeap<HeapTimer>();
  #made = 0;

  add(at: number, run: () => void): HeapTimer {
    const timer = new HeapTimer(at, this.#made++, run);
    this.#timers.push(timer);
    return timer;
  }

  /** How many were ever set; the next one's order. */
  get made(): number {
    return this.#made;
  }

  /** The first that was not taken back. */
  get first(): HeapTimer | undefined {
    let { first } = this.#timers;
    while (first !== undefined && first.run === undefined) {
      this.#timers.remove(first);
      ({ first } = this.#timers);
    }
    return first;
  }

  clear(): void {
    this.#timers = new IndexedHeap();
  }
}
