import { idOfKey } from '../../core/claims/claim-key.js';
import type { PendingClaim, SlotRecord } from './claim-record.js';
import type { ExpiringMap } from './expiring-map.js';

export const MICROSECONDS = 1_000;

/**
 * What is known of users' own keys. A slot goes when no job stands under it, none is marked, and no call is open: as long as one is, it
 * knows the last word, so that an older call cannot come after a newer one whose job is over.
 */
export class KeySlots {
  constructor(readonly slots: ExpiringMap<SlotRecord>) {}

  get(slot: string, now: number): SlotRecord | undefined {
    return this.slots.get(slot, now);
  }

  /** Keeps what has changed, no shorter than before. */
  change(slot: string, known: SlotRecord | undefined, now: number, changes: Partial<SlotRecord>): void {
    const before = known ?? { order: 0, spoken: 0, open: 0, marked: [], keptUntil: now };
    const next = { ...before, ...changes, keptUntil: Math.max(before.keptUntil, changes.keptUntil ?? 0) };
    if (next.standing === undefined && next.open === 0 && next.marked.length === 0) this.slots.drop(slot);
    else this.slots.set(slot, next);
  }

  /** The next place in the order of calls. */
  orderAfter(known: SlotRecord | undefined, now: number): number {
    return Math.max(now * MICROSECONDS, (known?.order ?? 0) + 1);
  }

  /** Milliseconds since a call was given its place; since it was due, where the clock was set back behind that. */
  age({ order, dueMs }: PendingClaim, now: number): number {
    const from = order / MICROSECONDS;
    return now - (from > now ? dueMs : from);
  }

  /** Whether the job of a claim gets no further attempt. */
  isMarked(slot: string | undefined, claimKey: string, now: number): boolean {
    return slot !== undefined && this.get(slot, now)?.marked.includes(idOfKey(claimKey)) === true;
  }

  /** The job of a claim is to be tried again: what stands under a key is known for as long. */
  goesOn(slot: string | undefined, claimKey: string, now: number, keptUntil: number): void {
    const known = slot === undefined ? undefined : this.get(slot, now);
    if (slot === undefined || known?.standing?.id !== idOfKey(claimKey)) return;
    if (known.keptUntil < keptUntil) this.change(slot, known, now, { keptUntil });
  }

  /** The job of a claim is over. `wasWritten`: until now a call was open that wrote it. */
  over(slot: string | undefined, claimKey: string, now: number, wasWritten: boolean): void {
    const known = slot === undefined ? undefined : this.get(slot, now);
    if (slot === undefined || known === undefined) return;
    const id = idOfKey(claimKey);
    const stood = known.standing?.id === id;
    if (!stood && !wasWritten && !known.marked.includes(id)) return;
    this.change(slot, known, now, {
      open: openAfter(known, wasWritten),
      standing: stood ? undefined : known.standing,
      marked: known.marked.filter((marked) => marked !== id),
    });
  }
}

/** How many calls are open when one more, or none, has been concluded. */
export function openAfter(known: SlotRecord | undefined, concluded: boolean): number {
  return Math.max(0, (known?.open ?? 0) - (concluded ? 1 : 0));
}
