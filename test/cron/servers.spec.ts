// Recurring jobs on real servers, in one application or two.
import { Injectable, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { DqHandler, type DqJob, DqModule } from 'nestjs-dq';
import { DqCron, DqCronModule, type DqCronOptions, type DqOccurrence, DqScheduler } from 'nestjs-dq/cron';
import { ScheduleWatch } from '../../lib/cron/schedule-watch.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { RawClient } from '../support/raw-client.js';
import { until } from '../support/wait.js';

interface Run {
  readonly name: string;
  readonly slot: number;
  readonly missed: number;
  readonly at: number;
}

let cluster: TestCluster;
let tubes = 0;
let tube: string;
let runs: Run[];
const open = new Set<INestApplicationContext>();

beforeAll(async () => {
  cluster = await startCluster();
}, 30_000);
beforeEach(() => {
  tube = `work-${++tubes}`;
  runs = [];
});
afterEach(async () => {
  await Promise.all(cluster.nodes.filter(({ running }) => !running).map((node) => node.restart()));
  await Promise.all([...open].map((app) => app.close()));
  open.clear();
});
afterAll(() => cluster.stop());

async function start(cron?: readonly [string, DqCronOptions]): Promise<INestApplicationContext> {
  const note = (name: string, slot: Date, missed: number): void => {
    runs.push({ name, slot: slot.getTime(), missed, at: Date.now() });
  };
  @Injectable()
  class Jobs {
    @DqHandler(tube)
    run(data: unknown, { schedule }: DqJob): void {
      if (schedule !== undefined) note(`${schedule.name} ${JSON.stringify(data)}`, schedule.slot, schedule.missed);
    }

    @DqCron(cron?.[0] ?? '0 0 1 1 *', { name: 'tick', disabled: cron === undefined, ...cron?.[1] })
    tick({ slot, missed }: DqOccurrence): void {
      note('tick', slot, missed);
    }
  }
  @Module({
    imports: [
      DqModule.forRoot({
        beanstalks: cluster.endpoints,
        redis: cluster.redisUrl,
        tubes: [tube],
        commandDeadline: '500ms',
        logger: false,
      }),
      DqCronModule.forRootAsync({ useFactory: () => ({ tube: `${tube}-crons`, lease: '2s' }) }),
    ],
    providers: [Jobs],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  open.add(app);
  return app;
}

async function stop(app: INestApplicationContext): Promise<void> {
  open.delete(app);
  await app.close();
}

const slotsOf = (name: string): number[] => runs.filter((run) => run.name.startsWith(name)).map(({ slot }) => slot);

/** Kills two nodes while the next occurrence is on all three, so that what runs next can write nothing. */
async function killTwo(): Promise<void> {
  for (;;) {
    await until(async () => (await copiesLeft()) === 3, { what: 'three copies' });
    const { length } = runs;
    const two = [cluster.node(0), cluster.node(1)];
    await Promise.all(two.map((node) => node.kill()));
    // Else one that began meanwhile may have written the next before they died.
    if (runs.length === length) return;
    await Promise.all(two.map((node) => node.restart()));
  }
}

describe('a schedule that is made at run time', () => {
  it('is made once by two applications that ask at once, and runs once in both', async () => {
    const apps = [await start(), await start()];
    const options = { tube, every: '1s', data: { customer: 42 } };
    const answers = await Promise.all(apps.map((app) => app.get(DqScheduler).upsert('invoice-42', options)));
    expect(answers.map(({ outcome }) => outcome).toSorted()).toEqual(['created', 'unchanged']);
    await until(() => runs.length >= 4, { timeout: 20_000 });
    for (const { name, slot, at } of runs) {
      expect(name).toBe('invoice-42 {"customer":42}');
      expect(at).toBeGreaterThanOrEqual(slot);
    }
    // A machine that stands still for a second misses a slot.
    for (const [at, { slot, missed }] of runs.slice(1).entries())
      expect(slot - (runs[at] as Run).slot).toBe(1_000 * (missed + 1));
    expect(await apps[1]?.get(DqScheduler).remove('invoice-42')).toBe(true);
    const copies = await until(async () => (await copiesLeft()) === 0, { what: 'no copy left' });
    expect(copies).toBe(true);
    const after = runs.length;
    expect(await apps[0]?.get(DqScheduler).get('invoice-42')).toBeUndefined();
    expect(runs).toHaveLength(after);
  }, 60_000);

  it('does not run once it is removed, also where a node with its next occurrence was away', async () => {
    const app = await start();
    const scheduler = app.get(DqScheduler);
    const startAt = Date.now() + 8_000;
    await scheduler.upsert('slow', { tube, every: '4s', startAt });
    const { next } = await scheduler.upsert('slow', { tube, every: '4s', startAt });
    await until(async () => (await copiesLeft()) === 3, { what: 'three copies' });
    await cluster.node(1).kill();
    expect(await scheduler.remove('slow')).toBe(true);
    await cluster.node(1).restart();
    await until(async () => Date.now() > Number(next) && (await copiesLeft()) === 0, {
      timeout: 20_000,
      what: 'no copy left',
    });
    expect(runs).toEqual([]);
  }, 60_000);

  it('runs each slot once while two nodes are dead, and when one of them is back', async () => {
    const app = await start();
    await app.get(DqScheduler).upsert('each', { tube, every: '2s', missed: 'all' });
    await until(() => runs.length >= 1, { timeout: 20_000 });
    await killTwo();
    const { length } = runs;
    await until(() => runs.length > length, { timeout: 20_000 });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const before = runs.length;
    await cluster.node(0).restart();
    await until(() => runs.length >= before + 2, { timeout: 30_000 });
    const slots = slotsOf('each');
    expect(slots).toEqual(slots.map((_, at) => (slots[0] as number) + 2_000 * at));
  }, 90_000);

  it('gives a run back at its close whose next occurrence too few nodes take, and another application goes on', async () => {
    const app = await start();
    await app.get(DqScheduler).upsert('each', { tube, every: '2s', missed: 'all' });
    await until(() => runs.length >= 1, { timeout: 20_000 });
    await killTwo();
    const { length } = runs;
    await until(() => runs.length > length, { timeout: 20_000 });
    await stop(app);
    await start();
    await Promise.all([cluster.node(0).restart(), cluster.node(1).restart()]);
    await until(() => new Set(slotsOf('each')).size >= length + 3, { timeout: 30_000 });
    const slots = slotsOf('each');
    const [first, last] = [slots[0], slots[length]] as [number, number];
    // It was given back, so it is run once more.
    expect(slots.filter((slot) => slot === last)).toHaveLength(2);
    const others = slots.filter((slot) => slot !== last);
    expect(new Set(others).size).toBe(others.length);
    expect([...new Set(slots)]).toEqual([...new Set(slots)].map((_, at) => first + 2_000 * at));
  }, 90_000);
});

describe('a method with @DqCron', () => {
  it('runs once for all that were missed while no process was there', async () => {
    const cron = ['* * * * * *', {}] as const;
    const app = await start(cron);
    await until(() => runs.length >= 2, { timeout: 20_000 });
    await stop(app);
    const before = runs.length;
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    await start(cron);
    await until(() => runs.length >= before + 3, { timeout: 20_000 });
    await until(() => runs.slice(before + 1).some(({ missed }) => missed === 0), { timeout: 20_000 });
    expect((runs[before] as Run).missed).toBeGreaterThanOrEqual(2);
    for (const [at, { slot, missed }] of runs.slice(before).entries())
      expect(slot - (runs[before + at - 1] as Run).slot).toBe(1_000 * (missed + 1));
    expect(new Set(slotsOf('tick')).size).toBe(runs.length);
  }, 60_000);

  it('comes back when all nodes have lost their disks', async () => {
    const cron = ['*/5 * * * * *', {}] as const;
    const app = await start(cron);
    await until(() => runs.length >= 1, { timeout: 20_000 });
    // Nobody runs them: what waits is deleted, as with the disks.
    for (const node of cluster.nodes) await emptied(node.port, `${tube}-crons`);
    const before = runs.length;
    const watch = app.get(ScheduleWatch);
    await until(
      () => {
        watch.look();
        return runs.length > before;
      },
      { timeout: 40_000, what: 'a run behind the loss' },
    );
    expect(new Set(slotsOf('tick')).size).toBe(runs.length);
  }, 90_000);

  it('comes back when the claim store and all nodes have lost everything, and it is known at boot', async () => {
    const app = await start(['*/5 * * * * *', {}]);
    await until(() => runs.length >= 1, { timeout: 20_000 });
    for (const node of cluster.nodes) await emptied(node.port, `${tube}-crons`);
    const redis = new Redis(cluster.redisUrl);
    await redis.flushall();
    await redis.quit();
    const before = runs.length;
    app.get(ScheduleWatch).look();
    await until(() => runs.length > before, { timeout: 30_000 });
    expect(new Set(slotsOf('tick')).size).toBe(runs.length);
  }, 60_000);

  it('is refused at boot with a pattern that never comes, before a server is asked', async () => {
    await expect(start(['0 0 31 2 *', {}])).rejects.toThrow(/never/);
  });
});

/** Copies of this test's tube on all nodes that are there. */
async function copiesLeft(): Promise<number> {
  let count = 0;
  for (const node of cluster.nodes.filter(({ running }) => running)) {
    const client = await RawClient.connect(node.port);
    const stats = await client.statsTube(tube);
    for (const state of ['ready', 'reserved', 'delayed']) count += Number(stats?.[`current-jobs-${state}`] ?? 0);
    await client.close();
  }
  return count;
}

/** Deletes what waits in a tube, as if the node had lost its disk. */
async function emptied(port: number, name: string): Promise<void> {
  const client = await RawClient.connect(port);
  for (const state of ['ready', 'delayed'] as const) {
    for (let job = await client.peekNext(state, name); job !== undefined; job = await client.peekNext(state, name))
      await client.delete(job.id);
  }
  await client.close();
}
