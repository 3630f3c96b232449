import { ask } from '../cluster/ask.js';
import type { Node } from '../cluster/node.js';

/** A tube's copies on one node, by beanstalkd's states. Three copies are one job. */
export interface DqTubeCounts extends NodeCounts {
  /** Whether the whole tube is paused; undefined when the claim store did not say in time. */
  readonly paused: boolean | undefined;
}

/** What a node says. */
export interface NodeCounts {
  readonly tube: string;
  readonly node: string;
  /** False when the node did not answer: then the counts are not known, and are 0 in form only. Ask it before you add them up. */
  readonly reachable: boolean;
  readonly scheduled: number;
  readonly ready: number;
  /** Held by a consumer: running, or about to. Of a job that runs for more than a second, one copy rests and counts as scheduled. */
  readonly running: number;
  readonly dead: number;
  /**
   * Connections that wait for its jobs on this node: one for each process with a handler of it. 0: nobody runs its jobs. Of a tube with the name
   * `default` it says nothing, since all clients of beanstalkd begin there.
   */
  readonly watching: number;
}

/** What is known of a node that has not answered. */
export function notCounted(tube: string, { endpoint: node }: Node): NodeCounts {
  return { tube, node, reachable: false, scheduled: 0, ready: 0, running: 0, dead: 0, watching: 0 };
}

export function withPause(counts: NodeCounts, paused: boolean | undefined): DqTubeCounts {
  return { ...counts, paused };
}

/** Asks a node. Never rejects unless the connections are closed. */
export async function countTube(tube: string, node: Node): Promise<NodeCounts> {
  const reply = await ask(node.writer(), (to, done) => to.statsTube(tube, done));
  if (reply.kind !== 'TUBE_STATS') return notCounted(tube, node);
  const { delayed: scheduled, ready, reserved: running, buried: dead, watching } = reply.stats;
  return { tube, node: node.endpoint, reachable: true, scheduled, ready, running, dead, watching };
}
