import { IndexedHeap, type Ranked } from '../../lib/core/base/indexed-heap.js';

/** Something that happens at the moment that is its rank, unless it is taken back. */
export interface Happening extends Ranked {
  run: (() => void) | undefined;
}

/** So many events share one turn of the real event loop; promises go on after each of them all the same. */
const BATCH = 64;
/** 2026-01-01: the wall clock's first moment, of everybody whose clock is right. */
export const EPOCH_MS = 1_767_225_600_000;

/**
 * The one true time of a simulation, in milliseconds since its start. Nothing waits: the next event is run at once, and time is
 * then what its moment says. Equal moments keep the order in which they were asked for. What an event promised to others is done
 * before the next one: each event is a callback of `setImmediate`, after which Node runs every microtask there is.
 */
export class VirtualTime {
  readonly #heap = new IndexedHeap<Happening>();
  #soon: Happening[] = [];
  #soonAt = 0;
  #now = 0;
  #made = 0;
  #events = 0;

  get now(): number {
    return this.#now;
  }

  /** Events that were run. */
  get events(): number {
    return this.#events;
  }

  at(moment: number, run: () => void): Happening {
    const happening = { rank: Math.max(moment, this.#now), order: this.#made++, index: 0, run };
    this.#heap.push(happening);
    return happening;
  }

  after(ms: number, run: () => void): Happening {
    return this.at(this.#now + ms, run);
  }

  /** Behind what else happens at this moment, before time goes on. */
  soon(run: () => void): Happening {
    const happening = { rank: this.#now, order: this.#made++, index: 0, run };
    this.#soon.push(happening);
    return happening;
  }

  /** Lets everything happen up to a moment. Rejects with what an event throws. */
  async reach(end: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      let over = false;
      const step = (): void => {
        if (over) return;
        try {
          over = !this.#step(end);
          if (over) resolve();
        } catch (error) {
          over = true;
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const pump = (): void => {
        if (over) return;
        for (let turn = 0; turn < BATCH; turn++) setImmediate(step);
        setImmediate(pump);
      };
      pump();
    });
    this.#now = Math.max(this.#now, end);
  }

  /** Runs one event; false when none is left until `end`. */
  #step(end: number): boolean {
    while (this.#soonAt < this.#soon.length) {
      const { run } = this.#soon[this.#soonAt++] as Happening;
      if (run === undefined) continue;
      this.#events++;
      run();
      return true;
    }
    this.#soon.length = 0;
    this.#soonAt = 0;
    for (;;) {
      const next = this.#heap.first;
      if (next === undefined || next.rank > end) return false;
      this.#heap.remove(next);
      const { run } = next;
      if (run === undefined) continue;
      next.run = undefined;
      this.#now = next.rank;
      this.#events++;
      run();
      return true;
    }
  }
}
