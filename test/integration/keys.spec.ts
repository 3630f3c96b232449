// A call with a caller's own key: at most one job waits under it, and is replaced, kept, postponed or found by that name.
import { describe, expect, it } from '@jest/globals';
import { DqGiveUp } from '../../lib/core/consumer/outcome.js';
import { Gate } from '../support/gate.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

describe('a call with a key', () => {
  it('replaces what waits: it alone runs, at its own moment, and its handler is told the key', async () => {
    const { app, producer, tube } = bed.idle();
    const keys: unknown[] = [];
    const one = await producer.upsert('order-1', 'one', { delay: 500 });
    expect(one).toMatchObject({ outcome: 'scheduled', handle: expect.stringContaining(one.id) });
    expect(one.previous).toBeUndefined();
    const two = await producer.upsert('order-1', 'two', { delay: 1_000, attempts: 2 });
    expect(two).toMatchObject({ outcome: 'replaced', previous: { id: one.id, dueAt: one.dueAt, state: 'scheduled' } });
    expect(two.id).not.toBe(one.id);
    expect(await producer.find('order-1')).toEqual({
      id: two.id,
      handle: two.handle,
      dueAt: two.dueAt,
      state: 'scheduled',
      attempt: 0,
    });
    expect(await producer.status(one.handle)).toMatchObject({ state: 'revoked' });
    // Its copies have gone without being met.
    await until(async () => (await bed.copies(0, tube)).delayed <= 1);
    app.handle(tube, (_data, job) => void keys.push(job.key, JSON.parse(JSON.stringify(job)))).start();
    const [run] = await app.runs.next();
    expect(run).toMatchObject({ id: two.id, data: 'two', dueMs: +two.dueAt });
    expect(run!.atMs).toBeGreaterThanOrEqual(+two.dueAt);
    expect(await bed.ran(app)).toEqual(['two']);
    expect(keys).toEqual(['order-1', expect.objectContaining({ key: 'order-1' })]);
    await until(async () => (await producer.find('order-1')) === undefined);
    // The key is free, and nothing of it is left but claims that end.
    expect((await bed.claims()).filter(({ key }) => key.includes('@'))).toEqual([]);
    expect(await producer.upsert('order-1', 'three', { delay: '1h' })).toMatchObject({ outcome: 'scheduled' });
    expect(await producer.cancel('order-1')).toBe('cancelled');
  });

  it('that replaces has the other one deleted, for which the close waits', async () => {
    const { app, producer, tube } = bed.idle();
    await Promise.all(Array.from({ length: 20 }, (_, at) => producer.delay('old', '1h', { key: `k${at}` })));
    await Promise.all(Array.from({ length: 20 }, (_, at) => producer.delay('new', '1h', { key: `k${at}` })));
    await app.close();
    const each = await bed.copiesOnEach(tube);
    expect(each.map(({ delayed }) => delayed)).toEqual([20, 20, 20]);
    await bed.wipe();
  });

  it('has any name: keys are told apart by all of their characters', async () => {
    const { app, producer, tube } = bed.idle();
    const names = ['a', 'a b', '{x}', 'a|b,c', 'ü', '😀', '"', '\\', 'k'.repeat(200), 'a#', 'a@b', '__proto__'];
    for (const name of names) await producer.delay(name, 300, { key: name });
    app.handle(tube, (data, job) => expect(job.key).toBe(data)).start();
    await app.runs.next(names.length);
    expect(new Set(await bed.ran(app))).toEqual(new Set(names));
    expect(app.eventsOf('job-failed')).toEqual([]);
  });

  it('that differs in nothing but a later moment postpones: no node is written to', async () => {
    const { app, producer, tube } = bed.idle();
    const one = await producer.upsert('k', { id: 42 }, { delay: 400 });
    const later = await producer.upsert('k', { id: 42 }, { delay: 1_300 });
    expect(later).toMatchObject({ outcome: 'postponed', id: one.id, handle: one.handle });
    expect(+later.dueAt).toBeGreaterThan(+one.dueAt);
    const puts = await bed.raw(0, async (client) => (await client.statsTube(tube))?.['total-jobs']);
    expect(Number(puts ?? 0)).toBeLessThanOrEqual(1);
    expect(await producer.status(one.handle)).toEqual({ state: 'scheduled', dueAt: later.dueAt });
    app.handle(tube).start();
    const [run] = await app.runs.next();
    expect(run).toMatchObject({ id: one.id, dueMs: +later.dueAt, attempt: 1 });
    expect(run!.atMs).toBeGreaterThanOrEqual(+later.dueAt);
    expect(await bed.ran(app)).toHaveLength(1);
  });

  it('is the equal of one that differs only in what a layer adds, as traces do each time; that travels on when it is moved', async () => {
    const { app, producer, tube } = bed.idle();
    let traces = 0;
    app.runtime.use({ schedule: (_call, next) => next({ headers: { traceparent: `trace-${++traces}` } }) });
    const schedule = (delay: string, own: string) => producer.upsert('k', 'one', { delay, headers: { own } });
    const one = await schedule('1h', 'same');
    expect(await schedule('2h', 'same')).toMatchObject({ outcome: 'postponed', id: one.id });
    expect(await producer.reschedule('k', { delay: 300 })).toBe('rescheduled');
    const headers: unknown[] = [];
    app.handle(tube, (_data, job) => void headers.push(job.headers)).start();
    await app.runs.next();
    await bed.drained();
    expect(headers).toEqual([{ traceparent: 'trace-1', own: 'same' }]);
    // The control: what the caller says himself counts.
    await schedule('1h', 'one');
    expect(await schedule('2h', 'another')).toMatchObject({ outcome: 'replaced' });
    expect(await producer.cancel('k')).toBe('cancelled');
  });

  it("keeps what waits with 'keep', also while it runs, and refuses with 'error'", async () => {
    const { app, producer, tube } = bed.idle();
    const one = await producer.upsert('k', 'one', { delay: 600 });
    const kept = { outcome: 'kept', handle: one.handle, id: one.id, dueAt: one.dueAt };
    expect(await producer.upsert('k', 'two', { delay: 0, onConflict: 'keep' })).toEqual(kept);
    expect(await producer.delay('two', 0, { key: 'k', onConflict: 'keep' })).toBe(one.handle);
    const taken = { code: 'DQ_KEY_TAKEN', key: 'k', state: 'scheduled', dueAt: one.dueAt, handle: one.handle };
    await expect(producer.delay('two', 0, { key: 'k', onConflict: 'error' })).rejects.toMatchObject(taken);
    const gate = new Gate();
    app.handle(tube, () => gate.opened).start();
    await app.runs.next();
    expect(await producer.upsert('k', 'two', { delay: 0, onConflict: 'keep' })).toEqual(kept);
    await expect(producer.upsert('k', 'x', { delay: 0, onConflict: 'error' })).rejects.toMatchObject({
      ...taken,
      state: 'running',
    });
    expect(await producer.find('k')).toMatchObject({ id: one.id, state: 'running', attempt: 1 });
    gate.open();
    await until(async () => (await producer.find('k')) === undefined);
    expect(await producer.upsert('k', 'three', { delay: 0, onConflict: 'error' })).toMatchObject({
      outcome: 'scheduled',
    });
    await app.runs.next();
    expect(await bed.ran(app)).toEqual(['one', 'three']);
  });

  it("moves only with 'postpone', and schedules where nothing waits", async () => {
    const { producer } = bed.idle();
    const one = await producer.upsert('k', 'one', { delay: '1h', onConflict: 'postpone' });
    expect(one.outcome).toBe('scheduled');
    const two = await producer.upsert('k', 'two', { delay: '2h', onConflict: 'postpone' });
    expect(two).toMatchObject({ outcome: 'postponed', id: one.id });
    // Never to an earlier one.
    const three = await producer.upsert('k', 'three', { delay: '1h', onConflict: 'postpone' });
    expect(three).toMatchObject({ outcome: 'kept', id: one.id, dueAt: two.dueAt });
    expect(await producer.cancel('k')).toBe('cancelled');
  });

  it('beside a job that runs schedules anew, and the one that runs is not tried again', async () => {
    const { app, producer, tube } = bed.idle();
    const gate = new Gate();
    app
      .handle(
        tube,
        async (data) => {
          if (data !== 'one') return;
          await gate.opened;
          throw new Error('one fails');
        },
        { backoff: { type: 'fixed', delay: 0 } },
      )
      .start();
    const one = await producer.upsert('k', 'one', { delay: 0 });
    await app.runs.next();
    const two = await producer.upsert('k', 'two', { delay: 700 });
    expect(two).toMatchObject({ outcome: 'scheduled', previous: { id: one.id, state: 'running' } });
    gate.open();
    expect(await app.event('job-superseded')).toEqual({ type: 'job-superseded', tube, id: one.id, attempt: 1 });
    await app.runs.next();
    expect(await bed.ran(app)).toEqual(['one', 'two']);
    expect(await producer.status(one.handle)).toMatchObject({ state: 'revoked' });
  });

  it('is free when its job is a dead letter', async () => {
    const { app, producer, tube } = bed.idle();
    app.handle(tube, (data) => (data === 'bad' ? new DqGiveUp('no') : undefined)).start();
    await producer.delay('bad', 0, { key: 'k' });
    await app.event('job-dead');
    await until(async () => (await producer.find('k')) === undefined);
    expect(await producer.upsert('k', 'good', { delay: 0 })).toMatchObject({ outcome: 'scheduled' });
    await app.runs.next(2);
    await until(async () => (await app.runtime.inspector.dead(tube)).length > 0);
    for (const { id } of await app.runtime.inspector.dead(tube)) await app.runtime.inspector.delete(tube, id);
  });

  it('in bulk is told its outcome, and what is refused is among the failed', async () => {
    const { producer } = bed.idle();
    const { results } = await producer.delayMany(
      [
        { data: 1, delay: '1h', key: 'a' },
        { data: 2, delay: '1h', key: 'a' },
        { data: 3, delay: '1h', key: 'b', onConflict: 'keep' },
        { data: 4, delay: '1h' },
        { data: 5, delay: '1h', key: 'a', onConflict: 'error' },
      ],
      { inFlight: 1 },
    );
    expect(results).toMatchObject([
      { status: 'scheduled', outcome: 'scheduled' },
      { status: 'scheduled', outcome: 'replaced' },
      { status: 'scheduled', outcome: 'scheduled' },
      { status: 'scheduled' },
      { status: 'failed', error: { code: 'DQ_KEY_TAKEN' } },
    ]);
    expect(results[3]).not.toHaveProperty('outcome');
    const [first] = (await producer.atMany([{ data: 1, at: Date.now() + 9_000_000, key: 'b' }])).results;
    expect(first).toMatchObject({ outcome: 'replaced' });
    await Promise.all([producer.cancel('a'), producer.cancel('b')]);
    await producer.revoke((results[3] as { handle: string }).handle);
  });

  it('of many at once leaves one job, and every call is told which stands', async () => {
    const tube = bed.tube();
    const apps = [1, 2, 3].map(() => bed.app({ tubes: [tube] }));
    const calls = apps.flatMap((app, one) =>
      [1, 2, 3, 4].map((data) => app.producer(tube).upsert('k', `${one}-${data}`, { delay: 1_000 })),
    );
    const results = await Promise.all(calls);
    const standing = await apps[0]!.producer(tube).find('k');
    const winner = results.filter(({ id, outcome }) => id === standing?.id && outcome !== 'superseded');
    expect(winner).toHaveLength(1);
    const consumer = bed.handling(tube);
    await consumer.runs.next();
    await bed.drained();
    expect(consumer.runs.all.map(({ id }) => id)).toEqual([standing?.id]);
  });
});

describe('debounce', () => {
  it('puts a job off with each call, but not beyond maxWait from the first', async () => {
    const { app, producer, tube } = bed.idle();
    const first = Date.now();
    const debounce = { maxWait: 1_500 };
    const one = await producer.upsert('k', 'same', { delay: 1_000, debounce });
    let last = one;
    while (Date.now() - first < 1_000) {
      last = await producer.upsert('k', 'same', { delay: 1_000, debounce });
      expect(last.id).toBe(one.id);
    }
    expect(last.dueAt.getTime() - first).toBeGreaterThanOrEqual(1_450);
    expect(last.dueAt.getTime() - first).toBeLessThanOrEqual(1_600);
    app.handle(tube).start();
    const [run] = await app.runs.next();
    expect(run).toMatchObject({ id: one.id, dueMs: +last.dueAt });
    expect(await bed.ran(app)).toEqual(['same']);
  });

  it('carries the last payload where it differs', async () => {
    const { app, producer, tube } = bed.idle();
    for (const data of ['one', 'two', 'three']) await producer.delay(data, 500, { key: 'k', debounce: true });
    app.handle(tube).start();
    await app.runs.next();
    expect(await bed.ran(app)).toEqual(['three']);
  });
});
