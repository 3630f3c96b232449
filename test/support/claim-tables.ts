import type { ClaimTable } from '../../lib/embedded/claims/claim-table.js';

/** Longer than a write is respected that nobody concludes. */
const STALE_MS = 11_000;

/** Makes a claim as old as that of a producer that died while it was being written, or `ms` older than it is. */
export function makeStale(table: ClaimTable, key: string, ms = STALE_MS): void {
  for (const change of table.dump()) {
    if (change.of !== 'claim' || change.key !== key || change.record.state !== 'pending') continue;
    table.load([{ of: 'claim', key, record: { ...change.record, order: change.record.order - 1_000 * ms } }]);
  }
}

/** The slot of a key has come to its end. */
export function forgetSlot(table: ClaimTable, slot: string): void {
  table.load([{ of: 'slot', key: slot, record: { order: 0, spoken: 0, open: 0, marked: [], keptUntil: 1 } }]);
}
