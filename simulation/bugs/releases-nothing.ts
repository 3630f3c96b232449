import { replaceConnections } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

/** What should go back to a node is deleted there. */
export const releasesNothing: Bug = {
  dialer: (dialer) =>
    replaceConnections(dialer, (connection) => ({
      release: (id, _priority, _delay, done) => connection.delete(id, () => done({ kind: 'RELEASED' })),
    })),
};
