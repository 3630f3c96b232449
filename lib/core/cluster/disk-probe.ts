import type { NodeConnection, PutCommand } from './node-connection.js';

/** Nobody watches it. */
const TUBE = 'dq-probe';
/** Longer than a probe takes: one that is ready is the leftover of a process, or a node, that died in between. */
const LEFT_AFTER_SECONDS = 60;
const PROBE: PutCommand = {
  tube: TUBE,
  priority: 4_294_967_295,
  delaySeconds: LEFT_AFTER_SECONDS,
  ttrSeconds: 1,
  body: 'dq',
  byteLength: 2,
};

/**
 * Asks whether a node can still write its log, by a small job that is deleted at once. On a full disk beanstalkd loses hold of a
 * job that it should bury, or release with a delay: nobody gets it until a restart (prot.c: it leaves the connection before the
 * log is asked). A put is refused without harm. `clears`: a probe that was left on the node before is cleared away.
 */
export function probeDisk(connection: NodeConnection, clears: boolean, done: (writes: boolean) => void): void {
  connection.put(PROBE, (reply) => {
    if ((reply.kind === 'INSERTED' || reply.kind === 'BURIED') && reply.id !== undefined) {
      connection.delete(reply.id, () => {});
    }
    if (clears) {
      connection.peekFirst(TUBE, 'ready', (left) => {
        if (left.kind === 'FOUND') connection.delete(left.id, () => {});
      });
    }
    done(reply.kind !== 'OUT_OF_MEMORY' && reply.kind !== 'BURIED' && reply.kind !== 'INTERNAL_ERROR');
  });
}
