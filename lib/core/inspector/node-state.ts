import { ask } from '../cluster/ask.js';
import type { Node } from '../cluster/node.js';
import type { NodeStats } from '../cluster/node-connection.js';

/** What a node says of itself. */
export type DqNodeState =
  | { readonly node: string; readonly reachable: false; readonly reason: string }
  | {
      readonly node: string;
      readonly reachable: true;
      readonly version: string;
      /** Random in each process: another one means that the node was restarted, and gives its numbers out anew. */
      readonly serverId: string;
      /** It takes no new jobs (SIGUSR1). */
      readonly draining: boolean;
      /** It keeps a log (`-b`). Without one a restart loses its copies. */
      readonly binlog: boolean;
      /**
       * Whether the log grew with the jobs that were put since the inspector last asked; undefined until jobs were put. False
       * is an alarm: beanstalkd turns its log off for good after a write error, and says nothing.
       */
      readonly binlogMoving: boolean | undefined;
      readonly uptimeSeconds: number;
      readonly connections: number;
    };

/** Asks nodes for their state, and remembers what it needs to see whether their logs move. */
export class NodeStates {
  readonly #last = new Map<string, NodeStats>();

  async read(node: Node): Promise<DqNodeState> {
    const { endpoint } = node;
    const reply = await ask(node.writer(), (to, done) => to.stats(done));
    if (reply.kind !== 'NODE_STATS') return unreachable(node, reply.kind === 'LOST' ? reply.error.message : reply.kind);
    const { id: serverId, version, draining, logs: binlog, puts, records, uptimeSeconds, connections } = reply.stats;
    const last = this.#last.get(endpoint);
    this.#last.set(endpoint, reply.stats);
    const comparable = binlog && last?.id === serverId && puts > last.puts;
    const binlogMoving = comparable ? records > last.records : undefined;
    const said = { version, serverId, draining, binlog, binlogMoving, uptimeSeconds, connections };
    return { node: endpoint, reachable: true, ...said };
  }
}

export function unreachable({ endpoint: node }: Node, reason: string): DqNodeState {
  return { node, reachable: false, reason };
}
