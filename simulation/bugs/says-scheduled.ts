import { replace } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

/** Who asks for an id that is taken is told that its job will run, also when it has. */
export const saysScheduled: Bug = {
  table: (table) =>
    replace(table, {
      admit: (request) => {
        const admission = table.admit(request);
        return admission.kind === 'duplicate' ? { ...admission, state: 'scheduled' } : admission;
      },
    }),
};
