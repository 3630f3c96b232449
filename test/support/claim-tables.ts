import type { ClaimTable } from '../../lib/embedded/claims/claim-table.js';
import type { ClaimTools } from '../contract/claim-lab.js';

/** Longer than a write is respected that nobody concludes. */
export const STALE_MS = 11_000;

/** A state that no release knows yet: a file may have it, as a later one wrote it. */
export const LATER = 'of a later release' as 'unknown';

/** What is done to a table of claims that no store does. */
export function tableTools(table: ClaimTable, now: () => number): ClaimTools {
  return {
    keeps: async (key) => table.keeps(key),
    keepsAdmission: async (key) => table.keeps(key, 'admission'),
    keepsSlot: async (slot) => table.keeps(slot, 'slot'),
    putForeign: async (key, ms) =>
      table.load([{ of: 'claim', key, record: { state: 'foreign', keptUntil: now() + ms } }]),
    putUnknown: async (key, ms) => table.load([{ of: 'claim', key, record: { state: LATER, keptUntil: now() + ms } }]),
    putUnknownAdmission: async (key, ms) =>
      table.load([{ of: 'admission', key, record: { state: LATER, keptUntil: now() + ms } }]),
    async makeStale(key, ms = STALE_MS) {
      for (const change of table.dump()) {
        if (change.of !== 'claim' || change.key !== key || change.record.state !== 'pending') continue;
        table.load([{ of: 'claim', key, record: { ...change.record, order: change.record.order - 1_000 * ms } }]);
      }
    },
    // One whose time is over is as good as none.
    forget: async (key) => table.load([{ of: 'claim', key, record: { state: 'foreign', keptUntil: 1 } }]),
    forgetSlot: async (slot) =>
      table.load([{ of: 'slot', key: slot, record: { order: 0, spoken: 0, open: 0, marked: [], keptUntil: 1 } }]),
  };
}
