// Stopping loses nothing, and leaves nothing.
import { describe, expect, it } from '@jest/globals';
import { DqClosedError } from '../../lib/core/errors/argument.errors.js';
import { DqShutdownError } from '../../lib/core/errors/run.errors.js';
import type { Work } from '../support/consumer-process.js';
import { Gate } from '../support/gate.js';
import { countResources, expectNoLeaks } from '../support/leaks.js';
import { testBed } from '../support/test-bed.js';
import { settles, until } from '../support/wait.js';

const bed = testBed();

/** Copies that some consumer has reserved, over all nodes. */
async function reserved(tube: string): Promise<number> {
  const counts = await bed.copiesOnEach(tube);
  return counts.reduce((sum, count) => sum + count.reserved, 0);
}

describe('close', () => {
  it('waits for running handlers, and their jobs are done', async () => {
    const tube = bed.tube();
    const gate = new Gate();
    const app = bed.handling(tube, () => gate.opened);
    await Promise.all([1, 2, 3].map((data) => app.producer(tube).delay(data, 0)));
    await app.runs.next(3);
    // A copy that no lane holds yet would stay on its node, for the next consumer to clear away.
    await until(async () => {
      const counts = await bed.copiesOnEach(tube);
      return counts.every(({ reserved, delayed }) => reserved + delayed === 3);
    });
    const closing = app.close();
    expect(await settles(closing, 300)).toBe(false);
    gate.open();
    await closing;
    await bed.drained();
    expect((await bed.claims()).map(({ value }) => value)).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/^dq1:D:1:/)),
    );
  });

  it('after the deadline fires the signal and gives the job back: it runs elsewhere at once, as the same attempt', async () => {
    const tube = bed.tube();
    const reasons: unknown[] = [];
    const first = bed.app({ tubes: [tube], shutdownDeadline: 300 });
    first.consume(tube, async (_data, job) => {
      await new Promise((resolve) => job.signal.addEventListener('abort', resolve));
      reasons.push(job.signal.reason);
    });
    const second = bed.app({ tubes: [tube] });
    await second.producer(tube).delay('x', 0);
    await first.runs.next();
    const closing = first.close();
    second.handle(tube).start();
    await closing;
    expect(reasons).toEqual([expect.any(DqShutdownError)]);
    expect(first.eventsOf('stop-deadline')).toEqual([{ type: 'stop-deadline', tube, running: 1 }]);
    // Well before the lease of 30 s would have been over, or the attempt counted.
    const [run] = await second.runs.next(1, { timeout: 10_000 });
    expect(run!.attempt).toBe(1);
    await bed.drained();
    expect(second.runs.all).toHaveLength(1);
  });

  it('gives back at once what it holds and has not started, early or due', async () => {
    const tube = bed.tube();
    const gate = new Gate();
    const app = bed.app({ tubes: [tube] });
    const dueMs = Date.now() + 3_900;
    await Promise.all(Array.from({ length: 50 }, (_, at) => app.producer(tube).at(at, dueMs)));
    await Promise.all(Array.from({ length: 5 }, (_, at) => app.producer(tube).delay(`due ${at}`, 0)));
    app.handle(tube, () => gate.opened, { concurrency: 10 }).start();
    await until(async () => (await reserved(tube)) >= 100);
    const closing = app.close();
    // Only the copies of those that run stay out.
    await until(async () => (await reserved(tube)) <= 15);
    expect(app.runs.all).toHaveLength(5);
    gate.open();
    await closing;
    expect(await reserved(tube)).toBe(0);

    const other = bed.handling(tube);
    await other.runs.next(50);
    await bed.drained();
    expect(other.runs.all).toHaveLength(50);
    expect(other.runs.all.every((run) => run.atMs >= run.dueMs && run.attempt === 1)).toBe(true);
  });

  it('settles what producers have under way, then refuses', async () => {
    const { app, producer } = bed.idle();
    const writes = Array.from({ length: 100 }, (_, at) => producer.delay(at, '1m'));
    const closing = app.close();
    expect((await Promise.allSettled(writes)).every(({ status }) => status === 'fulfilled')).toBe(true);
    await closing;
    await expect(producer.delay('late', 0)).rejects.toThrow(DqClosedError);
    await expect(producer.revoke('a:1/b/1,c')).rejects.toThrow(DqClosedError);
    await bed.wipe();
  });

  it('leaves no socket and no timer, however often, whatever was going on', async () => {
    const before = countResources();
    for (let round = 0; round < 10; round++) {
      const tube = bed.tube();
      const app = bed
        .app({ tubes: [tube, `${tube}-b`] })
        .handle(tube)
        .handle(`${tube}-b`);
      app.start();
      if (round % 3 > 0) await app.producer(tube).delay(round, 0);
      if (round % 3 > 1) await app.runs.next();
      await app.close();
      await app.close();
      await expectNoLeaks(before);
    }
    await bed.wipe();
  });

  it('says which results Redis was never told, and their jobs run again', async () => {
    const tube = bed.tube();
    const gate = new Gate();
    const own = { lease: '2s' };
    const app = bed.app({ tubes: [tube], commandDeadline: 500 }).consume(tube, () => gate.opened, own);
    await app.producer(tube).delay('x', 0);
    await app.runs.next();
    await bed.cluster.redis.kill();
    gate.open();
    await app.event('store-lost');
    await app.close();
    expect(app.eventsOf('results-untold')).toEqual([{ type: 'results-untold', tube, count: 1 }]);
    await bed.cluster.redis.restart();
    const other = bed.handling(tube, () => undefined, own);
    expect((await other.runs.next(1, { timeout: 20_000 }))[0]).toMatchObject({ attempt: 2 });
    await bed.drained();
  });

  it('does not wait for a node that hangs, nor for Redis', async () => {
    const before = countResources();
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], commandDeadline: 1_000 }).consume(tube);
    await app.producer(tube).delay('x', 0);
    await app.runs.next();
    await bed.drained();
    await bed.cluster.node(0).pause();
    await bed.cluster.redis.kill();
    await app.event('store-lost');
    await app.close();
    bed.cluster.node(0).resume();
    await expectNoLeaks(before);
  });
});

describe('a process that closes', () => {
  it('ends by itself', async () => {
    const tube = bed.tube();
    const consumer = await bed.consumer([tube]);
    const app = bed.app({ tubes: [tube] });
    await app.producer<Work>(tube).delay({ name: 'job' }, 0);
    await consumer.begins('job');
    consumer.close();
    expect(await consumer.ended).toEqual({ code: 0, signal: null });
    await bed.drained();
  });

  it('ends by itself although a handler never does, and its job goes on elsewhere', async () => {
    const tube = bed.tube();
    const consumer = await bed.consumer([tube], {}, { shutdownDeadline: 200 });
    const app = bed.app({ tubes: [tube] });
    await app.producer<Work>(tube).delay({ name: 'stuck', act: 'wait' }, 0);
    await consumer.begins('stuck');
    consumer.close();
    expect(await consumer.ended).toEqual({ code: 0, signal: null });
    expect(consumer.messages).toContainEqual(expect.objectContaining({ type: 'aborted', reason: 'DqShutdownError' }));
    app.handle(tube).start();
    expect((await app.runs.next())[0]).toMatchObject({ attempt: 1 });
    await bed.drained();
  });
});
