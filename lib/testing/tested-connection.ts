import { LONGEST_DELAY_SECONDS } from '../core/wire/due-time.js';
import type {
  ConnectionListeners,
  NodeConnection,
  NodeDialer,
  OnReply,
  PutCommand,
} from '../core/cluster/node-connection.js';
import { directLink } from '../embedded/node/link.js';
import { MemoryConnection, type MemoryConnectionSettings } from '../embedded/node/memory-connection.js';
import type { MemoryNode } from '../embedded/node/memory-node.js';
import type { JobLedger } from './job-ledger.js';

/** Nothing travels and nobody dies in silence: no deadline, and the longest wait that beanstalkd knows. */
const SETTINGS: MemoryConnectionSettings = {
  commandDeadline: Infinity,
  idleReserveSeconds: LONGEST_DELAY_SECONDS,
};
/**
 * Copies come so much earlier than from beanstalkd, and are held until their millisecond by a timer that is exact: at the second
 * itself a lane might be looking away for some milliseconds.
 */
const EARLIER_SECONDS = 1;

/** What is counted of all connections. */
export interface Traffic {
  /** Rises with each command by which a lane moves a copy. */
  moves: number;
}

/** A connection to a node of one test. The ledger is told what the node takes. */
class TestedConnection extends MemoryConnection {
  readonly #ledger: JobLedger;
  readonly #traffic: Traffic;

  constructor(node: MemoryNode, ledger: JobLedger, traffic: Traffic, listeners: Parameters<NodeDialer['dial']>[0]) {
    super(node, directLink, SETTINGS, listeners);
    this.#ledger = ledger;
    this.#traffic = traffic;
  }

  override put(command: PutCommand, done: OnReply): void {
    const { tube, delaySeconds } = command;
    super.put({ ...command, delaySeconds: Math.max(0, delaySeconds - EARLIER_SECONDS) }, (reply) => {
      if (reply.kind === 'INSERTED') this.#ledger.written({ endpoint: this.endpoint, tube, number: reply.id }, command);
      done(reply);
    });
  }

  override reserve(seconds: number, done: OnReply): void {
    super.reserve(seconds, (reply) => {
      if (reply.kind === 'RESERVED') this.#traffic.moves++;
      done(reply);
    });
  }

  override delete(id: number, done: OnReply): void {
    this.#traffic.moves++;
    super.delete(id, done);
  }

  override release(id: number, priority: number, delaySeconds: number, done: OnReply): void {
    this.#traffic.moves++;
    super.release(id, priority, delaySeconds, done);
  }

  override bury(id: number, priority: number, done: OnReply): void {
    this.#traffic.moves++;
    super.bury(id, priority, done);
  }
}

/** Opens connections to a node of one test. */
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
    return new TestedConnection(this.node, this.ledger, this.traffic, listeners);
  }
}
