// Stopping loses nothing, on a tube that Go consumers read too: what is given back leaves no lock behind that keeps them from running it.
import { describe, expect, it } from '@jest/globals';
import type { DqRunOptions } from '../../lib/core/options/dq-options.js';
import type { App } from '../support/app.js';
import { Gate } from '../support/gate.js';
import type { GoConsumer } from '../support/go-consumer.js';
import type { TcpProxy } from '../support/tcp-proxy.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const JOBS = 20;
const jobs = Array.from({ length: JOBS }, (_, at) => at);
const all = jobs.map(String);

const bed = testBed();

/** Each job has run there once, and no copy is left. */
async function ranThere(go: GoConsumer): Promise<void> {
  await bed.drained();
  expect(go.runs.map(({ payload }) => payload).toSorted()).toEqual(all.toSorted());
}

interface Granted {
  readonly app: App;
  readonly tube: string;
  readonly proxy: TcpProxy;
}

/** An application for which Redis has granted every job, and which has not heard of it. */
async function grantedUnheard(own: DqRunOptions = {}): Promise<Granted> {
  const tube = bed.tube();
  const proxy = await bed.proxy(bed.cluster.redis);
  const tubes = [{ name: tube, format: 'plain' as const }];
  const app = bed.app({ tubes, redis: `redis://${proxy.endpoint}` });
  app.handle(tube, () => undefined, { concurrency: JOBS, ...own }).start();
  await app.producer(tube).delay('warm', 0);
  await bed.drained();
  // They come up together, so one command claims them all: two are under way at most.
  const dueMs = Date.now() + 1_500;
  await Promise.all(jobs.map((job) => app.producer(tube).at(job, dueMs)));
  proxy.partition('toClient');
  await until(async () => (await bed.claims()).filter(({ value }) => value.startsWith('dq1:R:1:')).length === JOBS);
  return { app, tube, proxy };
}

/** Lets the application lose Redis, with what was on its way. */
async function loseRedis({ app, proxy }: Granted): Promise<void> {
  await proxy.refuse();
  proxy.cut();
  await app.event('store-lost');
}

async function giveRedisBack({ proxy }: Granted): Promise<void> {
  proxy.pass();
  await proxy.listen();
}

describe('a plain tube that a Go consumer reads too, when the application closes', () => {
  it('with handlers that outlast the shutdown deadline: each job runs there, once', async () => {
    const tube = bed.tube();
    const work = new Gate();
    const app = bed.app({ tubes: [{ name: tube, format: 'plain' }], shutdownDeadline: 100 });
    app.handle(tube, () => work.opened, { concurrency: JOBS }).start();
    await Promise.all(jobs.map((job) => app.producer(tube).delay(job, 0)));
    await app.runs.next(JOBS);
    const go = await bed.goConsumer(tube);
    await app.close();
    work.open();
    await ranThere(go);
  });

  it('with jobs that were granted and had not begun: each runs there, once', async () => {
    const granted = await grantedUnheard();
    const go = await bed.goConsumer(granted.tube);
    const closing = granted.app.close();
    granted.proxy.pass();
    await closing;
    await ranThere(go);
    expect(granted.app.runs.all.map(({ data }) => data)).toEqual(['warm']);
  });

  it('and Redis fails before it tells what was granted: each runs there once it is back', async () => {
    const granted = await grantedUnheard();
    const go = await bed.goConsumer(granted.tube);
    await loseRedis(granted);
    const closing = granted.app.close();
    await giveRedisBack(granted);
    await closing;
    await ranThere(go);
  });

  it('and Redis fails when jobs are given back: each runs there once it is back', async () => {
    const tube = bed.tube();
    const work = new Gate();
    const proxy = await bed.proxy(bed.cluster.redis);
    const app = bed.app({
      tubes: [{ name: tube, format: 'plain' }],
      redis: `redis://${proxy.endpoint}`,
      commandDeadline: 500,
      shutdownDeadline: 100,
    });
    app.handle(tube, () => work.opened, { concurrency: JOBS }).start();
    await Promise.all(jobs.map((job) => app.producer(tube).delay(job, 0)));
    await app.runs.next(JOBS);
    const go = await bed.goConsumer(tube);
    await proxy.refuse();
    // What is given back does not get through before the connection ends.
    proxy.partition();
    const closing = app.close();
    await app.event('stop-deadline');
    proxy.cut();
    await app.event('store-lost');
    proxy.pass();
    await proxy.listen();
    await closing;
    work.open();
    await ranThere(go);
  });
});

describe('a plain tube that a Go consumer reads too, when Redis is away for the application alone', () => {
  it('for longer than the lease of jobs that may be its own: it keeps them, and runs each once', async () => {
    const leaseMs = 1_000;
    const granted = await grantedUnheard({ lease: leaseMs });
    const go = await bed.goConsumer(granted.tube);
    await loseRedis(granted);
    const lostAt = performance.now();
    await until(() => performance.now() > lostAt + 2 * leaseMs);
    await giveRedisBack(granted);
    await bed.drained();
    expect(granted.app.runs.all.map(({ data }) => String(data)).toSorted()).toEqual([...all, 'warm'].toSorted());
    expect(go.runs).toEqual([]);
  });
});
