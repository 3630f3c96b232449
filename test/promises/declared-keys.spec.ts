// A Redis Cluster moves a slot while jobs are scheduled and run. Redis goes by the keys that a command declares: what is not among them would
// be looked for, and written, on the wrong master.
import { describe, expect, it } from '@jest/globals';
import { DqDuplicateIdError } from '../../lib/core/errors/argument.errors.js';
import { DqAgain } from '../../lib/core/consumer/outcome.js';
import { slotBed } from '../support/slot-bed.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const slots = slotBed();
// Its own hooks look for what is left open: they come after those above.
const bed = testBed();

describe('while a Redis Cluster moves the slot of a tube', () => {
  it('an own id is refused, also when it was taken before the move began, and the move goes on to its end', async () => {
    const { producer, tube } = bed.idle({ redis: slots.source });
    await producer.delay('first', '1h', { id: 'before' });
    const move = await slots.beginMove(tube);
    await expect(producer.delay('second', '1h', { id: 'before' })).rejects.toThrow(DqDuplicateIdError);
    await producer.delay('first', '1h', { id: 'during' });
    await expect(producer.delay('second', '1h', { id: 'during' })).rejects.toMatchObject({ state: 'scheduled' });
    expect(await move.keys()).toEqual({ from: [`dq:{${tube}}:before#`], to: [`dq:{${tube}}:during#`] });
    // A key that stood on both masters could not be moved.
    await move.finish();
    for (const id of ['before', 'during'])
      await expect(producer.delay('third', '1h', { id })).rejects.toMatchObject({ state: 'scheduled' });
    await bed.wipe();
  });

  it('own ids of many calls at once are told apart', async () => {
    const { producer, tube } = bed.idle({ redis: slots.source });
    const ids = Array.from({ length: 12 }, (_, at) => `order-${at}`);
    const ask = () => Promise.allSettled(ids.map((id) => producer.delay('x', '1h', { id })));
    await Promise.all(ids.slice(0, 6).map((id) => producer.delay('x', '1h', { id })));
    const move = await slots.beginMove(tube);
    await move.moveKeys((key) => /order-[024]#$/.test(key));
    const results = await ask();
    expect(results.map(({ status }) => status)).toEqual(ids.map((_, at) => (at < 6 ? 'rejected' : 'fulfilled')));
    const again = await ask();
    for (const result of again)
      expect(result).toMatchObject({ reason: { code: 'DQ_DUPLICATE_ID', state: 'scheduled' } });
    await move.finish();
    await bed.wipe();
  });

  it('jobs run once, are retried and revoked, with ids of their own and without', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], redis: slots.source }).consume(
      tube,
      (_, { attempt }) => {
        if (attempt === 1) throw new Error('not yet');
      },
      { backoff: { type: 'fixed', delay: 50 } },
    );
    const producer = app.producer(tube);
    const schedule = (from: string) =>
      Promise.all(
        Array.from({ length: 8 }, (_, at) =>
          producer.delay(`${from} ${at}`, 500, at % 2 === 0 ? { id: `${from}-${at}` } : {}),
        ),
      );
    await schedule('before');
    const move = await slots.beginMove(tube);
    const handles = await schedule('during');
    expect(await Promise.all(handles.slice(0, 2).map((handle) => producer.revoke(handle)))).toEqual([
      'revoked',
      'revoked',
    ]);
    await app.runs.next(28, { timeout: 30_000 });
    await bed.drained();
    // Each failed once, and ran once more.
    const runs = app.runs.all.map(({ data, attempt }) => `${String(data)} ${attempt}`).toSorted();
    const jobs = ['before', 'during']
      .flatMap((from) => Array.from({ length: 8 }, (_, at) => `${from} ${at}`))
      .filter((job) => !/during [01]$/.test(job));
    expect(runs).toEqual(jobs.flatMap((job) => [`${job} 1`, `${job} 2`]).toSorted());
    for (const id of ['before-0', 'during-2'])
      await expect(producer.delay('x', 0, { id })).rejects.toMatchObject({ state: 'done' });
    await expect(producer.delay('x', 0, { id: 'during-0' })).rejects.toMatchObject({ state: 'revoked' });
    expect(app.eventsOf('store-lost')).toEqual([]);
    await move.finish();
    for (const id of ['before-0', 'during-2'])
      await expect(producer.delay('x', 0, { id })).rejects.toMatchObject({ state: 'done' });
  });

  it('an own id is held for a job that waits, when its claim is on one master and its admission on the other', async () => {
    const { app, tube } = bed.idle({ redis: slots.source });
    let ends = (): void => {};
    const ended = new Promise<void>((resolve) => (ends = resolve));
    app.consume(tube, async () => {
      await ended;
      return new DqAgain('30d');
    });
    const producer = app.producer(tube);
    const handle = await producer.delay('x', 0, { id: 'order-1' });
    await app.runs.next();
    const move = await slots.beginMove(tube);
    await move.moveKeys((key) => key.endsWith('#'));
    ends();
    const waits = () => slots.masters.claims().then((claims) => claims.find(({ value }) => value.startsWith('dq1:W:')));
    const claim = await until(waits);
    const admission = await until(() =>
      slots.masters
        .claims()
        .then((claims) => claims.find(({ value, ttl }) => value.startsWith('dq1:S:') && ttl > claim.ttl - 5_000)),
    );
    expect(admission?.master).not.toBe(claim.master);
    await expect(producer.delay('x', 0, { id: 'order-1' })).rejects.toMatchObject({ state: 'retrying' });
    await until(async () => (await bed.copiesOnEach()).every(({ delayed }) => delayed === 1));
    expect(await producer.revoke(handle)).toBe('revoked');
    await move.finish();
    await bed.wipe();
  });

  it('a revoke by an id alone finds the claim that the id leads to', async () => {
    const { producer, tube } = bed.idle({ redis: slots.source, commandDeadline: 1_000 });
    const handles = await Promise.all(['before', 'during'].map((id) => producer.delay('x', '1h', { id })));
    const move = await slots.beginMove(tube);
    await move.moveKeys((key) => key.includes('during'));
    await Promise.all(bed.cluster.nodes.map((node) => node.kill()));
    for (const handle of handles) expect(await producer.revoke(handle)).toBe('revoked');
    await bed.heal();
    for (const id of ['before', 'during'])
      await expect(producer.delay('x', 0, { id })).rejects.toMatchObject({ state: 'revoked' });
    await move.finish();
    await bed.wipe();
  });
});
