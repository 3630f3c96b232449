// Paused tubes on real servers: no attempt starts anywhere. All processes are on this machine, so they have one clock.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describe, expect, it } from '@jest/globals';
import { sabotages } from '../../harness/sabotage/sabotages.js';
import { BeanstalkdDialer } from '../../lib/core/beanstalkd/dialer.js';
import { systemClock } from '../../lib/core/base/clock.js';
import type { DqInspector } from '../../lib/core/inspector/inspector.js';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { DqRuntime } from '../../lib/core/runtime.js';
import type { App } from '../support/app.js';
import type { ConsumerProcess, Work } from '../support/consumer-process.js';
import { seededRandom } from '../support/seeded-random.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const JOBS = 2_000;
const PAUSES = 20;
const HERE = 16;
const PROCESSES = 4;
const TAKES_MS = 100;
const SECONDS = 5;

const bed = testBed();

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Twenty consumers of one tube, four of them processes of their own, and many jobs that are due. */
class Fleet {
  readonly tube = bed.tube();
  readonly #apps: App[] = [];
  readonly #processes: ConsumerProcess[] = [];

  async begin(jobs: number): Promise<this> {
    const own = { concurrency: 1 };
    const { tube } = this;
    for (let at = 0; at < HERE; at++) this.#apps.push(bed.handling(tube, () => sleep(TAKES_MS), own));
    for (let at = 0; at < PROCESSES; at++) this.#processes.push(await bed.consumer([tube], own));
    const producer = this.inspected.producer<Work>(tube);
    const work = (at: number): Work => ({ name: `job ${at}`, act: 'take', ms: TAKES_MS });
    for (let from = 0; from < jobs; from += 500)
      await Promise.all(Array.from({ length: 500 }, (_, at) => producer.delay(work(from + at), 0)));
    return this;
  }

  get inspected(): App {
    return this.#apps[0]!;
  }

  get inspector(): DqInspector {
    return this.inspected.runtime.inspector;
  }

  get starts(): readonly { readonly name: string; readonly atMs: number }[] {
    const here = this.#apps.flatMap(({ runs }) =>
      runs.all.map(({ data, atMs }) => ({ name: (data as Work).name, atMs })),
    );
    return [...here, ...this.#processes.flatMap(({ started }) => started)];
  }
}

/** Pauses and resumes at random moments; the times from each pause that was answered to the call of its resume. */
async function pauseOften(inspector: DqInspector, tube: string, times: number): Promise<readonly Span[]> {
  const random = seededRandom(20_261_128);
  const spans: Span[] = [];
  for (let time = 0; time < times; time++) {
    await sleep(600 * random());
    await inspector.pause(tube);
    const from = Date.now();
    await sleep(50 + 250 * random());
    spans.push({ from, to: Date.now() });
    await inspector.resume(tube);
  }
  return spans;
}

function startedWhilePaused({ starts }: Fleet, spans: readonly Span[]): readonly unknown[] {
  return starts.filter(({ atMs }) => spans.some(({ from, to }) => atMs > from && atMs < to));
}

interface Asked {
  /** Looks at the pause itself, which no script makes. */
  readonly looks: number;
  readonly claims: number;
  /** Looks at a store that may lose writes: every two seconds where jobs ran, as ever. */
  readonly pings: number;
  readonly reserves: number;
  readonly releases: number;
}

/** What nodes and Redis are asked in so many seconds. */
async function askedIn(seconds: number): Promise<Asked> {
  const commands: string[][] = [];
  const redis = new Redis(bed.cluster.redisUrl);
  const monitor = await redis.monitor();
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (source !== 'lua') commands.push(args);
  });
  const before = await nodeCounts();
  await sleep(seconds * 1_000);
  const after = await nodeCounts();
  monitor.disconnect();
  redis.disconnect();
  const isPause = (arg: string): boolean => arg.endsWith('#pause');
  const scripts = commands.filter(([name]) => name?.toLowerCase() === 'evalsha');
  return {
    looks: commands.filter(([name, key = '']) => name?.toLowerCase() === 'get' && isPause(key)).length,
    claims: scripts.filter((args) => args.some(isPause)).length,
    pings: scripts.filter((args) => !args.some(isPause) && args.some((arg) => arg.endsWith('#trial'))).length,
    reserves: after.reserves - before.reserves,
    releases: after.releases - before.releases,
  };
}

async function nodeCounts(): Promise<Pick<Asked, 'reserves' | 'releases'>> {
  const stats = await Promise.all([0, 1, 2].map((node) => bed.raw(node, (client) => client.stats())));
  const counted = (name: string): number => stats.reduce((sum, one) => sum + Number(one[name] ?? 0), 0);
  return {
    reserves: counted('cmd-reserve') + counted('cmd-reserve-with-timeout'),
    releases: counted('cmd-release'),
  };
}

describe(`${HERE + PROCESSES} consumers with ${JOBS} due jobs`, () => {
  it(`start none of them in ${PAUSES} pauses at random moments; then each runs once`, async () => {
    const fleet = await new Fleet().begin(JOBS);
    const spans = await pauseOften(fleet.inspector, fleet.tube, PAUSES);
    expect(startedWhilePaused(fleet, spans)).toEqual([]);
    const before = fleet.starts.length;
    expect([before > PAUSES, before < JOBS]).toEqual([true, true]);
    await until(() => fleet.starts.length >= JOBS, { timeout: 120_000 });
    await bed.drained();
    expect([fleet.starts.length, new Set(fleet.starts.map(({ name }) => name)).size]).toEqual([JOBS, JOBS]);
  }, 300_000);

  it('would start some where a pause is not kept (control)', async () => {
    const fleet = await new Fleet().begin(1_000);
    const { tube } = fleet;
    const options = resolveOptions({ ...bed.servers, tubes: [tube] });
    const runtime = new DqRuntime(options, {
      backend: (_, clock, report) => {
        const connection = new RedisConnection(options.redis!, options.commandDeadlineMs, clock, report);
        const store = new RedisClaimStore(connection, options.retentionMs, systemClock);
        const settings = { commandDeadline: options.commandDeadlineMs, maxBodyBytes: options.maxBodyBytes };
        return {
          dialers: options.endpoints.map((endpoint) => new BeanstalkdDialer(endpoint, settings, clock)),
          store: sabotages['forgets-pauses'].store?.(store) ?? store,
          start: () => undefined,
        };
      },
    });
    const spans = await pauseOften(runtime.inspector, tube, 2);
    await runtime.close();
    expect(startedWhilePaused(fleet, spans)).not.toEqual([]);
    await until(() => fleet.starts.length >= 1_000, { timeout: 60_000 });
    await bed.drained();
  }, 120_000);

  it('ask for nothing but one look a second each while their tube is paused', async () => {
    const fleet = await new Fleet().begin(JOBS);
    await fleet.inspector.pause(fleet.tube);
    const { length } = fleet.starts;
    await sleep(1_500);
    const counts = await askedIn(SECONDS);
    const each = HERE + PROCESSES;
    expect(fleet.starts).toHaveLength(length);
    expect(counts.looks).toBeLessThanOrEqual(each * (SECONDS + 1));
    expect(counts.pings).toBeLessThanOrEqual(each * (SECONDS / 2 + 1));
    expect([counts.claims, counts.reserves, counts.releases]).toEqual([0, 0, 0]);
    // All is on the nodes, for whoever resumes it.
    const copies = await bed.copiesOnEach();
    expect(copies.map(({ reserved, delayed }) => reserved + delayed)).toEqual([0, 0, 0]);
    await fleet.inspector.resume(fleet.tube);
    await until(() => fleet.starts.length >= JOBS, { timeout: 120_000 });
    await bed.drained();
  }, 240_000);
});

it('nothing is looked at while nothing is paused', async () => {
  const { app, tube } = bed.running();
  await app.producer(tube).delay('x', 0);
  await app.runs.next(1);
  await bed.drained();
  expect((await askedIn(3)).looks).toBe(0);
});
