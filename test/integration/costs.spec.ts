// What a job costs, in counts that no slow machine changes: commands, round trips, system calls. A change that makes jobs
// dearer fails here.
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DqProducer } from '../../lib/core/producer/producer.js';
import { TestBed } from '../support/test-bed.js';

const JOBS = 6_000;
const COPIES = 3 * JOBS;
const IN_FLIGHT = 500;
/** Bounds: two to three times what was counted, since a busy machine makes smaller batches and asks more often. */
const SCHEDULE_CALLS = 0.35;
const ID_SCRIPTS = 0.05;
const RESERVES = 2;
const RUN_SCRIPTS = 0.05;
const RUN_CALLS = 0.7;
const SHARED_SCRIPTS = 0.1;

let bed: TestBed;

beforeAll(async () => {
  bed = await TestBed.start();
});
beforeEach(() => bed.begin());
afterEach(() => bed.end());
afterAll(() => bed.stop());

interface Costs {
  /** Commands that the nodes counted, by name. */
  readonly node: (name: string) => number;
  /** Lua scripts that Redis ran. */
  readonly scripts: number;
  /** Reads and writes of this process; undefined where the system does not count them. */
  readonly systemCalls: number | undefined;
}

/** What `act` costs in all. */
async function costsOf(act: () => Promise<unknown>): Promise<Costs> {
  const before = await counts();
  await act();
  const after = await counts();
  return {
    node: (name) => after.node(`cmd-${name}`) - before.node(`cmd-${name}`),
    scripts: after.scripts - before.scripts,
    systemCalls: before.systemCalls === undefined ? undefined : (after.systemCalls as number) - before.systemCalls,
  };
}

async function counts(): Promise<Costs> {
  const stats = await Promise.all([0, 1, 2].map((node) => bed.raw(node, (client) => client.stats())));
  const redis = await bed.redis((client) => client.info('commandstats'));
  const scripts = [...redis.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)];
  return {
    node: (name) => stats.reduce((sum, one) => sum + Number(one[name]), 0),
    scripts: scripts.reduce((sum, [, calls]) => sum + Number(calls), 0),
    systemCalls: systemCalls(),
  };
}

function systemCalls(): number | undefined {
  try {
    const io = readFileSync('/proc/self/io', 'utf8');
    return Number(/^syscr: (\d+)$/m.exec(io)?.[1]) + Number(/^syscw: (\d+)$/m.exec(io)?.[1]);
  } catch {
    return undefined;
  }
}

/** Schedules all jobs, so many at a time. */
async function schedule(producer: DqProducer, dueMs: number, idOf?: (at: number) => string): Promise<void> {
  let next = 0;
  const line = async (): Promise<void> => {
    for (let at = next++; at < JOBS; at = next++) {
      await producer.at({ at }, dueMs, idOf && { id: idOf(at) });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, line));
}

const dueSoon = (): number => Date.now() + 6_000;

describe('a job costs', () => {
  it('when it is scheduled: one put a copy, nothing in Redis, and a small part of a system call', async () => {
    const app = bed.app({ tubes: [bed.tube()] });
    const producer = app.producer(app.runtime.options.defaultTube);
    const costs = await costsOf(() => schedule(producer, Date.now() + 3_600_000));
    expect(costs.node('put')).toBe(COPIES);
    expect(costs.node('use')).toBeLessThanOrEqual(3);
    expect(costs.node('delete') + costs.node('peek')).toBe(0);
    expect(costs.scripts).toBe(0);
    if (costs.systemCalls !== undefined) expect(costs.systemCalls / JOBS).toBeLessThan(SCHEDULE_CALLS);
    await bed.wipe();
  });

  it('with an id of its own: two scripts for as many jobs as are in flight', async () => {
    const app = bed.app({ tubes: [bed.tube()] });
    const producer = app.producer(app.runtime.options.defaultTube);
    const costs = await costsOf(() => schedule(producer, Date.now() + 3_600_000, (at) => `job-${at}`));
    expect(costs.node('put')).toBe(COPIES);
    expect(costs.scripts / JOBS).toBeLessThan(ID_SCRIPTS);
    await bed.wipe();
  });

  it('when it runs: one reserve and one delete a copy, and few scripts', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube] });
    await schedule(app.producer(tube), dueSoon());
    app.handle(tube, () => undefined, { concurrency: 100 });
    const costs = await costsOf(async () => {
      app.start();
      await app.runs.next(JOBS, { timeout: 60_000 });
      await bed.drained();
    });
    expect(app.runs.all).toHaveLength(JOBS);
    expect(costs.node('delete')).toBe(COPIES);
    expect(costs.node('reserve') + costs.node('reserve-with-timeout')).toBeLessThan(RESERVES * COPIES);
    expect(costs.node('release') + costs.node('bury')).toBe(0);
    expect(costs.node('touch')).toBeLessThan(0.5 * COPIES);
    expect(costs.scripts / JOBS).toBeLessThan(RUN_SCRIPTS);
    if (costs.systemCalls !== undefined) expect(costs.systemCalls / JOBS).toBeLessThan(RUN_CALLS);
  });

  it('no more scripts when four consumers share the work', async () => {
    const tube = bed.tube();
    const apps = Array.from({ length: 4 }, () => bed.app({ tubes: [tube] }));
    await schedule(apps[0]!.producer(tube), dueSoon());
    for (const app of apps) app.handle(tube, () => undefined, { concurrency: 100 });
    const costs = await costsOf(async () => {
      for (const app of apps) app.start();
      await bed.drained();
    });
    expect(apps.reduce((sum, app) => sum + app.runs.all.length, 0)).toBe(JOBS);
    expect(costs.scripts / JOBS).toBeLessThan(SHARED_SCRIPTS);
    expect(costs.node('delete') / COPIES).toBeLessThan(1.01);
  });
});
