import { type Control, replaceConnections } from './control.js';

const bodies = new Map<string, Buffer>();

/** A number names a job for ever: what a `put` was given is believed to be there still, whatever the node says. */
export const trustsNumbers: Control = {
  dialer: (dialer) =>
    replaceConnections(dialer, (connection) => ({
      put: (command, done) => {
        connection.put(command, (reply) => {
          const name = reply.kind === 'INSERTED' ? `${connection.endpoint} ${reply.id}` : undefined;
          if (name !== undefined && !bodies.has(name)) bodies.set(name, Buffer.from(command.body));
          done(reply);
        });
      },
      peek: (id, done) => {
        connection.peek(id, (reply) => {
          const body = bodies.get(`${connection.endpoint} ${id}`);
          done(body === undefined ? reply : { kind: 'FOUND', id, body });
        });
      },
    })),
};
