import { replace } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

/** An id whose write is pending is free, and no tombstone keeps the copies of that write from running. */
export const takesPending: Bug = {
  table: (table) =>
    replace(table, {
      admit: (request) => {
        const admission = table.admit(request);
        if (admission.kind !== 'duplicate' || admission.state !== 'pending') return admission;
        table.forgetAdmission(request.key);
        return table.admit(request);
      },
    }),
};
