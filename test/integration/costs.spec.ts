// What a job costs, in counts that no slow machine changes: commands, round trips, writes, promises. A change that makes jobs
// dearer fails here. What a machine does change, above all how many answers one read brings, is the bench's matter.
import { createHook } from 'node:async_hooks';
import { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { BeanstalkdConnection } from '../../lib/core/beanstalkd/connection.js';
import type { ClaimVerdict } from '../../lib/core/claims/claim-store.js';
import type { DqProducer } from '../../lib/core/producer/producer.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const JOBS = 6_000;
const COPIES = 3 * JOBS;
const IN_FLIGHT = 500;
/** What one turn schedules leaves in one write a node; the rest of these is the test's own. */
const SCHEDULE_WRITES = 0.01;
/** The caller's, and the one of the async function that awaits it. */
const SCHEDULE_PROMISES = 2.1;
/** A handler that returns at once needs none, so there are far fewer than jobs: a job's own would exceed this. */
const RUN_PROMISES = 0.2;
/** Claims, settlements and accounts have some for each script, and a busy machine makes more and smaller batches. */
const SCRIPT_PROMISES = 25;
/** Two to three times what was counted, since a busy machine makes smaller batches and asks more often. */
const ID_SCRIPTS = 0.05;
const RESERVES = 2;
const RUN_SCRIPTS = 0.05;
const SHARED_SCRIPTS = 0.1;
/** Six, if each command left by itself. */
const RUN_WRITES = 1;

const bed = testBed();

interface Costs {
  /** Commands that the nodes counted, by name. */
  readonly node: (name: string) => number;
  /** Lua scripts that Redis ran. */
  readonly scripts: number;
  /** Writes that this process handed to the system; into how many calls a full socket splits them is the machine's matter. */
  readonly writes: number;
  readonly promises: number;
}

let promises = 0;
const promiseHook = createHook({
  init(_id, type) {
    if (type === 'PROMISE') promises++;
  },
});
const socketWrites = [jest.spyOn(Socket.prototype, '_write'), jest.spyOn(Socket.prototype, '_writev')];
beforeAll(() => void promiseHook.enable());
afterAll(() => {
  promiseHook.disable();
  for (const spy of socketWrites) spy.mockRestore();
});

/** What `act` costs in all. `ended`: when the servers have done the last of it, if that is later. */
async function costsOf(act: () => Promise<unknown>, ended?: () => Promise<unknown>): Promise<Costs> {
  const before = await counts();
  const [promisesBefore, writesBefore] = [promises, writes()];
  await act();
  const [promisesAfter, writesAfter] = [promises, writes()];
  await ended?.();
  const after = await counts();
  return {
    promises: promisesAfter - promisesBefore,
    node: (name) => after.node(`cmd-${name}`) - before.node(`cmd-${name}`),
    scripts: after.scripts - before.scripts,
    writes: writesAfter - writesBefore,
  };
}

async function counts(): Promise<Pick<Costs, 'node' | 'scripts'>> {
  const stats = await Promise.all([0, 1, 2].map((node) => bed.raw(node, (client) => client.stats())));
  const redis = await bed.redis((client) => client.info('commandstats'));
  const scripts = [...redis.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)];
  return {
    node: (name) => stats.reduce((sum, one) => sum + Number(one[name]), 0),
    scripts: scripts.reduce((sum, [, calls]) => sum + Number(calls), 0),
  };
}

function writes(): number {
  return socketWrites.reduce((sum, { mock }) => sum + mock.calls.length, 0);
}

type NameOf = (at: number) => string;

/** Schedules all jobs, so many in one turn, and the next when all of these are scheduled. */
async function schedule(
  producer: DqProducer,
  dueMs: number,
  { idOf, keyOf }: { readonly idOf?: NameOf; readonly keyOf?: NameOf } = {},
): Promise<void> {
  for (let from = 0; from < JOBS; from += IN_FLIGHT) {
    const turn = Array.from({ length: IN_FLIGHT }, (_, at) => from + at);
    await Promise.all(
      turn.map((at) => producer.at({ at }, dueMs, idOf ? { id: idOf(at) } : keyOf && { key: keyOf(at) })),
    );
  }
}

/** A job is scheduled before the last of its copies is acknowledged. */
async function allWritten(): Promise<void> {
  await until(async () => {
    const counts = await bed.copiesOnEach();
    return counts.every(({ delayed, ready }) => delayed + ready === JOBS);
  });
}

const dueSoon = (): number => Date.now() + 6_000;

describe('a job costs', () => {
  it('when it is scheduled: one put a copy, nothing in Redis, one promise, and a small part of a write', async () => {
    const app = bed.app({ tubes: [bed.tube()] });
    const producer = app.producer(app.runtime.options.defaultTube);
    const costs = await costsOf(() => schedule(producer, Date.now() + 3_600_000), allWritten);
    expect(costs.node('put')).toBe(COPIES);
    expect(costs.node('use')).toBeLessThanOrEqual(3);
    expect(costs.node('delete') + costs.node('peek')).toBe(0);
    expect(costs.scripts).toBe(0);
    expect(costs.promises / JOBS).toBeLessThan(SCHEDULE_PROMISES);
    expect(costs.writes / JOBS).toBeLessThan(SCHEDULE_WRITES);
    await bed.wipe();
  });

  it('with an id of its own: two scripts for as many jobs as are in flight', async () => {
    const app = bed.app({ tubes: [bed.tube()] });
    const producer = app.producer(app.runtime.options.defaultTube);
    const idOf = (at: number): string => `job-${at}`;
    const costs = await costsOf(() => schedule(producer, Date.now() + 3_600_000, { idOf }), allWritten);
    expect(costs.node('put')).toBe(COPIES);
    expect(costs.scripts / JOBS).toBeLessThan(ID_SCRIPTS);
    await bed.wipe();
  });

  it('with a key: two scripts; put off by an equal call: one, and nothing on nodes; cancelled: two', async () => {
    const app = bed.app({ tubes: [bed.tube()] });
    const producer = app.producer(app.runtime.options.defaultTube);
    const dueMs = Date.now() + 3_600_000;
    const keyOf = (at: number): string => `key-${at}`;
    const costs = await costsOf(() => schedule(producer, dueMs, { keyOf }), allWritten);
    expect(costs.node('put')).toBe(COPIES);
    expect(costs.node('delete') + costs.node('peek')).toBe(0);
    expect(costs.scripts).toBe(2 * JOBS);
    const later = await costsOf(() => schedule(producer, dueMs + 60_000, { keyOf }));
    expect([later.node('put'), later.node('delete'), later.node('peek')]).toEqual([0, 0, 0]);
    expect(later.scripts).toBe(JOBS);
    const cancelled = await costsOf(
      () => producer.cancel('key-1'),
      () => app.close(),
    );
    expect(cancelled.scripts).toBe(1);
    // Its handle names the copies that were acknowledged when it was made.
    expect(cancelled.node('delete')).toBeGreaterThanOrEqual(2);
    await bed.wipe();
  });

  it('when it runs: one reserve and one delete a copy, few scripts and writes', async () => {
    const { app, tube } = bed.idle();
    await schedule(app.producer(tube), dueSoon());
    app.handle(tube, () => undefined, { concurrency: 100 });
    const before = promises;
    let ofRuns = 0;
    const costs = await costsOf(async () => {
      app.start();
      await app.runs.next(JOBS, { timeout: 60_000 });
      // Before the test begins to look at the nodes, which takes many.
      ofRuns = promises - before;
      await bed.drained();
    });
    expect(app.runs.all).toHaveLength(JOBS);
    // Each lane that lets a copy rest has its node's disk tried by a job that is deleted at once.
    expect(costs.node('delete') - costs.node('put')).toBe(COPIES);
    expect(costs.node('reserve') + costs.node('reserve-with-timeout')).toBeLessThan(RESERVES * COPIES);
    expect(costs.node('bury')).toBe(0);
    // Where a machine stands still, copies are held for seconds: then they are touched, and one of a job may rest.
    expect(costs.node('touch')).toBeLessThan(0.5 * COPIES);
    expect(costs.node('release')).toBeLessThan(0.1 * COPIES);
    expect(costs.scripts / JOBS).toBeLessThan(RUN_SCRIPTS);
    expect(costs.writes / JOBS).toBeLessThan(RUN_WRITES);
    expect(ofRuns).toBeLessThan(RUN_PROMISES * JOBS + SCRIPT_PROMISES * costs.scripts);
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

describe('four consumers that share a backlog', () => {
  /** For each job: questions until so many had begun, of those that were asked about; and, to the last copy, what was answered. */
  interface Questions {
    readonly untilThen: number;
    readonly answered: (kind: ClaimVerdict['kind']) => number;
  }

  async function questions(begun: number): Promise<Questions> {
    const tube = bed.tube();
    const apps = Array.from({ length: 4 }, () => bed.app({ tubes: [tube] }));
    const due = dueSoon();
    await schedule(apps[0]!.producer(tube), due);
    await until(async () => (await bed.copiesOnEach()).every(({ ready }) => ready === JOBS) && Date.now() > due, {
      timeout: 20_000,
    });
    const claim = jest.spyOn(RedisClaimStore.prototype, 'claim');
    let ran = 0;
    let asked: readonly string[] = [];
    const run = (): void => {
      if (++ran === begun) asked = claim.mock.calls.flatMap(([, , jobs]) => jobs.map(({ key }) => key));
    };
    for (const app of apps) app.handle(tube, run, { concurrency: 100 });
    for (const app of apps) app.start();
    await bed.drained();
    const answers = claim.mock.results.map(({ value }) => value as ReturnType<RedisClaimStore['claim']>);
    const verdicts = (await Promise.all(answers)).flat();
    claim.mockRestore();
    expect(ran).toBe(JOBS);
    return {
      untilThen: asked.length / new Set(asked).size,
      answered: (kind) => verdicts.filter((verdict) => verdict.kind === kind).length / JOBS,
    };
  }

  it('are given first copies, so that hardly ever two of them ask about one job that is not over', async () => {
    // With what is claimed ahead less than one node has first copies, whichever of them the machine lets go ahead.
    const { untilThen, answered } = await questions(JOBS / 8);
    expect(untilThen).toBeLessThan(1.02);
    // What stood still for a second asks again.
    expect(answered('granted')).toBeLessThan(1.2);
    expect(answered('running')).toBeLessThan(0.1);
    // The spares come last. Whoever is given one asks about it, unless it has run the job itself: that is over by then.
    expect(answered('done')).toBeLessThanOrEqual(2);
  });

  it('would ask about most of them twice if no copy were first (control)', async () => {
    const put: unknown = Reflect.get(BeanstalkdConnection.prototype, 'put');
    const alike = jest.spyOn(BeanstalkdConnection.prototype, 'put').mockImplementation(function (
      this: BeanstalkdConnection,
      command,
      done,
    ) {
      Reflect.apply(put as () => void, this, [{ ...command, priority: 0 }, done]);
    });
    const { untilThen, answered } = await questions(JOBS / 2);
    expect(untilThen).toBeGreaterThan(1.5);
    expect(answered('running')).toBeGreaterThan(0.1);
    alike.mockRestore();
  });
});
