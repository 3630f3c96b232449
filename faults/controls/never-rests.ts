import { type Control, replaceConnections } from './control.js';

/** What is to be put back for a while is touched instead, so that a job that runs keeps all its copies reserved. */
export const neverRests: Control = {
  dialer: (dialer) =>
    replaceConnections(dialer, (connection) => ({
      release: (id, priority, delaySeconds, done) => {
        if (delaySeconds === 0) connection.release(id, priority, 0, done);
        else connection.touch(id, () => done({ kind: 'RELEASED' }));
      },
    })),
};
