import { describe, expect, it } from '@jest/globals';
import {
  DqDateError,
  DqDuplicateIdError,
  DqHandlerError,
  DqPastTimeError,
  DqProducer,
  getDqProducerToken,
} from 'nestjs-dq';
import { OrderApps, START } from './order-app.js';

const apps = new OrderApps();
const { open } = apps;

describe('a producer under virtual time', () => {
  it('schedules by the virtual clock', async () => {
    const { dq, orders } = await open();
    const handle = await orders.delay({ id: 7, at: new Date(0) }, '30m');
    await orders.at('early', START + 5);
    expect(dq.scheduled()).toMatchObject([
      { data: 'early', dueAt: new Date(START + 5), scheduledAt: new Date(START) },
      { data: { id: 7, at: '1970-01-01T00:00:00.000Z' }, dueAt: new Date(START + 1_800_000), handle },
    ]);
    await dq.advance(6);
    await expect(orders.at('past', START + 5)).rejects.toBeInstanceOf(DqPastTimeError);
  });

  it('revokes, also before the job is asked for, and the job never runs', async () => {
    const { dq, orders, runs } = await open();
    const handles = [
      await orders.delay('now', 0),
      await orders.delay('later', '1h'),
      await orders.delay('own', '1h', { id: 'x' }),
    ];
    for (const handle of handles) expect(await orders.revoke(handle)).toBe('revoked');
    for (const handle of handles) expect(await orders.revoke(handle)).toBe('revoked');
    expect(dq.scheduled()).toEqual([]);
    expect(dq.revoked('orders').map(({ data }) => data)).toEqual(['now', 'later', 'own']);
    await dq.advance('2h');
    expect(runs).toEqual([]);
    expect(dq.history.filter(({ type }) => type === 'revoked')).toHaveLength(3);
  });

  it('is told what it cannot revoke', async () => {
    const asked: string[] = [];
    const { dq, orders } = await open(async (data) => {
      if (data === 'runs') asked.push(await apps.app.orders.revoke(handle));
    });
    const handle = await orders.delay('runs', 0);
    await dq.advance(0);
    expect([...asked, await orders.revoke(handle)]).toEqual(['running', 'done']);
  });

  it('refuses an id twice', async () => {
    const { dq, orders } = await open();
    await orders.delay('it', '1m', { id: 'one' });
    await expect(orders.delay('it', '1m', { id: 'one' })).rejects.toMatchObject({ state: 'scheduled' });
    await dq.drain();
    await expect(orders.delay('it', '1m', { id: 'one' })).rejects.toBeInstanceOf(DqDuplicateIdError);
    expect(dq.jobs()).toHaveLength(1);
    // It is forgotten after the retention.
    await dq.advance('8d');
    await orders.delay('it', '1m', { id: 'one' });
    await dq.drain();
    expect(dq.completed()).toHaveLength(2);
  });

  it('schedules many at once', async () => {
    const { dq, orders, runs } = await open();
    const jobs = Array.from({ length: 1_000 }, (_, at) => ({ data: at, delay: at }));
    expect(await orders.delayMany(jobs)).toMatchObject({ scheduled: 1_000 });
    expect(dq.scheduled()).toHaveLength(1_000);
    expect(await dq.drain()).toMatchObject({ completed: 1_000 });
    expect(runs).toEqual(jobs.map(({ data }) => `${data}@${data}`));
  });

  it('writes plain tubes as Go reads them', async () => {
    const { dq, orders, runs } = await open(undefined, { tubes: [{ name: 'orders', format: 'plain' }] });
    const handle = await orders.delay('it', '1m');
    await orders.delay('it', '1m');
    expect(dq.scheduled()).toMatchObject([{ id: expect.stringMatching(/^[0-9a-f]{32}$/) }, { data: 'it' }]);
    expect(await orders.revoke(handle)).toBe('revoked');
    await dq.drain();
    // Its due time has nanoseconds, to tell it from the other; they are rounded up.
    expect(runs).toEqual(['"it"@60001']);
  });

  it('carries bytes', async () => {
    const seen: unknown[] = [];
    const { dq, orders } = await open((data) => void seen.push(data));
    await orders.delay(Buffer.from([1, 2]), 5);
    expect(dq.scheduled()[0]?.data).toEqual(Buffer.from([1, 2]));
    await dq.drain();
    expect(seen).toEqual([Buffer.from([1, 2])]);
  });

  it('reaches as far as delays do, and time goes further', async () => {
    const { dq, orders, runs } = await open();
    await orders.delay('century', 100 * 365 * 86_400_000);
    await expect(orders.at('too far', START + 200 * 365 * 86_400_000)).rejects.toBeInstanceOf(DqDateError);
    await dq.advance(100 * 365 * 86_400_000 - 1);
    expect(runs).toEqual([]);
    await orders.at('bicentury', START + 200 * 365 * 86_400_000);
    await dq.drain();
    expect(runs).toEqual(['"century"@3153600000000', '"bicentury"@6307200000000']);
  });

  it('keeps what no handler here would run', async () => {
    const { dq, module } = await open(undefined, { tubes: ['orders', 'mails'] });
    await module.get<DqProducer>(getDqProducerToken('mails')).delay('mail', '1s');
    expect(await dq.drain()).toMatchObject({ completed: 0 });
    await dq.advance('1h');
    expect(dq.scheduled('mails')).toMatchObject([{ data: 'mail' }]);
    expect(() => dq.scheduled('mail')).toThrow(DqHandlerError);
  });
});
