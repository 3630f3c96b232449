// Whether a process does its work: a lane or a claim loop that stands still, and servers that are away.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { replace } from '../../harness/replace.js';
import type { NodeConnection } from '../../lib/core/cluster/node-connection.js';
import { DqAgain } from '../../lib/core/consumer/outcome.js';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { type Backend, DqRuntime } from '../../lib/core/runtime.js';
import { embeddedBackend } from '../../lib/embedded/embedded-backend.js';
import { ManualClock } from '../support/manual-clock.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

describe('a process whose consumer stands still', () => {
  const clock = new ManualClock();
  let broken = false;

  function open(change: (backend: Backend) => Backend): DqRuntime {
    broken = false;
    const runtime = new DqRuntime(resolveOptions({ embedded: true, tubes: ['work'] }), {
      clock,
      backend: (options, ...rest) => change(embeddedBackend(options, ...rest)),
    });
    runtime.handle('work', () => undefined);
    runtime.start();
    return runtime;
  }

  /** A second after the other, asked each time, as a probe does. */
  async function seconds(runtime: DqRuntime, count: number): Promise<boolean[]> {
    const alive: boolean[] = [];
    for (let at = 0; at < count; at++) {
      alive.push(runtime.health.check().alive);
      await clock.advance(1_000);
    }
    return alive;
  }

  const losingReserves = (backend: Backend): Backend => ({
    ...backend,
    dialers: backend.dialers.map((dialer) =>
      replace(dialer, {
        dial: (owner: Parameters<typeof dialer.dial>[0]): NodeConnection => {
          const connection = dialer.dial(owner);
          const reserve: NodeConnection['reserve'] = (wait, onReply) => {
            if (!broken) connection.reserve(Math.min(wait, 1), onReply);
          };
          return replace(connection, { reserve, idleReserveSeconds: undefined });
        },
      }),
    ),
  });

  it('is alive while its lanes are answered, and not within 12 s of their end', async () => {
    const runtime = open(losingReserves);
    expect(await seconds(runtime, 40)).not.toContain(false);
    broken = true;
    const alive = await seconds(runtime, 13);
    expect(alive.slice(0, 9)).not.toContain(false);
    expect(alive.at(-1)).toBe(false);
    const { alive: _, ready, reasons } = runtime.health.check();
    expect({ ready, reasons }).toEqual({
      ready: true,
      reasons: [expect.stringMatching(/^tube "work" takes no jobs from node /)],
    });
    await runtime.close();
    expect(clock.timers).toBe(0);
  });

  it('is not taken for one after the whole process stood still', async () => {
    const runtime = open(losingReserves);
    await seconds(runtime, 3);
    clock.standStill(60_000);
    expect(runtime.health.check().alive).toBe(true);
    expect(await seconds(runtime, 20)).not.toContain(false);
    await runtime.close();
  });
});

describe('a process whose servers are away', () => {
  const bed = testBed();

  it('is alive and ready by quorum with a hung node, and answers without asking anybody', async () => {
    const { app, tube } = bed.running();
    await until(() => app.runtime.health.check().ready);
    await bed.cluster.node(0).pause();
    const report = await until(() => {
      const now = app.runtime.health.check();
      return now.nodes.some(({ up }) => !up) ? now : undefined;
    });
    expect(report).toMatchObject({ alive: true, ready: true, reasons: [], store: { up: true } });
    expect(report.tubes).toEqual([expect.objectContaining({ tube, waiting: 0, running: 0, concurrency: 10, held: 0 })]);
  });

  it('is not ready without a quorum, and stays alive', async () => {
    const app = bed.handling(bed.tube());
    await until(() => app.runtime.health.check().ready);
    await Promise.all([0, 1].map((node) => bed.cluster.node(node).kill()));
    const report = await until(() => {
      const now = app.runtime.health.check();
      return now.ready ? undefined : now;
    });
    expect(report).toMatchObject({ alive: true, reasons: ['1 of 3 node(s) can be reached, 2 are needed'] });
    await bed.heal();
    await until(() => app.runtime.health.check().ready);
  });

  it('is not ready without Redis, and stays alive', async () => {
    const app = bed.handling(bed.tube());
    await until(() => app.runtime.health.check().ready);
    await bed.cluster.redis.kill();
    const report = await until(() => {
      const now = app.runtime.health.check();
      return now.ready ? undefined : now;
    });
    expect(report).toMatchObject({ alive: true, store: { up: false }, reasons: ['the claim store cannot be reached'] });
    await bed.heal();
    await until(() => app.runtime.health.check().ready);
  });

  it('is not ready while a job has been due for longer than it may, and nobody has taken it', async () => {
    const { app, tube } = bed.running(() => gate, { concurrency: 1 });
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const producer = app.producer(tube);
    for (let job = 0; job < 5; job++) await producer.delay(job, 0);
    await app.runs.next();
    const late = await until(() => {
      const now = app.runtime.health.check({ overdue: '1s' });
      return now.ready ? undefined : now;
    });
    expect(late).toMatchObject({
      alive: true,
      reasons: [expect.stringMatching(/^the oldest job of tube .* has been due for \d+ ms$/)],
    });
    expect(app.runtime.health.check().ready).toBe(true);
    release();
    await app.runs.next(4);
    // Spares are still to be deleted: the end of a test closes the application.
    await bed.drained();
  });

  it('is ready while jobs wait for another attempt, or were put off', async () => {
    const { app, tube } = bed.running(
      (data) => {
        if (data === 'again') return new DqAgain('1h');
        throw new Error('told to fail');
      },
      { backoff: { type: 'fixed', delay: '1h' } },
    );
    const handles = [await app.producer(tube).delay('again', 0), await app.producer(tube).delay('fail', 0)];
    await app.runs.next(2);
    await until(async () =>
      (await bed.copiesOnEach(tube)).every(({ delayed, reserved, ready }) => delayed === 2 && reserved + ready === 0),
    );
    const health = app.runtime.health;
    const looks: boolean[] = [];
    for (const until = Date.now() + 4_000; Date.now() < until; await sleep(500))
      looks.push(health.check({ overdue: 1 }).ready);
    expect(looks).not.toContain(false);
    for (const handle of handles) await app.producer(tube).revoke(handle);
  });

  it('refuses an overdue time that is none', () => {
    const app = bed.handling(bed.tube());
    expect(() => app.runtime.health.check({ overdue: 'soon' })).toThrow(
      expect.objectContaining({ code: 'DQ_OPTIONS' }),
    );
  });
});
