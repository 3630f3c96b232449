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

  read(node: Node): Promise<DqNodeState> {
    return new Promise((resolve) => {
      node.writer().stats((reply) => {
        if (reply.kind === 'NODE_STATS') resolve(this.#state(node.endpoint, reply.stats));
        else {
          const reason = reply.kind === 'LOST' ? reply.error.message : reply.kind;
          resolve({ node: node.endpoint, reachable: false, reason });
        }
      });
    });
  }

  #state(node: string, stats: NodeStats): DqNodeState {
    const { id: serverId, version, draining, logs: binlog, puts, records, uptimeSeconds, connections } = stats;
    const last = this.#last.get(node);
    this.#last.set(node, stats);
    const comparable = binlog && last?.id === serverId && puts > last.puts;
    const binlogMoving = comparable ? records > last.records : undefined;
    return { node, reachable: true, version, serverId, draining, binlog, binlogMoving, uptimeSeconds, connections };
  }
}
