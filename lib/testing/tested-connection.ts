import { LONGEST_DELAY_SECONDS } from '../core/wire/due-time.js';
import type {
  ConnectionListeners,
  NodeConnection,
  NodeDialer,
  OnReply,
  PutCommand,
} from '../core/cluster/node-connection.js';
import { MemoryConnection } from '../embedded/node/memory-connection.js';
import type { MemoryNode } from '../embedded/node/memory-node.js';
import type { JobLedger } from './job-ledger.js';

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
  /** Nobody dies in silence: the longest wait that beanstalkd knows. */
  readonly idleReserveSeconds = LONGEST_DELAY_SECONDS;

  constructor(
    node: MemoryNode,
    listeners: ConnectionListeners,
    readonly ledger: JobLedger,
  ) {
    super(node, listeners);
  }

  override put(command: PutCommand, done: OnReply): void {
    const { tube, delaySeconds } = command;
    super.put({ ...command, delaySeconds: Math.max(0, delaySeconds - EARLIER_SECONDS) }, (reply) => {
      if (reply.kind === 'INSERTED') this.ledger.written({ endpoint: this.endpoint, tube, number: reply.id }, command);
      done(reply);
    });
  }
}

export class TestedDialer implements NodeDialer {
  readonly endpoint: string;

  constructor(
    readonly node: MemoryNode,
    readonly ledger: JobLedger,
    readonly traffic: Traffic,
  ) {
    this.endpoint = node.endpoint;
  }

  dial(listeners: ConnectionListeners): NodeConnection {
    const onAnswering = (): void => {
      this.traffic.moves++;
      listeners.onAnswering();
    };
    return new TestedConnection(this.node, { ...listeners, onAnswering }, this.ledger);
  }
}
