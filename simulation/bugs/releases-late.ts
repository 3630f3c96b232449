import { replaceConnections } from '../../faults/controls/control.js';
import type { Bug } from './bug.js';

const HOUR_S = 3_600;

/** What goes back to a node comes up an hour late. */
export const releasesLate: Bug = {
  dialer: (dialer) =>
    replaceConnections(dialer, (connection) => ({
      release: (id, priority, delay, done) => connection.release(id, priority, delay + HOUR_S, done),
    })),
};
