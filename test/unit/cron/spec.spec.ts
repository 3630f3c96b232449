import { describe, expect, it } from '@jest/globals';
import { DqScheduleError } from '../../../lib/index.js';
import { planOf } from '../../../lib/cron/spec/missed.js';
import { checkScheduleName } from '../../../lib/cron/spec/slot-name.js';
import { readSpec, type DqScheduleRules, type DqScheduleTimes } from '../../../lib/cron/spec/spec.js';

const NINE = Date.parse('2027-01-04T09:00Z');
const DAY = 86_400_000;

type Given = DqScheduleTimes & DqScheduleRules;

describe('a schedule that nobody can keep is refused', () => {
  it.each<readonly [string, Given, RegExp]>([
    [
      'a pattern that never comes',
      { cron: '0 0 31 2 *' },
      /comes at some time, got the string "0 0 31 2 \*", which never does/,
    ],
    [
      'a minute that is none',
      { cron: '61 * * * *' },
      /whose minute '61' at position 1 is wrong: Invalid value for minute: 61/,
    ],
    ['an hour that is none', { cron: '0  25 * * *' }, /whose hour '25' at position 4 is wrong/],
    ['a day of week that is none', { cron: '0 9 * * MOX' }, /whose day of week 'MOX' at position 9 is wrong/],
    [
      'a step that is too long, behind a second',
      { cron: '0 */70 * * * *' },
      /whose minute '\*\/70' at position 3 is wrong/,
    ],
    ['a pattern of four parts', { cron: '* * * *' }, /has 4 parts/],
    ['an empty pattern', { cron: '' }, /has 0 parts/],
    ['what is no text', { cron: 5 as unknown as string }, /got the number 5/],
    [
      'an unknown zone',
      { cron: '0 9 * * *', timeZone: 'Europe/Berln' },
      /got the string "Europe\/Berln"\. Do you mean 'Europe\/Berlin'\?/,
    ],
    ['an empty zone', { cron: '0 9 * * *', timeZone: '' }, /time zone/],
    ['a zone without a pattern', { every: '1m', timeZone: 'UTC' }, /timeZone with cron alone/],
    [
      'missedWindow without missed',
      { every: '1m', missedWindow: '1h' },
      /missedWindow with missed: 'all', got no missed/,
    ],
    ['missedWindow with another missed', { every: '1m', missed: 'skip', missedWindow: '1h' }, /missedWindow/],
    [
      'an unknown missed',
      { every: '1m', missed: 'twice' as 'once' },
      /'once', 'skip' or 'all', got the string "twice"/,
    ],
    ['an unknown overlap', { every: '1m', overlap: 'wait' as 'skip' }, /'allow' or 'skip'/],
    ['afterEnd with a pattern', { cron: '* * * * *', afterEnd: '1s' }, /got cron and afterEnd/],
    ['no time at all', {}, /got none of them/],
    ['a grid that is too narrow', { every: 10 }, /every of at least 1000 ms/],
    ['an end before the start', { every: '1m', startAt: NINE, endAt: NINE - 1 }, /endAt behind startAt/],
    ['a start in seconds', { every: '1m', startAt: NINE / 1_000 }, /startAt as .* milliseconds \(not seconds\)/],
    ['an end in seconds', { every: '1m', endAt: NINE / 1_000 }, /endAt as .* milliseconds \(not seconds\)/],
    ['a start in microseconds', { every: '1m', startAt: NINE * 1_000 }, /startAt as .* before April 2262/],
    ['a start that is no moment', { cron: '* * * * *', startAt: new Date(NaN) }, /startAt as a valid Date/],
    ['a grid too wide for a job to be due', { every: '5000y' }, /every of at least 1000 ms and at most 136 years/],
    [
      'an end before the first run',
      { cron: '0 9 * * *', startAt: NINE + 1, endAt: NINE + 2 },
      /a time to come before endAt/,
    ],
    ['a limit of none', { every: '1m', limit: 0 }, /limit of at least 1/],
  ])('%s', (_, given, text) => {
    expect(() => readSpec(given, 'the schedule')).toThrow(DqScheduleError);
    expect(() => readSpec(given, 'the schedule')).toThrow(text);
  });

  it('takes what is right, and leaves out what has its default', () => {
    const given: Given = { cron: '0 9 * * 1-5', timeZone: 'US/Eastern', missed: 'once', overlap: 'allow', jitter: 0 };
    const spec = readSpec(given, 'the schedule');
    expect(JSON.parse(JSON.stringify(spec))).toEqual({ cron: '0 9 * * 1-5', zone: 'US/Eastern' });
  });

  it('refuses a name that would not fit into the id of a job', () => {
    expect(checkScheduleName('Reports.daily')).toBe('Reports.daily');
    for (const name of ['', 'a b', 'a~b', 'a'.repeat(81), undefined])
      expect(() => checkScheduleName(name)).toThrow(DqScheduleError);
  });
});

describe('what becomes of an occurrence', () => {
  const cron = '0 9 * * *';

  it('runs in time, and the next one is that of the next day', () => {
    for (const missed of ['once', 'skip', 'all'] as const) {
      const plan = planOf(readSpec({ cron, missed }, ''), NINE, NINE + 5, false);
      expect(plan).toMatchObject({ runs: true, nextMs: NINE + DAY, missed: 0, inOrder: false, told: false });
    }
  });

  it('gives way to the last one that was missed, which stands for all', () => {
    const spec = readSpec({ cron }, '');
    const now = NINE + 2 * DAY + 3_600_000;
    expect(planOf(spec, NINE, now, false)).toMatchObject({ runs: false, nextMs: NINE + 2 * DAY, missed: 2 });
    expect(planOf(spec, NINE + 2 * DAY, now, true)).toMatchObject({ runs: true, nextMs: NINE + 3 * DAY, missed: 0 });
  });

  it('is left out when it may not be late, and told', () => {
    const spec = readSpec({ cron, missed: 'skip' }, '');
    expect(planOf(spec, NINE, NINE + 60_000, false)).toMatchObject({ runs: true });
    const late = planOf(spec, NINE, NINE + DAY + 30_000, false);
    expect(late).toMatchObject({ runs: false, nextMs: NINE + DAY, missed: 1, told: true });
  });

  it('is one of all that run in order, unless it is older than the window', () => {
    const spec = readSpec({ cron, missed: 'all', missedWindow: '2d' }, '');
    const now = NINE + 4 * DAY + 3_600_000;
    expect(planOf(spec, NINE, now, false)).toMatchObject({
      runs: false,
      nextMs: NINE + 3 * DAY,
      missed: 3,
      told: true,
    });
    expect(planOf(spec, NINE + 3 * DAY, now, false)).toMatchObject({
      runs: true,
      nextMs: NINE + 4 * DAY,
      inOrder: true,
    });
    expect(planOf(spec, NINE + 4 * DAY, now, false)).toMatchObject({
      runs: true,
      nextMs: NINE + 5 * DAY,
      inOrder: false,
    });
  });

  it('counts no more than a thousand that were missed', () => {
    const plan = planOf(readSpec({ cron: '* * * * * *' }, ''), NINE, NINE + 2 * DAY, false);
    expect(plan).toMatchObject({ runs: false, nextMs: NINE + 2 * DAY, missed: 1_001 });
  });
});
