// Many faults at random while jobs are scheduled, revoked and run: the promises hold for every job.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { DqProducer } from '../../lib/core/producer/producer.js';
import type { ConsumerProcess, Started, Work } from '../support/consumer-process.js';
import { seededRandom } from '../support/seeded-random.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const SEED = 20_261_123;
const STORM_MS = 10_000;
/** A result waits so long at most: Redis is away, and the consumer asks again every second. */
const UNTOLD_MS = 3_500;
const OWN = { lease: '6s', concurrency: 20, backoff: { type: 'fixed', delay: 300 } } as const;

const bed = testBed();

/** What the caller knows of a job. */
interface Scheduled {
  readonly name: string;
  readonly handle: string | undefined;
  /** `withdrawn` where the error said that the job will not run. */
  readonly fate: string | undefined;
  readonly revoked: string | undefined;
}

class Storm {
  readonly jobs: Promise<Scheduled>[] = [];
  readonly consumers: ConsumerProcess[] = [];
  /** When each was killed. */
  readonly killed = new Map<ConsumerProcess, number>();
  readonly #random = seededRandom(SEED);
  readonly #tube: string;
  readonly #producer: DqProducer<Work>;
  #live: ConsumerProcess[] = [];

  constructor(tube: string) {
    this.#tube = tube;
    this.#producer = bed.app({ tubes: [tube], commandDeadline: 1_000 }).producer<Work>(tube);
  }

  async addConsumer(): Promise<void> {
    const consumer = await bed.consumer([this.#tube], OWN, { commandDeadline: 1_000 });
    this.consumers.push(consumer);
    this.#live.push(consumer);
  }

  /** Schedules about 300 jobs a second until `rage` is over. */
  async schedule(raging: () => boolean): Promise<void> {
    while (raging()) {
      for (let at = 0; at < 5; at++) this.jobs.push(this.#one(`job ${this.jobs.length}`));
      await sleep(15);
    }
  }

  async rage(): Promise<void> {
    const end = performance.now() + STORM_MS;
    while (performance.now() < end) {
      await this.#strike();
      await sleep(this.#upTo(300));
    }
  }

  #upTo(count: number): number {
    return Math.floor(this.#random() * count);
  }

  async #one(name: string): Promise<Scheduled> {
    const act = this.#random() < 0.05 ? 'fail-first' : undefined;
    const id = this.#random() < 0.2 ? name.replace(' ', '-') : undefined;
    const revokeAfter = this.#random() < 0.15 ? this.#upTo(1_500) : undefined;
    let handle: string | undefined;
    let fate: string | undefined;
    try {
      handle = await this.#producer.delay({ name, act }, this.#upTo(4_000), { id });
    } catch (error) {
      ({ fate = 'unknown' } = error as { fate?: string });
    }
    if (handle === undefined || revokeAfter === undefined) return { name, handle, fate, revoked: undefined };
    await sleep(revokeAfter);
    const revoked = await this.#producer.revoke(handle).catch(() => 'unknown');
    return { name, handle, fate, revoked };
  }

  async #strike(): Promise<void> {
    const node = bed.cluster.node(this.#upTo(3));
    const { redis } = bed.cluster;
    const victim = this.#live[this.#upTo(this.#live.length)]!;
    const strikes = [
      async () => {
        await node.kill();
        await sleep(this.#upTo(900));
        await node.restart();
      },
      async () => {
        await node.pause();
        await sleep(200 + this.#upTo(1_500));
        node.resume();
      },
      async () => {
        await redis.kill();
        await sleep(this.#upTo(1_000));
        await redis.restart();
      },
      async () => {
        await redis.pause();
        await sleep(200 + this.#upTo(2_000));
        redis.resume();
      },
      async () => {
        this.killed.set(victim, Date.now());
        await victim.kill();
        await this.#replace(victim);
      },
      async () => {
        victim.close();
        await this.#replace(victim);
      },
      async () => {
        victim.pause();
        await sleep(200 + this.#upTo(1_500));
        victim.resume();
      },
    ];
    await strikes[this.#upTo(strikes.length)]!();
  }

  async #replace(victim: ConsumerProcess): Promise<void> {
    this.#live = this.#live.filter((consumer) => consumer !== victim);
    await this.addConsumer();
  }
}

describe('a storm of faults', () => {
  it('loses nothing, runs nothing twice without a death to blame, nothing early, and nothing revoked', async () => {
    const storm = new Storm(bed.tube());
    await Promise.all([storm.addConsumer(), storm.addConsumer(), storm.addConsumer()]);
    let raging = true;
    const writing = storm.schedule(() => raging);
    await storm.rage();
    raging = false;
    await writing;
    await bed.heal();
    // Every promise settles: none of these hangs.
    const jobs = await Promise.all(storm.jobs);

    const runs = (): (Started & { readonly by: ConsumerProcess })[] =>
      storm.consumers.flatMap((by) => by.started.map((run) => ({ ...run, by })));
    const acknowledged = jobs.filter(({ handle }) => handle !== undefined);
    const mustRun = acknowledged.filter(({ revoked }) => revoked !== 'revoked' && revoked !== 'unknown');
    const missing = (): string[] => {
      const ran = new Set(runs().map(({ name }) => name));
      return mustRun.map(({ name }) => name).filter((name) => !ran.has(name));
    };
    await until(() => missing().length === 0, { timeout: 60_000 }).catch(() => undefined);
    expect(missing()).toEqual([]);
    await bed.drained();

    expect(runs().filter(({ atMs, dueMs }) => atMs < dueMs)).toEqual([]);
    const finished = new Set(
      storm.consumers.flatMap(({ messages }) => messages.flatMap((it) => (it.type === 'finished' ? [it.name] : []))),
    );
    const never = jobs.filter(({ revoked, fate }) => revoked === 'revoked' || fate === 'withdrawn');
    expect(never.filter(({ name }) => finished.has(name))).toEqual([]);

    // The last run of a job needs no excuse. Each one before it failed, or its process was killed before it could tell.
    const excused = (run: Started & { readonly by: ConsumerProcess }): boolean =>
      (storm.killed.get(run.by) ?? Infinity) - run.atMs < UNTOLD_MS ||
      !run.by.messages.some((it) => it.type === 'finished' && it.name === run.name && it.attempt === run.attempt);
    const last = new Map<string, Started>();
    for (const run of runs()) if (run.atMs >= (last.get(run.name)?.atMs ?? 0)) last.set(run.name, run);
    const earlier = runs().filter(({ name, id, attempt, atMs }) => {
      const final = last.get(name);
      return final !== undefined && (final.id !== id || final.attempt !== attempt || final.atMs !== atMs);
    });
    expect(earlier.filter((run) => !excused(run)).map(({ name, attempt }) => ({ name, attempt }))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(1_000);
  }, 180_000);
});
