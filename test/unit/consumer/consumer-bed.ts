import { type DqEvent, NOTHING_WANTED } from '../../../lib/core/base/events.js';
import { Cluster } from '../../../lib/core/cluster/cluster.js';
import { Node } from '../../../lib/core/cluster/node.js';
import type { DqJob } from '../../../lib/core/consumer/dq-job.js';
import type { Handler } from '../../../lib/core/consumer/run.js';
import { TubeConsumer } from '../../../lib/core/consumer/tube-consumer.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { nativePrefix } from '../../../lib/core/wire/envelope.js';
import { newJobId } from '../../../lib/core/wire/job-id.js';
import { type DqPriority, priorityField } from '../../../lib/core/wire/priority.js';
import { ClaimTable } from '../../../lib/embedded/claims/claim-table.js';
import { MemoryClaimStore } from '../../../lib/embedded/claims/memory-claim-store.js';
import type { Link } from '../../../harness/distant-connection.js';
import { CarefulDialer } from '../../support/careful-connection.js';
import { LoggedNode } from '../../../harness/logged-node.js';
import { ManualClock } from '../../support/manual-clock.js';

const TUBE = 'orders';
/** Earlier than the clock. */
const DUE = 1_767_225_599_000;
const DEADLINE = 5_000;
const RETENTION = 86_400_000;

/**
 * One consumer of three nodes in memory, each a millisecond away. The test puts the copies there itself.
 */
export class ConsumerBed {
  readonly clock = new ManualClock();
  readonly nodes = ['a:1', 'b:1', 'c:1'].map(
    (endpoint) => new LoggedNode({ endpoint, clock: this.clock, seed: 'bed' }),
  );
  readonly consumer: TubeConsumer;
  /** What ran, in order. */
  readonly ran: string[] = [];
  readonly #dialers: readonly CarefulDialer[];
  readonly #cluster: Cluster;

  /** Types of the events that were reported. */
  readonly told: string[] = [];
  readonly store: MemoryClaimStore;

  constructor(
    concurrency: number,
    handler: (id: string, job: DqJob) => unknown = () => undefined,
    Store: new (table: ClaimTable) => MemoryClaimStore = MemoryClaimStore,
  ) {
    const { clock } = this;
    const report = ({ type }: DqEvent): void => void this.told.push(type);
    const random = (): number => 0.5;
    const far: Link = { carry: (_to, arrive) => void clock.after(1, arrive) };
    this.#dialers = this.nodes.map((node) => new CarefulDialer(node, { commandDeadline: DEADLINE }, () => far));
    const nodes = this.#dialers.map((dialer) => new Node(dialer, clock, random, report));
    this.#cluster = new Cluster(nodes, random, report);
    const run: Handler = (_data, job) => {
      this.ran.push(job.id);
      return handler(job.id, job);
    };
    const settings = { ...resolveTube({ name: TUBE, concurrency }), leaseMs: 30_000 };
    const store = new Store(new ClaimTable(RETENTION, clock));
    this.store = store;
    const parts = { cluster: this.#cluster, store, clock, random, report, wanted: NOTHING_WANTED, newId: newJobId };
    this.consumer = new TubeConsumer(settings, { name: 'handler', run }, parts);
  }

  /**
   * Puts a copy of each job on each of these nodes, all due at the same moment of the past. The first copies are on each node in turn,
   * unless there are to be no `spares`.
   */
  async put(
    ids: readonly string[],
    nodes: readonly number[] = [0, 1, 2],
    { priority = 'normal', spares = true }: { readonly priority?: DqPriority; readonly spares?: boolean } = {},
  ): Promise<void> {
    const bodies = ids.map((id) => `${nativePrefix(DUE, id, nodes.length, undefined, { priority })}1`);
    for (const [turn, at] of nodes.entries()) {
      const connection = this.#dialers[at]!.dial({ onAnswering: () => {}, onClosed: () => {} });
      for (const [place, body] of bodies.entries()) {
        const rest = {
          priority: priorityField(priority, DUE, spares ? (turn + place) % nodes.length : 0),
          delaySeconds: 0,
          ttrSeconds: 5,
          byteLength: Buffer.byteLength(body),
        };
        connection.put({ tube: TUBE, body, ...rest }, () => {});
      }
      await this.clock.advance(5);
      connection.destroy();
    }
  }

  /** Copies on each node that nobody has reserved. */
  get waiting(): number[] {
    return this.nodes.map((node) => node.counts(TUBE).ready);
  }

  /** Copies on each node, whoever has them. */
  get left(): number[] {
    return this.nodes.map((node) => {
      const { watching: _, ...copies } = node.counts(TUBE);
      return Object.values(copies).reduce((sum, count) => sum + count, 0);
    });
  }

  /** Ends all there is. */
  async close(): Promise<void> {
    const stopped = this.consumer.stop(0);
    await this.clock.advance(10_000);
    await stopped;
    this.#cluster.close();
  }
}

/** So many ids. */
export function ids(count: number, name = 'job'): string[] {
  return Array.from({ length: count }, (_, at) => `${name}-${at}`);
}
