import { replace } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

/** Whoever says how a run ended is believed, whether or not the claim is still its own. */
export const noFencing: Bug = {
  table: (table) =>
    replace(table, {
      settle: (holder, request, goodUntil) => {
        const settled = table.settle(holder, request, goodUntil);
        if (settled === 'refused') table.force(holder, request);
        return 'settled';
      },
    }),
};
