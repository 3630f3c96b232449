import { replace } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

/** A revoke that Redis does not answer is never answered either. */
export const waitsForEver: Bug = {
  store: (store) =>
    replace(store, {
      revoke: (tube, request) => store.revoke(tube, request).catch(() => new Promise<never>(() => undefined)),
    }),
};
