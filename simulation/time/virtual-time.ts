/** Something that happens later, unless it is taken back. */
export interface Happening {
  readonly at: number;
  readonly order: number;
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
  readonly #heap: Happening[] = [];
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
    const happening: Happening = { at: Math.max(moment, this.#now), order: this.#made++, run };
    this.#push(happening);
    return happening;
  }

  after(ms: number, run: () => void): Happening {
    return this.at(this.#now + ms, run);
  }

  /** Behind what else happens at this moment, before time goes on. */
  soon(run: () => void): Happening {
    const happening: Happening = { at: this.#now, order: this.#made++, run };
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
      const next = this.#heap[0];
      if (next === undefined || next.at > end) return false;
      this.#pop();
      const { run } = next;
      if (run === undefined) continue;
      next.run = undefined;
      this.#now = next.at;
      this.#events++;
      run();
      return true;
    }
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(happening);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Happening;
      if (!isBefore(happening, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = happening;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Happening;
    const { length } = heap;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(heap[child + 1] as Happening, heap[child] as Happening)) child++;
      const below = heap[child] as Happening;
      if (!isBefore(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(one: Happening, other: Happening): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
