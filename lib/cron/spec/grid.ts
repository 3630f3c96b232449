/** When a schedule comes: its slots, as epoch milliseconds. */
export interface Rhythm {
  /** It names moments of the day, so that a slot is the same in whatever way a process knows the zone. */
  readonly isFixedTime?: boolean | undefined;
  /** The first slot behind a moment; undefined where none comes any more. */
  next(after: number): number | undefined;
}

/**
 * A slot every so many milliseconds, counted from 1970 or from the moment where it starts. So all processes have the same slots, also
 * when nobody remembers the first one.
 */
export function grid(everyMs: number, fromMs = 0): Rhythm {
  return {
    next: (after) => (after < fromMs ? fromMs : fromMs + (Math.floor((after - fromMs) / everyMs) + 1) * everyMs),
  };
}

/** A rhythm between two moments, both of them within. */
export function between(rhythm: Rhythm, startMs = -Infinity, endMs = Infinity): Rhythm {
  return {
    isFixedTime: rhythm.isFixedTime,
    next: (after) => {
      const slot = rhythm.next(Math.max(after, startMs - 1));
      return slot === undefined || slot > endMs ? undefined : slot;
    },
  };
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
