// Not lost: a job that a plain tube's handler wants again later stays with its consumer. A Go consumer that got a copy meanwhile would take
// the claim for a lock, and throw the copy away.
import { describe, expect, it } from '@jest/globals';
import type { Handler } from '../../lib/core/consumer/run.js';
import type { DqOptions, DqRunOptions } from '../../lib/core/options/dq-options.js';
import { DqAgain } from '../../lib/core/consumer/outcome.js';
import type { App } from '../support/app.js';
import { Gate } from '../support/gate.js';
import type { GoConsumer } from '../support/go-consumer.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const JOBS = 10;
const jobs = Array.from({ length: JOBS }, (_, at) => at);

let go: GoConsumer;
const bed = testBed();

/** The jobs in their first attempt here, which ends when a Go consumer is beside. */
async function triedOnce(handler: Handler, own: DqRunOptions = {}, options: Partial<DqOptions> = {}): Promise<App> {
  const tube = bed.tube();
  const app = bed.app({ tubes: [{ name: tube, format: 'plain' }], ...options });
  const beside = new Gate();
  const tried: Handler = async (data, job) => {
    await beside.opened;
    return handler(data, job);
  };
  app.handle(tube, tried, { concurrency: JOBS, ...own }).start();
  // Copies of all nodes come together, before the Go consumer does.
  const dueMs = Date.now() + 1_000;
  await Promise.all(jobs.map((job) => app.producer(tube).at(job, dueMs)));
  await app.runs.next(JOBS);
  go = await bed.goConsumer(tube);
  beside.open();
  return app;
}

/** Each has run here twice, and never there. */
async function ranHereTwice(app: App): Promise<void> {
  await bed.drained();
  const ran = app.runs.all.map(({ data }) => data as number).toSorted((one, other) => one - other);
  expect(ran).toEqual(jobs.flatMap((job) => [job, job]));
  expect(go.runs).toEqual([]);
}

const firstTime = (then: () => unknown): Handler => {
  const seen = new Set<unknown>();
  return (data) => {
    if (seen.has(data)) return undefined;
    seen.add(data);
    return then();
  };
};

describe('beside a Go consumer, a job of a plain tube', () => {
  it('that is to run again in some seconds waits here, and runs', async () => {
    const app = await triedOnce(firstTime(() => new DqAgain('6s')));
    // Well past the two seconds for which any job is held.
    const held = async (): Promise<number[]> => (await bed.copiesOnEach()).map(({ reserved }) => reserved);
    const before = Date.now();
    await until(() => Date.now() > before + 3_000);
    expect(Math.max(...(await held()))).toBe(JOBS);
    await ranHereTwice(app);
    expect(app.runs.all.every(({ attempt }) => attempt === 1)).toBe(true);
  });

  it('that failed waits here for its next attempt, however long its backoff is up to a minute', async () => {
    const fails = firstTime(() => {
      throw new Error('not yet');
    });
    await ranHereTwice(await triedOnce(fails, { backoff: { type: 'fixed', delay: '4s' } }));
  });

  it('that failed and is tried again at once does not leave in between', async () => {
    const fails = firstTime(() => {
      throw new Error('not yet');
    });
    await ranHereTwice(await triedOnce(fails, { backoff: { type: 'fixed', delay: 0 } }));
  });

  it('that waits for its next attempt stays here when Redis is away for this process', async () => {
    const proxy = await bed.proxy(bed.cluster.redis);
    const options = { redis: `redis://${proxy.endpoint}`, commandDeadline: 500 };
    const app = await triedOnce(
      firstTime(() => new DqAgain('4s')),
      {},
      options,
    );
    await until(async () => (await bed.claims()).filter(({ value }) => value.startsWith('dq1:W:0:')).length === JOBS);
    await proxy.refuse();
    proxy.cut();
    const { tube } = app.runs.all[0]!;
    await app.producer(tube).delay('noticed', 0);
    // Nothing is reserved any more once a claim had no answer.
    await app.event('store-lost');
    const lostAt = performance.now();
    await until(() => performance.now() > lostAt + 1_500);
    await proxy.listen();
    await bed.drained();
    const ran = app.runs.all.map(({ data }) => data).filter((data) => data !== 'noticed') as number[];
    expect(ran.toSorted((one, other) => one - other)).toEqual(jobs.flatMap((job) => [job, job]));
    expect(go.copies.all.filter(({ fate, payload }) => fate === 'lock-taken' && payload !== '"noticed"')).toEqual([]);
  });

  it('that waits for longer than that is released, as a native one is', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, format: 'plain' }] });
    app.handle(tube, () => new DqAgain('70s')).start();
    await app.producer(tube).delay('later', 0);
    await until(async () => (await bed.copiesOnEach(tube)).every(({ delayed }) => delayed === 1));
    await bed.wipe();
  });

  it('takes no room from others while it waits', async () => {
    const many = Array.from({ length: 600 }, (_, at) => at);
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, format: 'plain' }] });
    app.handle(
      tube,
      firstTime(() => new DqAgain('8s')),
    );
    await app.producer(tube).delayMany(many.map((data) => ({ data, delay: 0 })));
    app.start();
    const begun = await app.runs.next(many.length, { timeout: 30_000 });
    expect(new Set(begun.map(({ data }) => data)).size).toBe(many.length);
    await app.runs.next(many.length, { timeout: 30_000 });
    await bed.drained();
  });
});
