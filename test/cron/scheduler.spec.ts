// Recurring jobs that are made at run time, under virtual time.
import { describe, expect, it } from '@jest/globals';
import { DqScheduleError } from 'nestjs-dq';
import { DqScheduler, type DqScheduleOptions } from 'nestjs-dq/cron';
import { cronBed, MINUTE, START } from './cron-bed.js';

const bed = cronBed();

describe('DqScheduler', () => {
  it('makes a schedule once, and changes it', async () => {
    const { dq, scheduler } = await bed.open();
    const options = { tube: 'invoices', every: '10m', data: { customer: 42 } };
    expect(await scheduler.upsert('one', options)).toEqual({ outcome: 'created', next: new Date(START + 10 * MINUTE) });
    expect(await scheduler.upsert('one', { ...options })).toMatchObject({ outcome: 'unchanged' });
    const changed = await scheduler.upsert('one', { ...options, every: '15m' });
    expect(changed).toEqual({ outcome: 'changed', next: new Date(START + 15 * MINUTE) });
    await dq.advance('31m');
    expect(bed.seen).toEqual(['one 01-04T08:15:00+0', 'one 01-04T08:30:00+0']);
    expect(dq.completed('invoices').map(({ data }) => data)).toContainEqual({ customer: 42 });
    expect(await scheduler.get('one')).toMatchObject({
      name: 'one',
      tube: 'invoices',
      every: 15 * MINUTE,
      missed: 'once',
      overlap: 'allow',
      paused: false,
      last: new Date(START + 30 * MINUTE),
      next: new Date(START + 45 * MINUTE),
    });
  });

  it('pauses, goes on, runs at once, and removes', async () => {
    const { dq, scheduler } = await bed.open();
    await scheduler.upsert('one', { tube: 'invoices', every: '10m' });
    expect(await scheduler.pause('one')).toBe(true);
    await dq.advance('25m');
    expect(bed.seen).toEqual([]);
    expect(await scheduler.runNow('one')).toBe(true);
    await dq.drain();
    expect(bed.seen).toEqual(['one 01-04T08:25:00+0']);
    expect(await scheduler.resume('one')).toBe(true);
    await dq.advance('10m');
    expect(bed.seen).toEqual(['one 01-04T08:25:00+0', 'one 01-04T08:30:00+0']);
    expect(await scheduler.remove('one')).toBe(true);
    await dq.advance('1h');
    expect(bed.seen).toHaveLength(2);
    expect(await scheduler.remove('one')).toBe(false);
    expect(await scheduler.get('one')).toBeUndefined();
    for (const action of ['pause', 'resume', 'runNow'] as const) expect(await scheduler[action]('one')).toBe(false);
  });

  it('lists what there is, in all tubes or in one, and moves a name from one to another', async () => {
    const { scheduler } = await bed.open(bed.cron({ every: '1m' }));
    const names = async (tube?: string): Promise<string[]> => {
      const found: string[] = [];
      for await (const { name, tube: of } of scheduler.list({ tube })) found.push(`${name} ${of}`);
      return found.toSorted();
    };
    await scheduler.upsert('one', { tube: 'invoices', every: '10m' });
    expect(await names()).toEqual(['Reports.daily crons', 'one invoices']);
    expect(await names('invoices')).toEqual(['one invoices']);
    await scheduler.upsert('one', { every: '10m' });
    expect(await names()).toEqual(['Reports.daily crons', 'one dq-default']);
  });

  it('goes on behind an occurrence that was taken back', async () => {
    const { dq, scheduler, producer } = await bed.open();
    await scheduler.upsert('one', { tube: 'invoices', every: '10m' });
    const [next] = dq.scheduled('invoices');
    expect(await producer.revoke(next?.handle ?? '')).toBe('revoked');
    await dq.advance('31m');
    expect(bed.seen).toEqual(['one 01-04T08:20:00+0', 'one 01-04T08:30:00+0']);
  });

  it('shows what would come, and asks nobody', () => {
    const from = new Date('2027-03-27T12:00Z');
    expect(DqScheduler.preview('30 2 * * *', { timeZone: 'Europe/Berlin', from, count: 2 })).toEqual([
      new Date('2027-03-28T01:00Z'),
      new Date('2027-03-29T00:30Z'),
    ]);
    expect(DqScheduler.preview({ every: '1h' }, { from })).toHaveLength(5);
    expect(() => DqScheduler.preview('0 0 31 2 *')).toThrow(DqScheduleError);
    expect(() => DqScheduler.preview('* * * * *', { count: 0 })).toThrow(DqScheduleError);
    for (const wrong of [new Date(NaN), NaN, +from / 1_000, 8.64e15])
      expect(() => DqScheduler.preview('* * * * *', { from: wrong })).toThrow(DqScheduleError);
  });

  it('refuses what nobody can keep before anything is written', async () => {
    const { dq, scheduler } = await bed.open();
    const tube = 'invoices';
    const wrong: readonly (readonly [string, DqScheduleOptions, RegExp])[] = [
      ['one', { tube, cron: '0 0 31 2 *' }, /never/],
      ['a b', { tube, every: '1m' }, /name of 1 to 80/],
      ['one', { tube: 'unknown', every: '1m' }, /unknown/],
      ['one', { tube: 'crons', every: '1m' }, /@DqCron/],
      ['one', { tube, every: '1m', data: 1n }, /BigInt/],
      ['one', { tube, every: '1m', data: 'x'.repeat(70_000) }, /at most 65535 bytes/],
      ['one', { tube, every: '1m', id: 'x' } as DqScheduleOptions, /"id"/],
    ];
    for (const [name, options, text] of wrong) await expect(scheduler.upsert(name, options)).rejects.toThrow(text);
    expect(dq.schedules()).toEqual([]);
    expect(dq.jobs()).toEqual([]);
  });
});
