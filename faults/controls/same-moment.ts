import type { PutCommand } from '../../lib/core/cluster/node-connection.js';
import { type Control, replaceConnections } from './control.js';

/** Nothing tells equal payloads for one moment apart. */
export const sameMoment: Control = {
  dialer: (dialer) =>
    replaceConnections(dialer, (connection) => ({ put: (command, done) => connection.put(rounded(command), done) })),
};

function rounded(command: PutCommand): PutCommand {
  return { ...command, body: command.body.toString().replace(/^(\d+)\d{6}\//, '$1000000/') };
}
