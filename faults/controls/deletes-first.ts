import { type Control, replaceConnections } from './control.js';

/** As dq does it: a copy is deleted when it is reserved, before anything is known of its job. */
export const deletesFirst: Control = {
  dialer: (dialer) =>
    replaceConnections(dialer, (connection) => ({
      reserve: (seconds, done) => {
        connection.reserve(seconds, (reply) => {
          if (reply.kind === 'RESERVED') connection.delete(reply.id, () => undefined);
          done(reply);
        });
      },
    })),
};
