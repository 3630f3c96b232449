import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { seededRandom } from '../../test/support/seeded-random.js';
import type { History } from '../../harness/history/history.js';
import type { OneClock } from '../../harness/history/one-clock.js';
import type { LoadPlan } from '../worker/job-plan.js';
import type { Worker } from '../worker/worker.js';
import { type AppOptions, Processes, type ProcessesParts, TUBE } from './processes.js';
import { findCopies, type FoundCopy } from './leftovers.js';
import { drain } from './drain.js';
import type { Servers } from './servers.js';

const LOOK_MS = 200;

/** Where a row plays: its servers, its processes, its faults, all told to one history. */
export class Testbed {
  readonly servers: Servers;
  readonly history: History;
  readonly clock: OneClock;
  readonly short: boolean;
  readonly random: () => number;
  readonly processes: Processes;
  readonly #seed: number;
  #planned = 0;
  #loads = 0;

  constructor(parts: ProcessesParts) {
    const { servers, history, clock, seed, short } = parts;
    this.servers = servers;
    this.history = history;
    this.clock = clock;
    this.short = short;
    this.random = seededRandom(seed);
    this.processes = new Processes(parts);
    this.#seed = seed;
  }

  /** The one for a full run, the other for a short one. */
  pick<T>(full: T, short: T): T {
    return this.short ? short : full;
  }

  producer(app?: AppOptions): Promise<Worker> {
    return this.processes.producer(app);
  }

  consumer(app?: AppOptions): Promise<Worker> {
    return this.processes.consumer(app);
  }

  consumers(count: number, app?: AppOptions): Promise<Worker[]> {
    return Promise.all(Array.from({ length: count }, () => this.processes.consumer(app)));
  }

  /** Numbers and seeds a plan; no two plans of a testbed share a job. */
  plan(plan: Omit<LoadPlan, 'tube' | 'seed' | 'first'> & { readonly tube?: string }): LoadPlan {
    const first = this.#planned;
    this.#planned += plan.count;
    this.#loads++;
    return { tube: TUBE, ...plan, seed: this.#seed + this.#loads * 1_000, first };
  }

  async sleep(ms: number): Promise<void> {
    await sleep(ms);
  }

  /**
   * A fault that lasts while `run` does.
   * @param at the nodes that it keeps from working
   */
  async during(name: string, at: readonly number[], run: () => Promise<unknown>): Promise<void> {
    const nodes = at.map((at) => this.endpoint(at));
    this.history.add({ kind: 'fault', at: this.clock.now(), name, on: true, nodes });
    try {
      await run();
    } finally {
      this.history.add({ kind: 'fault', at: this.clock.now(), name, on: false, nodes });
    }
  }

  /** A node's disk is gone; it is down, and will come back empty. */
  async emptyNode(at: number): Promise<void> {
    await this.servers.wipe(this.servers.node(at));
    this.history.add({ kind: 'node-emptied', at: this.clock.now(), node: this.endpoint(at) });
  }

  /**
   * Claims are forgotten while `run` goes on.
   * @param from what was told before this moment is not forgotten
   */
  async forgetting(run: () => Promise<unknown>, from = 0): Promise<void> {
    const begun = this.clock.now();
    await run();
    this.history.add({ kind: 'store-emptied', at: this.clock.now(), from, begun });
  }

  /** A node as the applications know it. */
  endpoint(at: number): string {
    return this.servers.endpoints[at] ?? '';
  }

  /** Speaks to Redis itself, past its proxy. */
  async redis<T>(use: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.servers.redis.url, { retryStrategy: () => null });
    redis.on('error', () => undefined);
    try {
      return await use(redis);
    } finally {
      redis.disconnect();
    }
  }

  /** Jobs of a plan that no process has been told to be scheduled. */
  unanswered({ first, count }: LoadPlan): number[] {
    const acked = new Set(this.history.of('acked').map(({ seq }) => seq));
    return Array.from({ length: count }, (_, at) => first + at).filter((seq) => !acked.has(seq));
  }

  /** Waits until every job that was acknowledged is completed or taken back; gives up quietly, since the check sees what is missing. */
  async ended(withinMs: number): Promise<void> {
    await within(withinMs, () => this.unfinished().length === 0);
  }

  /** Waits for something; gives up quietly. */
  async eventually(condition: () => boolean, withinMs: number): Promise<void> {
    await within(withinMs, condition);
  }

  /** Jobs that were acknowledged, and neither completed nor taken back. */
  unfinished(): number[] {
    const over = new Set<number>();
    for (const event of this.history.events) {
      if (event.kind === 'end' && event.outcome === 'ok') over.add(event.seq);
      if (event.kind === 'revoke-answer' && event.outcome === 'revoked') over.add(event.seq);
    }
    return this.history.of('acked').flatMap(({ seq }) => (over.has(seq) ? [] : seq));
  }

  /** Waits for the nodes to have nothing left to run. */
  async drained(): Promise<void> {
    await drain(this);
  }

  /** Waits for the nodes to become empty, and tells of copies that are reserved all the same: nobody has them. */
  async zombies(): Promise<void> {
    await drain(this);
    await this.leftovers(({ state }) => state === 'reserved');
  }

  /** Tells of the copies that are on the nodes. */
  async leftovers(tells: (copy: FoundCopy) => boolean): Promise<void> {
    for (const [at, node] of this.servers.nodes.entries()) {
      const where = this.endpoint(at);
      for (const { state, seq } of (await findCopies(node)).filter(tells)) {
        const whose = seq === undefined ? {} : { seq };
        this.history.add({ kind: 'leftover', at: this.clock.now(), node: where, state, ...whose });
      }
    }
  }
}

async function within(ms: number, condition: () => boolean): Promise<void> {
  const until = performance.now() + ms;
  while (!condition() && performance.now() < until) await sleep(LOOK_MS);
}
