import { describe, expect, it } from '@jest/globals';
import { DqScheduler } from '../../lib/cron/scheduler.js';
import { Schedules } from '../../lib/cron/schedules.js';
import { testBed } from '../support/test-bed.js';
import { Commands, lines, stable } from './cli-bed.js';

const bed = testBed();
const dq = new Commands(bed);

describe('schedules', () => {
  it('are listed, paused, resumed, run and removed, whatever their tube', async () => {
    const tube = bed.tube();
    const { runtime } = bed.app({ tubes: [tube] });
    const scheduler = new DqScheduler(runtime, new Schedules(runtime), undefined);
    await scheduler.upsert('nightly', { tube, cron: '30 2 1 1 *', timeZone: 'Europe/Berlin', data: 1 });
    await scheduler.upsert('poll', { tube, every: '12h', startAt: new Date('2020-01-01T00:00:00Z') });

    expect((await dq.said('schedules', 'list')).split('\n').toSorted()).toEqual(
      [
        '',
        'NAME  TUBE  TIMES  NEXT  LAST',
        `poll  ${tube}  every <distance>  <distance>  -`,
        `nightly  ${tube}  30 2 1 1 * Europe/Berlin  <distance>  -`,
      ].toSorted(),
    );
    const next = (await dq.json('schedules', 'next', 'nightly', '--count', '3')) as { next: string[] };
    const year = new Date(next.next[0] as string).getUTCFullYear();
    expect(next.next).toEqual([0, 1, 2].map((more) => `${year + more}-01-01T01:30:00.000Z`));

    await dq.refuses(['schedules', 'pause', 'poll'], /--yes/);
    await dq.ends(['schedules', 'pause', 'poll', '-y'], 0, { out: /is paused/ });
    expect((await scheduler.get('poll'))?.paused).toBe(true);
    const ahead = await dq.ends(['schedules', 'next', 'poll', '--count', '1'], 0, {
      err: lines('poll is paused: these go by without a run.'),
    });
    expect(stable(bed, ahead.out)).toBe('<moment> (<distance>)\n');
    await dq.ends(['schedules', 'resume', 'poll', '--tube', tube], 0, { out: 'poll runs again.\n', err: '' });
    expect((await scheduler.get('poll'))?.paused).toBe(false);

    const before = (await bed.copies(0, tube)).ready;
    await dq.ends(['schedules', 'run', 'poll'], 0, { out: 'poll runs once more, now.\n', err: '' });
    const copies = await bed.copiesOnEach(tube);
    expect(copies.reduce((sum, { ready }) => sum + ready, 0)).toBeGreaterThan(before);

    const remove = ['schedules', 'remove', 'poll', '-y'];
    await dq.ends(remove, 0, { out: /is removed/ });
    expect(await scheduler.get('poll')).toBeUndefined();
    await dq.ends(remove, 1, { out: 'No schedule poll was found in the tubes that were looked at.\n', err: '' });
    expect(await dq.json('schedules', 'next', 'poll')).toEqual({ name: 'poll', next: null, away: [] });
    await bed.wipe();
    await dq.ends(['schedules', 'list', tube], 0, { out: 'There are no schedules.\n', err: '' });
  });
});
