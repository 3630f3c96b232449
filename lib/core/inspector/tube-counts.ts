import type { Node } from '../cluster/node.js';
import { countOf, parseStats } from '../cluster/stats.js';

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
      const fields = reply.kind === 'OK' ? parseStats(reply.body) : new Map<string, string>();
      resolve({
        tube,
        node: node.endpoint,
        // A tube that nobody uses does not exist.
        reachable: reply.kind === 'OK' || reply.kind === 'NOT_FOUND',
        scheduled: countOf(fields, 'current-jobs-delayed'),
        ready: countOf(fields, 'current-jobs-ready'),
        running: countOf(fields, 'current-jobs-reserved'),
        dead: countOf(fields, 'current-jobs-buried'),
      });
    });
  });
}
