import type { Node } from '../cluster/node.js';
import { countOf, parseStats } from '../cluster/stats.js';

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

interface Sample {
  readonly serverId: string;
  readonly puts: number;
  readonly records: number;
}

/** Asks nodes for their state, and remembers what it needs to see whether their logs move. */
export class NodeStates {
  readonly #last = new Map<string, Sample>();

  read(node: Node): Promise<DqNodeState> {
    return new Promise((resolve) => {
      node.writer().stats((reply) => {
        if (reply.kind === 'OK') resolve(this.#state(node.endpoint, parseStats(reply.body)));
        else {
          const reason = reply.kind === 'LOST' ? reply.error.message : reply.kind;
          resolve({ node: node.endpoint, reachable: false, reason });
        }
      });
    });
  }

  #state(node: string, fields: ReadonlyMap<string, string>): DqNodeState {
    const sample: Sample = {
      serverId: fields.get('id') ?? '',
      puts: countOf(fields, 'cmd-put'),
      records: countOf(fields, 'binlog-records-written'),
    };
    const last = this.#last.get(node);
    this.#last.set(node, sample);
    const binlog = countOf(fields, 'binlog-current-index') > 0;
    const comparable = binlog && last?.serverId === sample.serverId && sample.puts > last.puts;
    return {
      node,
      reachable: true,
      version: fields.get('version') ?? '',
      serverId: sample.serverId,
      draining: fields.get('draining') === 'true',
      binlog,
      binlogMoving: comparable ? sample.records > last.records : undefined,
      uptimeSeconds: countOf(fields, 'uptime'),
      connections: countOf(fields, 'current-connections'),
    };
  }
}
