import { LONGEST_DELAY_SECONDS } from '../core/wire/due-time.js';
import type { ConnectionListeners, NodeConnection, OnReply, PutCommand } from '../core/cluster/node-connection.js';
import { directLink } from '../embedded/node/link.js';
import { MemoryConnection } from '../embedded/node/memory-connection.js';
import { MemoryDialer } from '../embedded/node/memory-dialer.js';
import type { MemoryNode } from '../embedded/node/memory-node.js';
import type { JobLedger } from './job-ledger.js';

/** Nothing travels and nobody dies in silence: no deadline, and the longest wait that beanstalkd knows. */
const SETTINGS = { commandDeadline: Infinity, idleReserveSeconds: LONGEST_DELAY_SECONDS };
/**
 * Copies come so much earlier than from beanstalkd, and are held until their millisecond by a timer that is exact: at the second
 * itself a lane might be looking away for some milliseconds.
 */
const EARLIER_SECONDS = 1;

/** What is counted of all connections. */
export interface Traffic {
  /** Rises with each answer of a node: so a lane moved a copy, or asked for something. */
  moves: number;
}

/** A connection to a node of one test. The ledger is told what the node takes. */
class TestedConnection extends MemoryConnection {
  constructor(
    node: MemoryNode,
    listeners: ConnectionListeners,
    readonly ledger: JobLedger,
  ) {
    super(node, directLink, SETTINGS, listeners);
  }

  override put(command: PutCommand, done: OnReply): void {
    const { tube, delaySeconds } = command;
    super.put({ ...command, delaySeconds: Math.max(0, delaySeconds - EARLIER_SECONDS) }, (reply) => {
      if (reply.kind === 'INSERTED') this.ledger.written({ endpoint: this.endpoint, tube, number: reply.id }, command);
      done(reply);
    });
  }
}

/** Opens connections to a node of one test. */
export class TestedDialer extends MemoryDialer {
  constructor(
    node: MemoryNode,
    readonly ledger: JobLedger,
    readonly traffic: Traffic,
  ) {
    super(node, SETTINGS);
  }

  override dial(listeners: ConnectionListeners): NodeConnection {
    const onAnswering = (): void => {
      this.traffic.moves++;
      listeners.onAnswering();
    };
    return new TestedConnection(this.node, { ...listeners, onAnswering }, this.ledger);
  }
}
