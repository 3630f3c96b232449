import { replace } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

/** Leases are not renewed: a handler that takes longer loses its job. */
export const noRenewal: Bug = {
  store: (store) => replace(store, { renew: (_tube, _holder, requests) => Promise.resolve(requests.map(() => true)) }),
};
