// Jobs with keys under virtual time: what waits under a key, and what became of the rest.
import { describe, expect, it } from '@jest/globals';
import { dqMatchers } from 'nestjs-dq/testing';
import { OrderApps, START } from './order-app.js';

const apps = new OrderApps();
const { open } = apps;

const KEY = 'order 42';
const HOUR_MS = 3_600_000;

describe('jobs with a key under virtual time', () => {
  it('wait one at a time: what was replaced is revoked, and never runs', async () => {
    const { dq, orders, runs } = await open();
    await orders.delay('first', '1h', { key: KEY });
    await orders.delay('second', '2h', { key: KEY });
    await orders.delay('other', '3h', { key: 'order 43' });
    expect(dq.scheduled()).toMatchObject([
      { data: 'second', key: KEY, dueAt: new Date(START + 2 * HOUR_MS), state: 'scheduled' },
      { data: 'other', key: 'order 43' },
    ]);
    expect(dq.revoked()).toMatchObject([{ data: 'first', key: KEY }]);
    expect(dqMatchers.toHaveScheduled(dq, 'orders', { key: KEY, in: '2h', times: 1 }).pass).toBe(true);
    expect(dqMatchers.toHaveScheduled(dq, 'orders', { key: 'order 44' }).pass).toBe(false);
    await dq.advance('4h');
    expect(runs).toEqual([`"second"@${2 * HOUR_MS}`, `"other"@${3 * HOUR_MS}`]);
    // The control: one without a key says so.
    await orders.delay('none', '1h');
    expect(dq.scheduled()).toMatchObject([{ data: 'none', key: undefined }]);
  });

  it('show where they were moved, and run then', async () => {
    const { dq, orders, runs } = await open();
    await orders.delay('it', '1h', { key: KEY });
    expect(await orders.reschedule(KEY, { delay: '2h' })).toBe('rescheduled');
    const moved = new Date(START + 2 * HOUR_MS);
    expect(dq.scheduled()).toMatchObject([{ data: 'it', dueAt: moved, nextAt: moved }]);
    // The same again, later: it is postponed.
    await orders.delay('it', '3h', { key: KEY });
    expect(dq.scheduled()).toMatchObject([{ data: 'it', nextAt: new Date(START + 3 * HOUR_MS) }]);
    expect(dq.jobs()).toHaveLength(1);
    expect(dq.history.filter(({ type }) => type === 'moved')).toHaveLength(2);
    await dq.advance('150m');
    expect(runs).toEqual([]);
    expect(await orders.reschedule(KEY, { delay: '10m' })).toBe('rescheduled');
    await dq.drain();
    expect(runs).toEqual([`"it"@${(150 + 10) * 60_000}`]);
    expect(dq.scheduled()).toEqual([]);
  });

  it('leave when they are cancelled, by their key or by their handle', async () => {
    const { dq, orders, runs } = await open();
    await orders.delay('by key', '1h', { key: KEY });
    expect(await orders.cancel(KEY)).toBe('cancelled');
    const handle = await orders.delay('by handle', '1h', { key: KEY });
    expect(await orders.revoke(handle)).toBe('revoked');
    expect(dq.scheduled()).toEqual([]);
    expect(dq.revoked().map(({ data }) => data)).toEqual(['by key', 'by handle']);
    expect(await orders.cancel(KEY)).toBe('none');
    await dq.advance('2h');
    expect(runs).toEqual([]);
  });

  it('get no further attempt when their key was taken while they ran', async () => {
    const { dq, orders, runs } = await open(async (data) => {
      if (data !== 'runs') return;
      await apps.app.orders.delay('next', '1h', { key: KEY });
      throw new Error('no');
    });
    await orders.delay('runs', 0, { key: KEY });
    const report = await dq.advance('30m');
    expect(report.errors).toMatchObject([{ message: 'no' }]);
    expect(dq.scheduled()).toMatchObject([{ data: 'next' }]);
    expect(dq.revoked()).toMatchObject([{ data: 'runs', errors: [{ message: 'no' }] }]);
    expect(dq.history.filter(({ type }) => type === 'superseded')).toMatchObject([{ attempt: 1 }]);
    await dq.drain();
    expect(runs).toEqual(['"runs"@0', `"next"@${HOUR_MS}`]);
  });

  it('are kept where another is not wanted, which leaves no job behind', async () => {
    const { dq, orders } = await open();
    const [first, second] = await Promise.all([
      orders.upsert(KEY, 'one', { delay: '1h', onConflict: 'keep' }),
      orders.upsert(KEY, 'two', { delay: '1h', onConflict: 'keep' }),
    ]);
    expect(second.id).toBe(first.id);
    expect(dq.scheduled()).toMatchObject([{ data: 'one' }]);
    await dq.drain();
    expect(dq.completed().map(({ data }) => data)).toEqual(['one']);
  });
});
