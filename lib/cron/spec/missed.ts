import { lastSlot, type Rhythm, slotsBetween } from './grid.js';
import { rhythmOf, type Spec } from './spec.js';

/** So late may an occurrence of `missed: 'skip'` be. */
const GRACE_MS = 60_000;

/** What is to be done with an occurrence, and which comes behind it. */
export interface Plan {
  /** False: its handler is not called. */
  readonly runs: boolean;
  /** The slot that comes next; undefined when none does, or when that is known only once it has ended. */
  readonly nextMs: number | undefined;
  /** Slots that are left out before the next one, this one among them where it does not run. */
  readonly missed: number;
  /** The next one is written only when this one has ended. */
  readonly inOrder: boolean;
  /** Nobody runs the slots that were missed. */
  readonly told: boolean;
}

/**
 * The plan of an occurrence that is granted at `now`. `stands`: it was written late already, for all that were missed before it, and is run
 * whatever the time is.
 */
export function planOf(spec: Spec, slotMs: number, now: number, stands: boolean): Plan {
  const { afterEndMs } = spec;
  if (afterEndMs !== undefined) return { runs: true, nextMs: undefined, missed: 0, inOrder: true, told: false };
  const rhythm = rhythmOf(spec);
  switch (spec.missed) {
    case 'skip':
      return stands || slotMs >= now - GRACE_MS
        ? runs(rhythm, slotMs, Math.max(slotMs, now - GRACE_MS - 1))
        : leftOut(rhythm, slotMs, now - GRACE_MS);
    case 'all': {
      const floor = now - (spec.windowMs ?? 0);
      if (slotMs < floor && !stands) return leftOut(rhythm, slotMs, floor);
      const nextMs = rhythm.next(slotMs);
      return { runs: true, nextMs, missed: 0, inOrder: nextMs !== undefined && nextMs <= now, told: false };
    }
    case undefined: {
      const last = stands ? undefined : lastSlot(rhythm, slotMs, now);
      if (last === undefined) return runs(rhythm, slotMs, Math.max(slotMs, now));
      return {
        runs: false,
        nextMs: last,
        missed: 1 + slotsBetween(rhythm, slotMs, last),
        inOrder: false,
        told: false,
      };
    }
  }
}

function runs(rhythm: Rhythm, slotMs: number, after: number): Plan {
  const nextMs = rhythm.next(after);
  const missed = slotsBetween(rhythm, slotMs, nextMs ?? after + 1);
  return { runs: true, nextMs, missed, inOrder: false, told: false };
}

/** It and all that are older than `floor`. */
function leftOut(rhythm: Rhythm, slotMs: number, floor: number): Plan {
  const nextMs = rhythm.next(floor - 1);
  const missed = 1 + slotsBetween(rhythm, slotMs, nextMs ?? floor);
  return { runs: false, nextMs, missed, inOrder: false, told: true };
}
