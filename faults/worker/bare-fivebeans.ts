import { FivebeansClient } from '../../lib/core/beanstalkd/fivebeans-client.js';
import type { NodeConnection, OnReply, PutCommand } from '../../lib/core/cluster/node-connection.js';
import { connections } from '../../harness/sabotage/sabotage.js';

/** What fivebeans calls back with: an error, which is a bare string, or what was asked for. */
type Callback = (error: unknown, id?: string, body?: Buffer) => void;

interface BareClient extends FivebeansClient {
  use(tube: string, done: Callback): void;
  put(priority: number, delay: number, ttr: number, body: Buffer, done: Callback): void;
  destroy(id: number, done: Callback): void;
  peek(id: number, done: Callback): void;
}

/** The writing connection over fivebeans as it comes: nothing is checked, nothing has a deadline. */
export const bareFivebeans = connections((connection) => methods(connection.endpoint, connection));

function methods(endpoint: string, connection: NodeConnection): Partial<NodeConnection> {
  const [host = '', port] = endpoint.split(':');
  const client = new FivebeansClient(host, Number(port)) as BareClient;
  const early: (() => void)[] = [];
  let open = false;
  client.on('connect', () => {
    open = true;
    for (const send of early.splice(0)) send();
  });
  client.on('error', () => undefined);
  client.connect();
  const send = (command: () => void): void => {
    if (open) command();
    else early.push(command);
  };
  return {
    put: (command, done) => send(() => put(client, command, done)),
    delete: (id, done) => send(() => client.destroy(id, (error) => done({ kind: error ? 'NOT_FOUND' : 'DELETED' }))),
    peek: (id, done) =>
      send(() =>
        client.peek(id, (error, _id, body) =>
          done(error || !body ? { kind: 'NOT_FOUND' } : { kind: 'FOUND', id, body }),
        ),
      ),
    destroy: () => {
      client.stream.destroy();
      connection.destroy();
    },
  };
}

function put(client: BareClient, { tube, priority, delaySeconds, ttrSeconds, body }: PutCommand, done: OnReply): void {
  client.use(tube, () => undefined);
  client.put(priority, delaySeconds, ttrSeconds, Buffer.from(body), (error, id) => {
    done(error ? { kind: 'DRAINING' } : { kind: 'INSERTED', id: Number(id) });
  });
}
