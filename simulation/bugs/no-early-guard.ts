import { replace } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

const HOUR_MS = 3_600_000;

/** The store takes everybody's word for it that a job is due; only the consumer's clock is asked. */
export const noEarlyGuard: Bug = {
  store: (store) =>
    replace(store, {
      claim: (tube, holder, requests) =>
        store.claim(
          tube,
          holder,
          requests.map(({ key, takeover, dueMs }) => ({ key, takeover, dueMs: dueMs - 2 * HOUR_MS })),
        ),
    }),
};
