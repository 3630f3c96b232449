// An id of the caller's own names one job: repeating a call is safe, and never costs a job that was acknowledged.
import { describe, expect, it } from '@jest/globals';
import { DqDuplicateIdError } from '../../lib/core/errors/argument.errors.js';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import { DqQuorumError } from '../../lib/core/errors/quorum.error.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

const pauseTwo = async (): Promise<void> => {
  await Promise.all([bed.cluster.node(0).pause(), bed.cluster.node(1).pause()]);
};

const resumeTwo = (): void => {
  bed.cluster.node(0).resume();
  bed.cluster.node(1).resume();
};

describe('own id', () => {
  it('is told as a duplicate when it is scheduled again, whoever asks, and runs once', async () => {
    const tube = bed.tube();
    const [one, two] = [bed.app({ tubes: [tube] }), bed.app({ tubes: [tube] })];
    const dueMs = Date.now() + 3_000;
    await one.producer(tube).at('x', dueMs, { id: 'order-1' });
    const error = await two
      .producer(tube)
      .delay('x', '1m', { id: 'order-1' })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DqDuplicateIdError);
    expect(error).toMatchObject({ code: 'DQ_DUPLICATE_ID', id: 'order-1', state: 'scheduled', dueAt: new Date(dueMs) });
    one.consume(tube);
    await one.runs.next();
    await bed.drained();
    expect(one.runs.all).toHaveLength(1);
    await expect(two.producer(tube).delay('x', 0, { id: 'order-1' })).rejects.toMatchObject({ state: 'done' });
  });

  it('of many calls at once lets one through', async () => {
    const tube = bed.tube();
    const apps = [1, 2, 3].map(() => bed.handling(tube));
    const calls = apps.flatMap((app) =>
      [1, 2, 3, 4].map((data) => app.producer(tube).delay(data, 200, { id: 'same' })),
    );
    const results = await Promise.allSettled(calls);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await until(() => apps.some((app) => app.runs.all.length > 0));
    await bed.drained();
    expect(apps.flatMap((app) => app.runs.all)).toHaveLength(1);
  });

  it('is free again after a write that failed: the copies of that write do not run, those of the next do', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], commandDeadline: 500 }).consume(tube);
    const producer = app.producer(tube);
    await producer.delay('warm', 0);
    await app.runs.next();
    await pauseTwo();
    await expect(producer.delay('first', '3s', { id: 'order-1' })).rejects.toThrow(DqQuorumError);
    resumeTwo();
    const handle = await until(() => producer.delay('second', '2s', { id: 'order-1' }).catch(() => undefined));
    expect(handle).toMatch(/,order-1$/);
    expect((await app.runs.next())[0]).toMatchObject({ id: 'order-1', data: 'second' });
    expect(await bed.ran(app)).toEqual(['warm', 'second']);
  });

  it('that was acknowledged is not harmed by a second call that meets too few nodes', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], commandDeadline: 500 }).consume(tube);
    const producer = app.producer(tube);
    await producer.delay('first', 3_000, { id: 'order-1' });
    await pauseTwo();
    await expect(producer.delay('second', 3_000, { id: 'order-1' })).rejects.toThrow();
    resumeTwo();
    expect((await app.runs.next())[0]).toMatchObject({ id: 'order-1', data: 'first' });
    await bed.drained();
    expect(app.runs.all).toHaveLength(1);
  });

  it('is revoked by its handle, with its nodes there and with them away, and stays taken', async () => {
    const { app, producer, tube } = bed.idle({ commandDeadline: 500 });
    const here = await producer.delay('here', 1_500, { id: 'here' });
    const away = await producer.delay('away', 1_500, { id: 'away' });
    expect(await producer.revoke(here)).toBe('revoked');
    await Promise.all(bed.cluster.nodes.map((node) => node.kill()));
    expect(await producer.revoke(away)).toBe('revoked');
    await bed.heal();
    await expect(producer.delay('again', 0, { id: 'here' })).rejects.toMatchObject({ state: 'revoked' });
    app.handle(tube).start();
    await bed.drained();
    expect(app.runs.all).toEqual([]);
    await until(async () => (await bed.claims()).every(({ ttl }) => ttl > 0));
  });

  it('needs Redis: without it nothing is written, within the deadline', async () => {
    const { app, tube } = bed.idle({ commandDeadline: 500 });
    await bed.cluster.redis.kill();
    await expect(app.producer(tube).delay('x', 0, { id: 'order-1' })).rejects.toThrow(DqClaimStoreError);
    expect((await bed.copies(0, tube)).ready).toBe(0);
    // The control: a job without an id of its own is taken.
    await app.producer(tube).delay('x', 0);
    await bed.cluster.redis.restart();
    app.handle(tube).start();
    await app.runs.next();
    await bed.drained();
  });
});
