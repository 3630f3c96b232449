import { type Control, replaceConnections } from './control.js';

/** Whatever a node answers to a release or a bury, and to what asks whether its disk is full, all is taken for well. */
export const trustsDisk: Control = {
  dialer: (dialer) =>
    replaceConnections(dialer, (connection) => ({
      put: (command, done) => {
        connection.put(command, (reply) => done(reply.kind === 'OUT_OF_MEMORY' ? { kind: 'DRAINING' } : reply));
      },
      release: (id, priority, delaySeconds, done) => {
        connection.release(id, priority, delaySeconds, () => done({ kind: 'RELEASED' }));
      },
      bury: (id, priority, done) => {
        connection.bury(id, priority, () => done({ kind: 'BURIED', id: undefined }));
      },
    })),
};
