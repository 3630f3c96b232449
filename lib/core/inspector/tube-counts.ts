import type { Node } from '../cluster/node.js';

/** A tube's copies on one node, by beanstalkd's states. Three copies are one job. */
export interface DqTubeCounts {
  readonly tube: string;
  readonly node: string;
  /** False when the node did not answer: then the counts are not known, and are 0 in form only. Ask it before you add them up. */
  readonly reachable: boolean;
  readonly scheduled: number;
  readonly ready: number;
  /** Held by a consumer: running, or about to. Of a job that runs for more than a second, one copy rests and counts as scheduled. */
  readonly running: number;
  readonly dead: number;
}

/** What is known of a node that has not answered. */
export function notCounted(tube: string, { endpoint: node }: Node): DqTubeCounts {
  return { tube, node, reachable: false, scheduled: 0, ready: 0, running: 0, dead: 0 };
}

/** Asks a node. Never rejects unless the connections are closed. */
export function countTube(tube: string, node: Node): Promise<DqTubeCounts> {
  return new Promise((resolve) => {
    node.writer().statsTube(tube, (reply) => {
      if (reply.kind !== 'TUBE_STATS') {
        resolve(notCounted(tube, node));
        return;
      }
      const { delayed: scheduled, ready, reserved: running, buried: dead } = reply.stats;
      resolve({ tube, node: node.endpoint, reachable: true, scheduled, ready, running, dead });
    });
  });
}
