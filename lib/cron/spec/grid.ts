/** When a schedule comes: its slots, as epoch milliseconds. */
export interface Rhythm {
  /** The first slot behind a moment; undefined where none comes any more. */
  next(after: number): number | undefined;
}

/**
 * A slot every so many milliseconds, counted from 1970 or from the moment where it starts. So all processes have the same slots, also
 * when nobody remembers the first one.
 */
export class Grid implements Rhythm {
  readonly #everyMs: number;
  readonly #fromMs: number;

  constructor(everyMs: number, fromMs = 0) {
    this.#everyMs = everyMs;
    this.#fromMs = fromMs;
  }

  next(after: number): number {
    if (after < this.#fromMs) return this.#fromMs;
    return this.#fromMs + (Math.floor((after - this.#fromMs) / this.#everyMs) + 1) * this.#everyMs;
  }
}

/** A rhythm between two moments, both of them within. */
export class Between implements Rhythm {
  readonly #rhythm: Rhythm;
  readonly #startMs: number;
  readonly #endMs: number;

  constructor(rhythm: Rhythm, startMs = -Infinity, endMs = Infinity) {
    this.#rhythm = rhythm;
    this.#startMs = startMs;
    this.#endMs = endMs;
  }

  next(after: number): number | undefined {
    const slot = this.#rhythm.next(Math.max(after, this.#startMs - 1));
    return slot === undefined || slot > this.#endMs ? undefined : slot;
  }
}

/** More slots than this are not counted. */
const MOST_COUNTED = 1_000;
const FIRST_LOOK_MS = 60_000;

/** How many slots lie between two moments, without them; 1,000 where there are more. */
export function slotsBetween(rhythm: Rhythm, after: number, before: number): number {
  let count = 0;
  for (let slot = rhythm.next(after); slot !== undefined && slot < before; slot = rhythm.next(slot)) {
    if (++count === MOST_COUNTED) break;
  }
  return count;
}

/** The last slot behind `after` that is not later than `now`; undefined where there is none. */
export function lastSlot(rhythm: Rhythm, after: number, now: number): number | undefined {
  let first: number | undefined;
  for (let back = FIRST_LOOK_MS; ; back *= 4) {
    const from = Math.max(after, now - back);
    first = rhythm.next(from);
    if (first !== undefined && first <= now) break;
    if (from === after) return undefined;
  }
  let last = first;
  for (let slot = rhythm.next(last); slot !== undefined && slot <= now; slot = rhythm.next(slot)) last = slot;
  return last;
}
