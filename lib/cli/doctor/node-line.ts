import { ask } from '../../core/cluster/ask.js';
import type { NodeConnection, OnReply, Reply } from '../../core/cluster/node-connection.js';
import { BeanstalkdDialer } from '../../core/beanstalkd/dialer.js';
import type { Endpoint } from '../../core/wire/endpoint.js';
import type { ServerSetting } from './setting.js';

/** What a node may send of a body that is only looked at. */
const MOST_BODY_BYTES = 1_048_576;

/** A connection of the doctor's own to a node, with commands as promises. Each is answered within the deadline of a step. */
export class NodeLine {
  readonly #connection: NodeConnection;

  constructor(endpoint: Endpoint, { ms, clock }: Pick<ServerSetting, 'ms' | 'clock'>) {
    const settings = { commandDeadline: ms, maxBodyBytes: MOST_BODY_BYTES };
    this.#connection = new BeanstalkdDialer(endpoint, settings, clock).dial({
      onAnswering: () => {},
      onClosed: () => {},
    });
  }

  ask(send: (to: NodeConnection, done: OnReply) => void): Promise<Reply> {
    return ask(this.#connection, send);
  }

  close(): void {
    this.#connection.destroy();
  }
}
