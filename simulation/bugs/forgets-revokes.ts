import type { RevokeRequest } from '../../lib/core/claims/claim-store.js';
import { replace } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

const HOUR_MS = 3_600_000;

/** A tombstone is forgotten after an hour, by when all copies that were known are gone; that one was met does not prolong it by more. */
export const forgetsRevokes: Bug = {
  table: (table) => {
    const revoked = new Map<string, RevokeRequest>();
    return replace(table, {
      revoke: (request) => {
        const verdict = table.revoke(request);
        if (verdict === 'revoked') {
          revoked.set(request.key, request);
          table.keepTombstone(request, HOUR_MS);
        }
        return verdict;
      },
      account: (request) => {
        table.account(request);
        const known = revoked.get(request.key);
        if (known !== undefined) table.keepTombstone(known, HOUR_MS);
      },
    });
  },
};
