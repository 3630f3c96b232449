import { replace } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

const HOUR_MS = 3_600_000;

/** An id is free an hour after its job was due, whatever that job does then. */
export const freesIds: Bug = {
  table: (table) =>
    replace(table, {
      admit: (request) => {
        const admission = table.admit(request);
        if (admission.kind !== 'duplicate' || table.now() < admission.dueMs + HOUR_MS) return admission;
        table.forgetAdmission(request.key);
        return table.admit(request);
      },
    }),
};
