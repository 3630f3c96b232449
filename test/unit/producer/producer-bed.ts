import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DqEvent } from '../../../lib/core/base/events.js';
import type { PutCommand } from '../../../lib/core/cluster/node-connection.js';
import type { DqOptions } from '../../../lib/core/options/dq-options.js';
import { resolveOptions } from '../../../lib/core/options/resolve-options.js';
import type { DqProducer } from '../../../lib/core/producer/producer.js';
import { DqRuntime } from '../../../lib/core/runtime.js';
import { decodeEnvelope, type Envelope } from '../../../lib/core/wire/envelope.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { lost, StubNode } from '../../support/stub-node.js';

export const NODES = ['node-1:11300', 'node-2:11300', 'node-3:11300'];
const FULL_NODES: ReadonlySet<string> = new Set(['node-1:11300', 'node-2:11300']);

/** Producers over stub nodes and a stub claim store: everything that would leave the process is on record. */
export class ProducerBed {
  readonly clock = new ManualClock();
  readonly events: DqEvent[] = [];
  readonly store: StubClaimStore;
  readonly stubs: readonly StubNode[];
  readonly #runtime: DqRuntime;

  constructor(options: Partial<DqOptions> = {}, store = new StubClaimStore()) {
    const resolved = resolveOptions({
      beanstalks: NODES,
      redis: 'redis://nowhere',
      tubes: ['orders', { name: 'go', format: 'plain' }, { name: 'bytes', format: 'plain', codec: 'raw' }],
      ...options,
    });
    this.store = store;
    this.stubs = resolved.endpoints.map(({ name }) => new StubNode(name, this.clock));
    this.#runtime = new DqRuntime(resolved, {
      clock: this.clock,
      random: () => 0.999_999,
      report: (event) => void this.events.push(event),
      backend: () => ({ dialers: this.stubs, store, start: () => {} }),
    });
  }

  producer(tube = 'orders'): DqProducer {
    return this.#runtime.producer(tube);
  }

  stub(number: number): StubNode {
    return this.stubs[number - 1] as StubNode;
  }

  /** Whatever went towards a server: connections opened, commands sent, calls to the claim store. */
  get traffic(): number {
    return (
      this.store.calls.length +
      this.stubs.reduce((sum, stub) => sum + stub.connections.length + stub.commands.length, 0)
    );
  }

  get puts(): PutCommand[] {
    return this.stubs.flatMap((stub) => stub.puts);
  }

  /** The first copy of each job, understood. */
  get written(): Envelope[] {
    return this.stub(1).puts.map(({ body }) => decodeEnvelope(Buffer.from(body)));
  }

  /** Lets `promise` settle while no time goes by, or so many milliseconds. */
  async settled<T>(promise: Promise<T>, ms = 0): Promise<T> {
    promise.catch(() => {});
    if (ms > 0) await this.clock.advance(ms);
    else await this.clock.settle();
    // Nothing goes on by itself from here: what has not settled never will.
    const never = nextTurn().then(() => {
      throw new Error('it does not settle');
    });
    return Promise.race([promise, never]);
  }

  /** The error with which it rejects. */
  async refusal(promise: Promise<unknown>): Promise<unknown> {
    try {
      await this.settled(promise);
    } catch (error) {
      return error;
    }
    throw new Error('it was not refused');
  }

  /** All nodes but one refuse everything. */
  fillDisks(): void {
    for (const stub of this.stubs) {
      if (FULL_NODES.has(stub.endpoint)) stub.answers = () => ({ kind: 'OUT_OF_MEMORY' });
    }
  }

  /** All nodes die with every command. */
  hangUp(sent = true): void {
    for (const stub of this.stubs) stub.answers = () => lost(sent);
  }
}
