// What is done by its key with a job that waits: it is cancelled, or moved to another moment.
import { describe, expect, it } from '@jest/globals';
import { DqPastTimeError } from '../../lib/core/errors/argument.errors.js';
import { Gate } from '../support/gate.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

describe('cancel', () => {
  it('keeps what waits from running, and frees the key', async () => {
    const { app, producer, tube } = bed.idle();
    const one = await producer.upsert('k', 'one', { delay: 500 });
    expect(await producer.cancel('k')).toBe('cancelled');
    expect(await producer.cancel('k')).toBe('none');
    expect(await producer.find('k')).toBeUndefined();
    expect(await producer.status(one.handle)).toMatchObject({ state: 'revoked' });
    // Its copies have been deleted: nobody consumes here.
    await bed.drained();
    app.handle(tube).start();
    await producer.delay('two', 0, { key: 'k' });
    await app.runs.next();
    expect(await bed.ran(app)).toEqual(['two']);
  });

  it("of what runs says so, and ends its retries; of a key that nobody knows says 'none'", async () => {
    const { app, producer, tube } = bed.idle();
    const gate = new Gate();
    const handler = async (): Promise<void> => {
      await gate.opened;
      throw new Error('it fails');
    };
    app.handle(tube, handler, { backoff: { type: 'fixed', delay: 0 } }).start();
    expect(await producer.cancel('nobody')).toBe('none');
    await producer.delay('one', 0, { key: 'k' });
    await app.runs.next();
    expect(await producer.cancel('k')).toBe('running');
    gate.open();
    await app.event('job-superseded');
    expect(await bed.ran(app)).toHaveLength(1);
  });

  it('takes back what waits for another attempt', async () => {
    const { app, producer, tube } = bed.idle();
    app.handle(tube, () => Promise.reject(new Error('it fails')), { backoff: { type: 'fixed', delay: '2s' } }).start();
    const { id } = await producer.upsert('k', 'one', { delay: 0 });
    await app.event('job-failed');
    expect(await until(async () => (await producer.find('k'))?.state === 'retrying')).toBe(true);
    expect(await producer.find('k')).toMatchObject({ id, attempt: 1 });
    expect(await producer.cancel('k')).toBe('cancelled');
    expect(await bed.ran(app)).toHaveLength(1);
  });

  it('is what a revoke by the handle is too: the key is free', async () => {
    const { producer } = bed.idle();
    const { handle } = await producer.upsert('k', 'one', { delay: '1h' });
    expect(await producer.revoke(handle)).toBe('revoked');
    expect(await producer.find('k')).toBeUndefined();
    expect((await bed.claims()).filter(({ key }) => key.includes('@'))).toEqual([]);
    expect(await producer.upsert('k', 'two', { delay: '1h', onConflict: 'error' })).toMatchObject({
      outcome: 'scheduled',
    });
    expect(await producer.cancel('k')).toBe('cancelled');
  });
});

describe('reschedule', () => {
  it('moves to later without touching a node, and the job is never early', async () => {
    const { app, producer, tube } = bed.idle();
    const one = await producer.upsert('k', 'one', { delay: 300 });
    const dueMs = Date.now() + 2_600;
    expect(await producer.reschedule('k', { at: dueMs })).toBe('rescheduled');
    expect(await producer.find('k')).toMatchObject({ id: one.id, dueAt: new Date(dueMs), state: 'scheduled' });
    // Copies come up at the old moment, and go back.
    app.handle(tube).start();
    const [run] = await app.runs.next();
    expect(run).toMatchObject({ id: one.id, dueMs });
    expect(run!.atMs).toBeGreaterThanOrEqual(dueMs);
    expect(await bed.ran(app)).toEqual(['one']);
  });

  it('moves to earlier by writing the same job anew, with its payload and options', async () => {
    const { app, producer, tube } = bed.idle();
    const one = await producer.upsert('k', { order: 1 }, { delay: '1h', attempts: 7, headers: { a: 'b' } });
    expect(await producer.reschedule('k', { delay: 400 })).toBe('rescheduled');
    const found = await producer.find('k');
    expect(found?.id).not.toBe(one.id);
    expect(await producer.status(one.handle)).toMatchObject({ state: 'revoked' });
    const seen: unknown[] = [];
    app.handle(tube, (_data, { attempts, headers, key }) => void seen.push({ attempts, headers, key })).start();
    const [run] = await app.runs.next();
    expect(run).toMatchObject({ id: found?.id, data: { order: 1 }, dueMs: found && +found.dueAt });
    expect(seen).toEqual([{ attempts: 7, headers: { a: 'b' }, key: 'k' }]);
    expect(await bed.ran(app)).toHaveLength(1);
  });

  it('moves to earlier what others replace at the same time: the last payload runs, once', async () => {
    const { app, producer, tube } = bed.idle();
    await producer.delay('first', '1h', { key: 'k' });
    const results = await Promise.all([
      ...['a', 'b', 'c', 'last'].map((data) => producer.upsert('k', data, { delay: '1h' })),
      producer.reschedule('k', { delay: 1_000 }),
      producer.reschedule('k', { delay: 500 }),
    ]);
    expect(results.slice(4)).toEqual(['rescheduled', 'rescheduled']);
    if (+((await producer.find('k'))?.dueAt ?? 0) > Date.now() + 60_000) await producer.reschedule('k', { delay: 300 });
    app.handle(tube).start();
    await app.runs.next();
    expect(await bed.ran(app)).toEqual(['last']);
  });

  it('keeps a payload of bytes a payload of bytes', async () => {
    const { app, producer, tube } = bed.idle();
    await producer.delay(Buffer.from([0, 1, 255, 10]), '1h', { key: 'k' });
    expect(await producer.reschedule('k', { delay: 0 })).toBe('rescheduled');
    app.handle(tube).start();
    expect((await app.runs.next())[0]?.data).toEqual(Buffer.from([0, 1, 255, 10]));
    await bed.drained();
  });

  it("of what runs says 'running' and changes nothing; without a job says 'none'; the past is refused", async () => {
    const { app, producer, tube } = bed.idle();
    expect(await producer.reschedule('k', { delay: 0 })).toBe('none');
    await expect(producer.reschedule('k', { at: Date.now() - 1_000 })).rejects.toThrow(DqPastTimeError);
    const gate = new Gate();
    let fails = true;
    const handler = async (): Promise<void> => {
      await gate.opened;
      if (fails) throw new Error(`it fails ${String((fails = false))}`);
    };
    app.handle(tube, handler, { backoff: { type: 'fixed', delay: 0 } }).start();
    await producer.delay('one', 0, { key: 'k' });
    await app.runs.next();
    expect(await producer.reschedule('k', { delay: '1h' })).toBe('running');
    gate.open();
    await app.runs.next();
    expect(await bed.ran(app)).toHaveLength(2);
  });
});
