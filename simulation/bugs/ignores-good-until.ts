import { replace } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

/** A command is carried out however long it lay on its way, and takes over whatever it finds. */
export const ignoresGoodUntil: Bug = {
  table: (table) =>
    replace(table, {
      claim: (holder, request) => table.claim(holder, { ...request, takeover: true }, 0, Infinity),
      settle: (holder, request) => table.settle(holder, request, 0),
    }),
};
