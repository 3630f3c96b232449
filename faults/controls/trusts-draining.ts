import { type Control, replaceConnections } from './control.js';

/** Whatever a node answers to a put, it is taken for written. */
export const trustsDraining: Control = {
  dialer: (dialer) =>
    replaceConnections(dialer, (connection) => ({
      put: (command, done) => {
        connection.put(command, (reply) => done(reply.kind === 'DRAINING' ? { kind: 'INSERTED', id: 1 } : reply));
      },
    })),
};
