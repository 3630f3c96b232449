// What pausing a tube means around everything else that jobs do, on real servers and embedded.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DqAgain } from '../../lib/core/consumer/outcome.js';
import { describeFile } from '../support/describe-file.js';
import { EmbeddedApp, QueueFolder } from '../support/embedded-app.js';
import { testBed } from '../support/test-bed.js';
import { standStill, until } from '../support/wait.js';

const bed = testBed();
/** In which something would have started. */
const LONG_MS = 2_000;

describe('a tube that is paused', () => {
  it('before its first job runs nothing, says so at the start of a consumer, and runs all once it is resumed', async () => {
    const tube = bed.tube();
    const { runtime } = bed.app({ tubes: [tube] });
    await runtime.inspector.pause(tube, { reason: 'migration' });
    const app = bed.handling(tube);
    const told = await app.event('tube-paused');
    expect(told).toEqual({ type: 'tube-paused', tube, reason: 'migration', until: undefined });
    await app.producer(tube).delay('x', 0);
    await sleep(LONG_MS);
    expect(app.runs.all).toEqual([]);
    expect(app.runtime.health.check()).toMatchObject({ alive: true, ready: true, tubes: [{ tube, paused: true }] });
    expect(await runtime.inspector.resume(tube)).toBe(true);
    await app.runs.next(1);
    await app.event('tube-resumed');
    await bed.drained();
  });

  it('goes on by itself when its time is over', async () => {
    const { app, tube } = bed.running();
    await app.runtime.inspector.pause(tube, { for: 2_500 });
    const from = Date.now();
    await app.producer(tube).delay('x', 0);
    const [run] = await app.runs.next(1);
    // It was paused a second before that was known.
    expect(run!.atMs - from).toBeGreaterThan(1_300);
    await bed.drained();
    expect(await app.runtime.inspector.paused()).toEqual([]);
  });

  it('tries no job again until it is resumed', async () => {
    const { app, tube } = bed.running(
      (_, { attempt }) => {
        if (attempt < 3) throw new Error('not yet');
      },
      { backoff: { type: 'fixed', delay: 700 } },
    );
    await app.producer(tube).delay('x', 0);
    await app.runs.next(1);
    await app.runtime.inspector.pause(tube);
    const { length } = app.runs.all;
    await sleep(LONG_MS);
    expect(app.runs.all).toHaveLength(length);
    await app.runtime.inspector.resume(tube);
    await until(() => app.runs.all.length === 3);
    await bed.drained();
  });

  it('lets what comes too late expire when it is resumed', async () => {
    const { app, tube } = bed.running();
    await app.runtime.inspector.pause(tube);
    await app.producer(tube).delay('x', 0, { expires: { after: 500, action: 'skip' } });
    await sleep(1_000);
    expect(app.eventsOf('job-skipped')).toEqual([]);
    await app.runtime.inspector.resume(tube);
    await app.event('job-skipped');
    await bed.drained();
    expect(app.runs.all).toEqual([]);
  });

  it('makes dead letters that may have run of what waited longer than the retention, which run when they are retried as such', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], retention: '3s' }).consume(tube);
    const { inspector } = app.runtime;
    await inspector.pause(tube);
    await app.producer(tube).delay('late', 0);
    await sleep(4_000);
    await app.producer(tube).delay('in time', 0);
    await inspector.resume(tube);
    await app.event('copy-buried');
    await app.runs.next(1);
    expect(app.runs.all.map(({ data }) => data)).toEqual(['in time']);
    await until(async () => (await inspector.counts(tube)).every(({ dead }) => dead === 1));
    expect(await inspector.dead(tube)).toMatchObject([{ data: 'late', mayHaveRun: true }]);
    expect(await inspector.retryAll(tube)).toBe(0);
    expect(await inspector.retryAll(tube, { mayHaveRun: true })).toBe(1);
    await until(() => app.runs.all.length === 2);
    await bed.drained();
  });

  it('by a handler that met a limit, puts its job off and the others with it', async () => {
    const tube = bed.tube();
    let limited = true;
    const app = bed.handling(
      tube,
      async () => {
        if (!limited) return undefined;
        limited = false;
        await app.runtime.inspector.pause(tube, { for: '2s', reason: '429' });
        return new DqAgain('2s');
      },
      { concurrency: 1 },
    );
    await Promise.all(['a', 'b', 'c'].map((name) => app.producer(tube).delay(name, 0)));
    const [first] = await app.runs.next(1);
    await until(() => app.runs.all.length === 4);
    expect(app.runs.all.slice(1).every(({ atMs }) => atMs - first!.atMs >= 2_000)).toBe(true);
    expect(new Set(app.runs.all.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    await bed.drained();
  });

  it('is left by a consumer that stops with nothing reserved', async () => {
    const { app, tube } = bed.running();
    const { runtime } = bed.app({ tubes: [tube] });
    await runtime.inspector.pause(tube);
    await Promise.all(Array.from({ length: 50 }, (_, at) => app.producer(tube).delay(at, 0)));
    await app.event('tube-paused');
    await app.close();
    const copies = await bed.copiesOnEach(tube);
    expect(copies.map(({ ready, reserved }) => [ready, reserved])).toEqual([
      [50, 0],
      [50, 0],
      [50, 0],
    ]);
    await runtime.inspector.resume(tube);
    const other = bed.handling(tube);
    await other.runs.next(50);
    await bed.drained();
  });

  it('stays paused while a node dies and comes back', async () => {
    const { app, tube } = bed.running();
    await app.runtime.inspector.pause(tube);
    await Promise.all(Array.from({ length: 30 }, (_, at) => app.producer(tube).delay(at, 0)));
    await bed.cluster.node(0).kill();
    await sleep(LONG_MS);
    await bed.cluster.node(0).restart();
    await app.event('node-back');
    expect(app.runs.all).toEqual([]);
    await app.runtime.inspector.resume(tube);
    await app.runs.next(30);
    await bed.drained();
    expect(app.runs.all).toHaveLength(30);
  });
});

describe('while Redis is away', () => {
  it('a pause and a resume are refused, and change nothing', async () => {
    const [tube, other] = [bed.tube(), bed.tube()];
    const app = bed.app({ tubes: [tube, other], commandDeadline: 500 });
    const { inspector } = app.runtime;
    await inspector.pause(tube);
    await bed.cluster.redis.kill();
    await expect(inspector.resume(tube)).rejects.toMatchObject({ code: 'DQ_CLAIM_STORE' });
    await expect(inspector.pause(other)).rejects.toMatchObject({ code: 'DQ_CLAIM_STORE' });
    await bed.cluster.redis.restart();
    await until(() => inspector.paused().catch(() => undefined));
    expect((await inspector.paused()).map((pause) => pause.tube)).toEqual([tube]);
    await inspector.resume(tube);
  });

  it('a paused tube stays paused when Redis comes back with its log', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], commandDeadline: 500 }).consume(tube);
    await app.runtime.inspector.pause(tube);
    await app.producer(tube).delay('x', 0);
    await app.event('tube-paused');
    await bed.cluster.redis.kill();
    await app.event('store-lost');
    await bed.cluster.redis.restart();
    await app.event('store-back');
    await sleep(LONG_MS);
    expect([app.runs.all, app.eventsOf('tube-resumed')]).toEqual([[], []]);
    await until(() => app.runtime.inspector.resume(tube).catch(() => undefined));
    await app.runs.next(1);
    await bed.drained();
  });
});

describe('an attempt', () => {
  it('does not begin by a grant from before the pause whose answer came late, and is not counted', async () => {
    const tube = bed.tube();
    const proxy = await bed.proxy(bed.cluster.redis);
    const redis = `redis://127.0.0.1:${proxy.port}`;
    const app = bed.app({ tubes: [tube], redis, commandDeadline: 8_000 }).consume(tube);
    const { inspector } = bed.app({ tubes: [tube] }).runtime;
    await app.producer(tube).delay('warm', 0);
    await app.runs.next(1);
    await bed.drained();
    proxy.partition('toClient');
    await app.producer(tube).delay('x', 0);
    await until(async () => (await bed.claims()).some(({ value }) => value.startsWith('dq1:R:')));
    await inspector.pause(tube);
    proxy.pass();
    await app.event('tube-paused');
    await until(async () => (await bed.claims()).every(({ value }) => !value.startsWith('dq1:R:')));
    expect(app.runs.all).toHaveLength(1);
    await inspector.resume(tube);
    await until(() => app.runs.all.length === 2);
    expect(app.runs.all[1]!.attempt).toBe(1);
    await bed.drained();
  }, 60_000);
});

describe('jobs go on', () => {
  it('of two tubes whose handlers hold the event loop for longer than a grant is good', async () => {
    const tubes = [bed.tube(), bed.tube()] as const;
    const app = bed.app({ tubes });
    for (const tube of tubes) app.handle(tube, () => standStill(1_200), { concurrency: 3 });
    for (const tube of tubes) await Promise.all(Array.from({ length: 4 }, (_, at) => app.producer(tube).delay(at, 0)));
    app.start();
    await until(() => app.runs.all.length === 8, { timeout: 60_000 });
    await bed.drained();
    expect(new Set(app.runs.all.map(({ id }) => id)).size).toBe(8);
    expect(app.runs.all.every(({ attempt }) => attempt === 1)).toBe(true);
  }, 90_000);

  it('where Redis takes longer than a grant is good for each answer', async () => {
    const tube = bed.tube();
    const proxy = await bed.proxy(bed.cluster.redis);
    const app = bed
      .app({ tubes: [tube], redis: `redis://127.0.0.1:${proxy.port}`, commandDeadline: 8_000 })
      .consume(tube);
    await app.producer(tube).delay('warm', 0);
    await app.runs.next(1);
    proxy.delay(700);
    await Promise.all(['a', 'b', 'c'].map((name) => app.producer(tube).delay(name, 0)));
    await until(() => app.runs.all.length === 4, { timeout: 40_000 });
    proxy.pass();
    await bed.drained();
    expect(app.runs.all.every(({ attempt }) => attempt === 1)).toBe(true);
  }, 90_000);
});

describe('embedded', () => {
  const apps: EmbeddedApp[] = [];
  let folder: QueueFolder;
  beforeEach(() => {
    folder = new QueueFolder();
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map(({ runtime }) => runtime.close()));
    folder.remove();
  });

  function opened(...options: ConstructorParameters<typeof EmbeddedApp>): EmbeddedApp {
    const app = new EmbeddedApp(...options);
    apps.push(app);
    return app;
  }

  it('a tube is paused and resumed in memory', async () => {
    const app = opened().start();
    await app.runtime.inspector.pause('work');
    await app.producer.delay('x', 0);
    await sleep(LONG_MS);
    expect(app.runs.all).toEqual([]);
    await app.runtime.inspector.resume('work');
    await app.runs.next(1);
  });

  describeFile('with a file', () => {
    it('a pause outlives the process', async () => {
      const embedded = { file: folder.file };
      const before = opened({ embedded }).start();
      await before.runtime.inspector.pause('work', { reason: 'kept' });
      await before.producer.delay('x', 0);
      await before.runtime.close();
      const after = opened({ embedded }).start();
      await sleep(LONG_MS);
      expect(after.runs.all).toEqual([]);
      expect(after.eventsOf('tube-paused').map(({ reason }) => reason)).toEqual(['kept']);
      await after.runtime.inspector.resume('work');
      await after.runs.next(1);
    });
  });
});
