import type { Reply } from '../../../../lib/core/cluster/node-connection.js';
import type { Link } from '../../../../harness/distant-connection.js';
import { DistantDialer } from '../../../../harness/distant-connection.js';
import type { MemoryNodeOptions } from '../../../../lib/embedded/node/memory-node.js';
import { LoggedNode } from '../../../../harness/logged-node.js';
import { Client } from '../../../contract/node-lab.js';
import { TurningClock } from './turning-clock.js';

export const TUBE = 'bed';
export const DEADLINE = 3_000;

/** A node in memory under a clock that the test moves. */
export class NodeBed {
  readonly clock = new TurningClock();
  readonly node: LoggedNode;

  constructor(options: Partial<MemoryNodeOptions> = {}, undoableWrites = 0) {
    this.node = new LoggedNode({ endpoint: 'memory:1', clock: this.clock, ...options }, undoableWrites);
  }

  /** A connection that watches the tube. */
  async dial(link?: () => Link): Promise<Client> {
    const client = this.connect(link);
    await client.watch(TUBE);
    return client;
  }

  connect(link?: () => Link): Client {
    return new Client(new DistantDialer(this.node, { commandDeadline: DEADLINE }, link));
  }

  /** Tells a client something, and gathers what it answers, without waiting. */
  tell(client: Client, command: Parameters<Client['ask']>[0]): Reply[] {
    const replies: Reply[] = [];
    command(client.connection, (reply) => replies.push(reply));
    return replies;
  }
}

export const kinds = (replies: readonly Reply[]): string[] => replies.map(({ kind }) => kind);

/** A node with a connection to it. */
export async function dialed(): Promise<{ readonly bed: NodeBed; readonly client: Client }> {
  const bed = new NodeBed();
  return { bed, client: await bed.dial() };
}
