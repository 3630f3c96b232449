import { replace } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

const HOUR_MS = 3_600_000;

/** A tombstone is forgotten after an hour, by when all copies that were known are gone. */
export const forgetsRevokes: Bug = {
  table: (table) =>
    replace(table, {
      revoke: (request) => {
        const verdict = table.revoke(request);
        if (verdict === 'revoked') table.keepTombstone(request, HOUR_MS);
        return verdict;
      },
    }),
};
