import { describe, expect, it } from '@jest/globals';
import { DqAgain, DqGiveUp, DqPayloadError, DqTimeoutError } from 'nestjs-dq';
import { DqStillRunningError } from 'nestjs-dq/testing';
import { OrderApps, START } from './order-app.js';

const apps = new OrderApps();
const { open } = apps;

describe('one attempt of a handler', () => {
  it('is told of its job', async () => {
    let told: unknown;
    const { dq } = await open((data, job) => {
      const { id, tube, dueAt, attempt, attempts, headers, signal } = job;
      told = { data, same: job.data === data, id, tube, dueAt, attempt, attempts, headers, aborted: signal.aborted };
      return data;
    });
    const at = new Date(START - 5);
    const options = { id: 'one', attempt: 2, attempts: 4, headers: { a: 'b' }, dueAt: at };
    expect(await dq.run('orders', { when: new Date(0) }, options)).toEqual({
      outcome: 'completed',
      result: { when: '1970-01-01T00:00:00.000Z' },
    });
    expect(told).toEqual({
      data: { when: '1970-01-01T00:00:00.000Z' },
      same: true,
      id: 'one',
      tube: 'orders',
      dueAt: at,
      attempt: 2,
      attempts: 4,
      headers: { a: 'b' },
      aborted: false,
    });
    expect([dq.jobs(), dq.history]).toEqual([[], []]);
  });

  it('tells its outcome', async () => {
    const fault = new Error('no');
    const doings: Record<string, () => unknown> = {
      fails: () => Promise.reject(fault),
      'gives up': () => new DqGiveUp('closed'),
      again: () => new DqAgain('5m'),
    };
    const { dq } = await open((data) => doings[String(data)]?.());
    expect(await dq.run('orders', 'fails')).toEqual({ outcome: 'failed', error: fault, retryIn: 1_000 });
    expect(await dq.run('orders', 'fails', { attempt: 3 })).toEqual({
      outcome: 'failed',
      error: fault,
      retryIn: 4_000,
    });
    const backoff = { type: 'fixed', delay: '7s' } as const;
    expect(await dq.run('orders', 'fails', { attempt: 3, backoff })).toMatchObject({ retryIn: 7_000 });
    expect(await dq.run('orders', 'fails', { attempt: 5 })).toMatchObject({ outcome: 'failed', retryIn: undefined });
    expect(await dq.run('orders', 'gives up')).toEqual({ outcome: 'given-up', reason: 'closed' });
    expect(await dq.run('orders', 'again')).toEqual({ outcome: 'again', again: 300_000 });
  });

  it('refuses what the queue would refuse', async () => {
    const { dq } = await open(() => undefined);
    await expect(dq.run('orders', 1n)).rejects.toBeInstanceOf(DqPayloadError);
    await expect(dq.run('orders', 1, { headers: { a: 1 } as never })).rejects.toMatchObject({ code: 'DQ_OPTIONS' });
    await expect(dq.run('orders', 1, { attempt: 0 })).rejects.toMatchObject({ code: 'DQ_OPTIONS' });
    await expect(dq.run('nothing', 1)).rejects.toMatchObject({ code: 'DQ_HANDLER' });
    await expect(dq.run('dq-default', 1)).rejects.toMatchObject({ code: 'DQ_HANDLER' });
  });

  it('is waited for no longer than the patience, unless its timeout ends it', async () => {
    const { dq } = await open(() => new Promise(() => {}), { defaults: { timeout: '10s' } });
    await expect(dq.run('orders', 1, { patience: 20 })).rejects.toBeInstanceOf(DqStillRunningError);
    const [result] = await Promise.all([dq.run('orders', 1), dq.advance('10s')]);
    expect(result).toMatchObject({ outcome: 'failed', error: expect.any(DqTimeoutError) });
  });
});
