import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { askRedis } from '../../test/support/ask-redis.js';
import { seededRandom } from '../../test/support/seeded-random.js';
import type { LoadPlan } from '../worker/job-plan.js';
import type { Worker } from '../worker/worker.js';
import { type AppOptions, Processes, TUBE } from './processes.js';
import { countCopies, findCopies, type FoundCopy } from './leftovers.js';

const LOOK_MS = 200;
const DRAIN_LOOK_MS = 100;

/** Where a row plays: its servers, its processes, its faults, all told to one history. */
export class Testbed extends Processes {
  readonly random = seededRandom(this.seed);
  #planned = 0;
  #loads = 0;

  /** The one for a full run, the other for a short one. */
  pick<T>(full: T, short: T): T {
    return this.short ? short : full;
  }

  /** Numbers and seeds a plan; no two plans of a testbed share a job. */
  plan(plan: Omit<LoadPlan, 'tube' | 'seed' | 'first'> & { readonly tube?: string }): LoadPlan {
    const first = this.#planned;
    this.#planned += plan.count;
    this.#loads++;
    return { tube: TUBE, ...plan, seed: this.seed + this.#loads * 1_000, first };
  }

  /** Consumers in the place of others, since processes remember the jobs that ended in them, and these do not. */
  async freshConsumers(before: readonly Worker[], app?: AppOptions): Promise<void> {
    await Promise.all(before.map((consumer) => consumer.close()));
    await this.consumers(before.length, app);
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
    this.history.happened({ kind: 'fault', name, on: true, nodes });
    try {
      await run();
    } finally {
      this.history.happened({ kind: 'fault', name, on: false, nodes });
    }
  }

  /** Redis is killed, and is back after so many milliseconds. */
  async killRedis(ms: number): Promise<void> {
    const { redis } = this.servers;
    await this.during('redis killed', [], async () => {
      await redis.kill();
      await this.sleep(ms);
      await redis.start();
    });
  }

  /** A node's disk is gone; it is down, and will come back empty. */
  async emptyNode(at: number): Promise<void> {
    await this.servers.wipe(this.servers.node(at));
    this.history.happened({ kind: 'node-emptied', node: this.endpoint(at) });
  }

  /**
   * Claims are forgotten while `run` goes on.
   * @param from what was told before this moment is not forgotten
   */
  async forgetting(run: () => Promise<unknown>, from = 0): Promise<void> {
    const begun = this.clock.now();
    await run();
    this.history.happened({ kind: 'store-emptied', from, begun });
  }

  /** A node as the applications know it. */
  endpoint(at: number): string {
    return this.servers.endpoints[at] ?? '';
  }

  /** Speaks to Redis itself, past its proxy. */
  async redis<T>(use: (redis: Redis) => Promise<T>): Promise<T> {
    return askRedis(this.servers.redis.url, use);
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

  /**
   * Waits until no node has a copy that could still run, or until nothing has moved for a while: then what is left is left.
   */
  async drained(): Promise<void> {
    const [patience, longest] = [this.pick(25_000, 20_000), this.pick(180_000, 90_000)];
    const from = performance.now();
    let moved = from;
    let last = '';
    while (performance.now() - moved < patience && performance.now() - from < longest) {
      const counts = await Promise.all(this.servers.nodes.map((node) => countCopies(node)));
      if (counts.every(({ ready, reserved, delayed }) => ready + reserved + delayed === 0)) return;
      const now = `${this.history.length} ${JSON.stringify(counts)}`;
      if (now !== last) moved = performance.now();
      last = now;
      await sleep(DRAIN_LOOK_MS);
    }
  }

  /** Waits for the nodes to become empty, and tells of copies that are reserved all the same: nobody has them. */
  async zombies(): Promise<void> {
    await this.drained();
    await this.leftovers(({ state }) => state === 'reserved');
  }

  /** Tells of the copies that are on the nodes. */
  async leftovers(tells: (copy: FoundCopy) => boolean): Promise<void> {
    for (const [at, node] of this.servers.nodes.entries()) {
      const where = this.endpoint(at);
      for (const { state, seq } of (await findCopies(node)).filter(tells)) {
        const whose = seq === undefined ? {} : { seq };
        this.history.happened({ kind: 'leftover', node: where, state, ...whose });
      }
    }
  }
}

async function within(ms: number, condition: () => boolean): Promise<void> {
  const until = performance.now() + ms;
  while (!condition() && performance.now() < until) await sleep(LOOK_MS);
}
