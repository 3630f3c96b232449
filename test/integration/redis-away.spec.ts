// Redis away: nothing is lost, nothing runs twice, and what ended meanwhile is settled when it is back.
import { describe, expect, it } from '@jest/globals';
import type { Handler } from '../../lib/core/consumer/run.js';
import { NO_TAKEOVER_MS } from '../../lib/core/claims/store-clock.js';
import { DqLeaseLostError } from '../../lib/core/errors/run.errors.js';
import type { DqRunOptions } from '../../lib/core/options/dq-options.js';
import type { App } from '../support/app.js';
import { Gate } from '../support/gate.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

type Absence = readonly [string, () => Promise<void>, () => Promise<void>];
const killed: Absence = ['killed', () => bed.cluster.redis.kill(), () => bed.cluster.redis.restart()];
const hung: Absence = [
  'hung',
  () => bed.cluster.redis.pause(),
  async () => {
    bed.cluster.redis.resume();
    await Promise.resolve();
  },
];

/** Two consumers of one tube. A takeover needs a connection to Redis that has stood for some seconds: these have. */
async function twoConsumers(tube: string, handler: Handler, own: DqRunOptions = {}): Promise<[App, App]> {
  const apps = [1, 2].map(() => bed.app({ tubes: [tube], commandDeadline: 1_000 }).consume(tube, handler, own));
  const readyAt = Date.now() + NO_TAKEOVER_MS + 100;
  await apps[0]!.producer(tube).at('warm', readyAt);
  await until(() => ran(apps).length === 1);
  return apps as [App, App];
}

/** A consumer that has nothing to ask does not notice that Redis hangs. */
const lost = (apps: readonly App[]): Promise<unknown> =>
  until(() => apps.some((app) => app.eventsOf('store-lost').length > 0));
const back = (apps: readonly App[]): Promise<unknown> =>
  until(() => apps.every((app) => app.eventsOf('store-back').length === app.eventsOf('store-lost').length), {
    timeout: 20_000,
  });

const ran = (apps: readonly App[]): string[] => apps.flatMap((app) => app.runs.all.map(({ data }) => String(data)));

describe.each([killed, hung])('Redis %s', (_word, leave, comeBack) => {
  it('when jobs fall due: none runs without a claim, and each runs once when it is back', async () => {
    const tube = bed.tube();
    const apps = await twoConsumers(tube, () => undefined);
    const dueMs = Date.now() + 1_500;
    const jobs = Array.from({ length: 30 }, (_, at) => `job ${at}`);
    await Promise.all(jobs.map((job) => apps[0].producer(tube).at(job, dueMs)));
    await leave();
    await lost(apps);
    // Scheduling does not need Redis.
    await apps[1].producer(tube).delay('meanwhile', 0);
    await until(() => Date.now() > dueMs + 1_000);
    expect(ran(apps)).toEqual(['warm']);

    await comeBack();
    await until(() => ran(apps).length >= 32, { timeout: 20_000 });
    await bed.drained();
    expect(ran(apps).toSorted()).toEqual(['meanwhile', 'warm', ...jobs].toSorted());
    for (const run of apps.flatMap((app) => app.runs.all)) expect(run.atMs).toBeGreaterThanOrEqual(run.dueMs);
  });

  it('when jobs are claimed: an answer that was lost costs them no attempt', async () => {
    const tube = bed.tube();
    const once = { lease: '4s', attempts: 1 };
    const apps = await twoConsumers(tube, () => undefined, once);
    const jobs = Array.from({ length: 30 }, (_, at) => `job ${at}`);
    // beanstalkd hands them out at once; they are claimed within the next second.
    const dueMs = Date.now() + 900;
    await Promise.all(jobs.map((job) => apps[0].producer(tube).at(job, dueMs)));
    await until(() => Date.now() > dueMs - 10);
    await leave();
    await lost(apps);
    await comeBack();
    await bed.drained();
    expect(ran(apps).toSorted()).toEqual(['warm', ...jobs].toSorted());
    expect(apps.flatMap((app) => app.eventsOf('job-dead'))).toEqual([]);
  });

  it('when a handler ends: its result is settled afterwards, and nobody else takes the job over', async () => {
    const tube = bed.tube();
    const gate = new Gate();
    const apps = await twoConsumers(tube, (data) => (data === 'long' ? gate.opened : undefined));
    await apps[0].producer(tube).delay('long', 0);
    await until(() => ran(apps).length === 2);
    await leave();
    gate.open();
    await lost(apps);
    await comeBack();
    await bed.drained();
    expect(ran(apps)).toHaveLength(2);
    expect(apps.flatMap((app) => app.eventsOf('result-refused'))).toEqual([]);
    expect((await bed.claims()).every(({ value }) => value.startsWith('dq1:D:1:'))).toBe(true);
  });

  it('for longer than the lease of a job that runs: nobody takes it over, whether it ends before or after', async () => {
    const tube = bed.tube();
    const gates = new Map([
      ['before', new Gate()],
      ['after', new Gate()],
    ]);
    const apps = await twoConsumers(tube, (data) => gates.get(data as string)?.opened, { lease: '4s' });
    await Promise.all([...gates.keys()].map((name) => apps[0].producer(tube).delay(name, 0)));
    await until(() => ran(apps).length === 3);
    const leases = async (): Promise<number[]> =>
      (await bed.claims()).map(({ value }) => Number(/^dq1:R:1:[^:]+:(\d+)$/.exec(value)?.[1] ?? 0));
    const end = Math.max(...(await leases()));
    await leave();
    gates.get('before')!.open();
    await until(() => Date.now() > end + 2_000);
    await comeBack();
    await back(apps);
    // Longer than a takeover would take to come: the other looks every two seconds, and waits for some more.
    await until(async () => (await leases()).some((lease) => lease > end + 10_000), { timeout: 20_000 });
    gates.get('after')!.open();
    await bed.drained();
    expect(ran(apps).toSorted()).toEqual(['after', 'before', 'warm']);
    expect(apps.flatMap((app) => app.eventsOf('result-refused'))).toEqual([]);
  });
});

describe('Redis behind a network that swallows', () => {
  it('for one consumer longer than its lease: the other takes over, and the first is told when it is back', async () => {
    const tube = bed.tube();
    const proxy = await bed.proxy(bed.cluster.redis);
    const gate = new Gate();
    const own = { lease: '3s' };
    const signals: unknown[] = [];
    const nodeProxy = await bed.proxy(bed.cluster.node(0));
    const cut = bed.app({
      tubes: [tube],
      beanstalks: [nodeProxy.endpoint, ...bed.cluster.endpoints.slice(1)],
      redis: `redis://${proxy.endpoint}`,
      commandDeadline: 500,
    });
    cut.consume(
      tube,
      async (_data, job) => {
        job.signal.addEventListener('abort', () => signals.push(job.signal.reason));
        await gate.opened;
      },
      own,
    );
    await cut.producer(tube).delay('x', 0);
    await cut.runs.next();
    const other = bed.handling(tube, () => undefined, own);
    proxy.partition();
    // A copy becomes free for the other, and the first cannot take it again.
    await nodeProxy.refuse();
    nodeProxy.cut();
    const [run] = await other.runs.next(1, { timeout: 30_000 });
    expect(run!.attempt).toBe(2);
    proxy.cut();
    proxy.pass();
    await until(() => signals.length > 0, { timeout: 20_000 });
    expect(signals).toEqual([expect.any(DqLeaseLostError)]);
    gate.open();
    await cut.event('result-refused');
    await bed.drained();
    expect([cut.runs.all.length, other.runs.all.length]).toEqual([1, 1]);
  });

  it('is dialled anew until the network heals', async () => {
    const tube = bed.tube();
    const proxy = await bed.proxy(bed.cluster.redis);
    const app = bed.app({ tubes: [tube], redis: `redis://${proxy.endpoint}`, commandDeadline: 500 });
    app.handle(tube).start();
    await app.producer(tube).delay('before', 0);
    await app.runs.next();
    proxy.blackHole();
    await app.producer(tube).delay('during', 0);
    await app.event('store-lost', 1, { timeout: 20_000 });
    // Connections that were made while the hole was there are dead for good.
    await until(() => proxy.connections >= 1);
    proxy.pass();
    expect((await app.runs.next(1, { timeout: 30_000 }))[0]!.data).toBe('during');
    await bed.drained();
  });
});
