import { randomBytes } from 'node:crypto';
import type { PutCommand } from '../../lib/core/cluster/node-connection.js';
import { type Control, replace, replaceConnections } from './control.js';

const renamed = new WeakMap<PutCommand, PutCommand>();

/** The caller's id is dropped: each call makes a job of its own. */
export const forgetsIds: Control = {
  store: (store) =>
    replace(store, {
      admit: (_tube, requests) => Promise.resolve(requests.map(() => ({ kind: 'admitted' }))),
      conclude: (_tube, requests) => Promise.resolve(requests.map(() => true)),
    }),
  dialer: (dialer) =>
    replaceConnections(dialer, (connection) => ({
      put: (command, done) => {
        let other = renamed.get(command);
        if (other === undefined) {
          const id = randomBytes(12).toString('hex');
          const body = command.body.toString().replace(/"id":"[^"]*"/, `"id":"${id}"`);
          other = { ...command, body, byteLength: Buffer.byteLength(body) };
          renamed.set(command, other);
        }
        connection.put(other, done);
      },
    })),
};
