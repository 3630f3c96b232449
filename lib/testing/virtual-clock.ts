import { setImmediate } from 'node:timers';
import type { Clock, Timer } from '../core/base/clock.js';
import { Fifo } from '../core/base/fifo.js';
import { IndexedHeap, type Ranked } from '../core/base/indexed-heap.js';

/** A call that waits for its moment, its rank; of equal moments the one that was set first comes first. */
interface WaitingCall extends Ranked {
  readonly run: () => void;
}

/**
 * A clock that stands still until it is moved. As a machine it has two: the **wall** clock, which tells when jobs are due, and the
 * **monotonic** one, on which timers run. Both go together in {@link pass}; {@link idle} lets the second go on alone, for the
 * few milliseconds by which a consumer paces itself and which no job should see.
 *
 * What could go on without time going by does so by itself, as in production: deferred calls, and timers of no length.
 */
export class VirtualClock implements Clock {
  readonly #waiting = new IndexedHeap<WaitingCall>();
  readonly #deferred = new Fifo<() => void>();
  readonly #onMoved: ((now: number) => void) | undefined;
  #made = 0;
  #wall: number;
  #monotonic = 0;
  #flushing = false;

  /** @param onMoved told each new moment of the wall clock, before anything happens in it */
  constructor(start: number, onMoved?: (now: number) => void) {
    this.#wall = start;
    this.#onMoved = onMoved;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, run: () => void): Timer {
    const call = { rank: this.#monotonic + Math.ceil(Math.max(0, ms)), order: this.#made++, run, index: 0 };
    this.#waiting.push(call);
    if (call.rank <= this.#monotonic) this.#flushSoon();
    return { cancel: () => this.#cancel(call) };
  }

  defer(run: () => void): void {
    this.#deferred.push(run);
    this.#flushSoon();
  }

  /** True when something goes on by itself in the next turn of the event loop. */
  get busy(): boolean {
    return this.#flushing;
  }

  /** Milliseconds until the next timer; undefined when there is none. */
  get next(): number | undefined {
    const { first } = this.#waiting;
    return first === undefined ? undefined : Math.max(0, first.rank - this.#monotonic);
  }

  /** Lets `ms` go by, no further than to the next timer. */
  pass(ms: number): void {
    this.#wall += ms;
    if (ms > 0) this.#onMoved?.(this.#wall);
    this.idle(ms);
  }

  /** The same, and the wall clock stands still. */
  idle(ms: number): void {
    this.#monotonic += ms;
    if (this.next === 0) this.#flushSoon();
  }

  clear(): void {
    for (const call of [...this.#waiting.all]) this.#waiting.remove(call);
  }

  /** Also once it was made, or taken back before. */
  #cancel(call: WaitingCall): void {
    if (this.#waiting.all[call.index] === call) this.#waiting.remove(call);
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.#flush());
  }

  /** One turn: what was deferred until now, then what is due. What these set and defer is for the next turn. */
  #flush(): void {
    this.#flushing = false;
    const made = this.#made;
    try {
      for (let left = this.#deferred.length; left > 0; left--) this.#deferred.shift()?.();
      for (;;) {
        const { first } = this.#waiting;
        if (first === undefined || first.rank > this.#monotonic || first.order >= made) break;
        this.#waiting.remove(first);
        first.run();
      }
    } finally {
      // Also when one of them threw: the others are still to come.
      if (this.#deferred.length > 0 || this.next === 0) this.#flushSoon();
    }
  }
}
