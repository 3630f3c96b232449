import { type Control, replaceConnections } from './control.js';

/** What nobody can read is thrown away. */
export const deletesBuried: Control = {
  dialer: (dialer) =>
    replaceConnections(dialer, (connection) => ({
      bury: (id, _priority, done) => connection.delete(id, () => done({ kind: 'BURIED', id: undefined })),
    })),
};
