import { describe, expect, it } from '@jest/globals';
import { OccurrenceWriter } from '../../lib/cron/occurrence-writer.js';
import { DqScheduler } from '../../lib/cron/scheduler.js';
import { Schedules } from '../../lib/cron/schedules.js';
import { testBed } from '../support/test-bed.js';
import { environmentOf, lines, stable } from './cli-bed.js';
import { ran, type Ran } from './cli-run.js';

const bed = testBed();

function run(...args: readonly string[]): Promise<Ran> {
  return ran(args, { env: environmentOf(bed) });
}

describe('schedules', () => {
  it('are listed, paused, resumed, run and removed, whatever their tube', async () => {
    const tube = bed.tube();
    const { runtime } = bed.app({ tubes: [tube] });
    const writer = new OccurrenceWriter(runtime);
    const scheduler = new DqScheduler(runtime, writer, new Schedules(runtime, writer), undefined);
    await scheduler.upsert('nightly', { tube, cron: '30 2 1 1 *', timeZone: 'Europe/Berlin', data: 1 });
    await scheduler.upsert('poll', { tube, every: '12h', startAt: new Date('2020-01-01T00:00:00Z') });

    const list = await run('schedules', 'list');
    expect(list).toMatchObject({ code: 0, err: '' });
    expect(stable(bed, list.out).split('\n').toSorted()).toEqual(
      [
        '',
        'NAME  TUBE  TIMES  NEXT  LAST',
        `poll  ${tube}  every <distance>  <distance>  -`,
        `nightly  ${tube}  30 2 1 1 * Europe/Berlin  <distance>  -`,
      ].toSorted(),
    );
    const next = JSON.parse((await run('schedules', 'next', 'nightly', '--count', '3', '--json')).out) as {
      next: string[];
    };
    const year = new Date(next.next[0] as string).getUTCFullYear();
    expect(next.next).toEqual([0, 1, 2].map((more) => `${year + more}-01-01T01:30:00.000Z`));

    expect(await run('schedules', 'pause', 'poll')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('--yes'),
    });
    expect(await run('schedules', 'pause', 'poll', '-y')).toMatchObject({
      code: 0,
      out: expect.stringContaining('is paused'),
    });
    expect((await scheduler.get('poll'))?.paused).toBe(true);
    const ahead = await run('schedules', 'next', 'poll', '--count', '1');
    expect(stable(bed, ahead.out)).toBe('<moment> (<distance>)\n');
    expect(ahead.err).toBe(lines('poll is paused: these go by without a run.'));
    expect(await run('schedules', 'resume', 'poll', '--tube', tube)).toEqual({
      code: 0,
      out: 'poll runs again.\n',
      err: '',
    });
    expect((await scheduler.get('poll'))?.paused).toBe(false);

    const before = (await bed.copies(0, tube)).ready;
    expect(await run('schedules', 'run', 'poll')).toEqual({ code: 0, out: 'poll runs once more, now.\n', err: '' });
    const copies = await bed.copiesOnEach(tube);
    expect(copies.reduce((sum, { ready }) => sum + ready, 0)).toBeGreaterThan(before);

    expect(await run('schedules', 'remove', 'poll', '-y')).toMatchObject({
      code: 0,
      out: expect.stringContaining('is removed'),
    });
    expect(await scheduler.get('poll')).toBeUndefined();
    expect(await run('schedules', 'remove', 'poll', '-y')).toEqual({
      code: 1,
      out: 'No schedule poll was found in the tubes that were looked at.\n',
      err: '',
    });
    await bed.wipe();
    expect(await run('schedules', 'list', tube)).toEqual({ code: 0, out: 'There are no schedules.\n', err: '' });
  });
});
