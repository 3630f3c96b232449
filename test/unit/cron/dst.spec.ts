import { describe, expect, it } from '@jest/globals';
import { slotName } from '../../../lib/cron/spec/slot-name.js';
import { Pattern } from '../../../lib/cron/spec/pattern.js';

interface Row {
  readonly what: string;
  readonly pattern: string;
  readonly zone: string;
  readonly from: string;
  /** As the clock on the wall shows it. */
  readonly runs: readonly string[];
}

const ROWS: readonly Row[] = [
  row(
    'a fixed time in the gap runs at its end',
    '30 2 * * *',
    'Europe/Berlin',
    '2027-03-27T12:00Z',
    '03-28 03:00 +02',
    '03-29 02:30 +02',
  ),
  row(
    'of a list, what is in the gap runs at its end',
    '30 2,14 * * *',
    'Europe/Berlin',
    '2027-03-28T00:00Z',
    '03-28 03:00 +02',
    '03-28 14:30 +02',
    '03-29 02:30 +02',
  ),
  row(
    'a wildcard skips the gap',
    '*/30 * * * *',
    'Europe/Berlin',
    '2027-03-28T00:10Z',
    '03-28 01:30 +01',
    '03-28 03:00 +02',
    '03-28 03:30 +02',
  ),
  row(
    'a fixed time in the repeated hour runs once',
    '30 2 * * *',
    'Europe/Berlin',
    '2027-10-30T12:00Z',
    '10-31 02:30 +02',
    '11-01 02:30 +01',
  ),
  row(
    'of a list, what is in the repeated hour runs once',
    '30 2,14 * * *',
    'Europe/Berlin',
    '2027-10-30T23:00Z',
    '10-31 02:30 +02',
    '10-31 14:30 +01',
    '11-01 02:30 +01',
  ),
  row(
    'a wildcard runs in both hours',
    '*/30 * * * *',
    'Europe/Berlin',
    '2027-10-30T23:40Z',
    '10-31 02:00 +02',
    '10-31 02:30 +02',
    '10-31 02:00 +01',
    '10-31 02:30 +01',
    '10-31 03:00 +01',
  ),
  row(
    'a fixed time in the gap runs at its end',
    '30 2 * * *',
    'America/New_York',
    '2027-03-13T12:00Z',
    '03-14 03:00 -04',
    '03-15 02:30 -04',
  ),
  row(
    'a wildcard skips the gap',
    '15 * * * *',
    'America/New_York',
    '2027-03-14T06:00Z',
    '03-14 01:15 -05',
    '03-14 03:15 -04',
  ),
  row(
    'a fixed time in the repeated hour runs once',
    '30 1 * * *',
    'America/New_York',
    '2027-11-06T12:00Z',
    '11-07 01:30 -04',
    '11-08 01:30 -05',
  ),
  row(
    'a wildcard runs in both hours',
    '15 * * * *',
    'America/New_York',
    '2027-11-07T05:00Z',
    '11-07 01:15 -04',
    '11-07 01:15 -05',
    '11-07 02:15 -05',
  ),
  row(
    'a fixed time in a gap of half an hour runs at its end',
    '15 2 * * *',
    'Australia/Lord_Howe',
    '2027-10-02T12:00Z',
    '10-03 02:30 +11',
    '10-04 02:15 +11',
  ),
  row(
    'a wildcard skips a gap of half an hour',
    '*/15 * * * *',
    'Australia/Lord_Howe',
    '2027-10-02T15:20Z',
    '10-03 02:30 +11',
    '10-03 02:45 +11',
  ),
  row(
    'a fixed time in half an hour that comes twice runs once',
    '45 1 * * *',
    'Australia/Lord_Howe',
    '2027-04-03T10:00Z',
    '04-04 01:45 +11',
    '04-05 01:45 +10:30',
  ),
  row(
    'a wildcard runs in both halves',
    '*/15 * * * *',
    'Australia/Lord_Howe',
    '2027-04-03T14:40Z',
    '04-04 01:45 +11',
    '04-04 01:30 +10:30',
    '04-04 01:45 +10:30',
    '04-04 02:00 +10:30',
  ),
  row(
    'midnight in the gap is at its end',
    '0 0 * * *',
    'America/Santiago',
    '2027-09-04T12:00Z',
    '09-05 01:00 -03',
    '09-06 00:00 -03',
  ),
  row(
    'a wildcard skips a gap at midnight',
    '0 * * * *',
    'America/Santiago',
    '2027-09-05T03:10Z',
    '09-05 01:00 -03',
    '09-05 02:00 -03',
  ),
  row(
    'an hour before midnight that comes twice has one fixed time',
    '30 23 * * *',
    'America/Santiago',
    '2027-04-03T12:00Z',
    '04-03 23:30 -03',
    '04-04 23:30 -04',
  ),
  row(
    'a wildcard runs in both hours before midnight',
    '30 * * * *',
    'America/Santiago',
    '2027-04-04T02:00Z',
    '04-03 23:30 -03',
    '04-03 23:30 -04',
    '04-04 00:30 -04',
  ),
  row(
    'midnight in the gap is at its end',
    '0 0 * * *',
    'Africa/Cairo',
    '2027-04-28T12:00Z',
    '04-29 00:00 +02',
    '04-30 01:00 +03',
    '05-01 00:00 +03',
  ),
  row(
    'a wildcard skips a gap at midnight',
    '0 * * * *',
    'Africa/Cairo',
    '2027-04-29T20:30Z',
    '04-29 23:00 +02',
    '04-30 01:00 +03',
  ),
  row(
    'an hour before midnight that comes twice has one fixed time',
    '30 23 * * *',
    'Africa/Cairo',
    '2027-10-27T22:00Z',
    '10-28 23:30 +03',
    '10-29 23:30 +02',
  ),
  row(
    'a wildcard runs in both hours before midnight',
    '30 * * * *',
    'Africa/Cairo',
    '2027-10-28T20:00Z',
    '10-28 23:30 +03',
    '10-28 23:30 +02',
    '10-29 00:30 +02',
  ),
  row(
    'a Friday that was left out has no run',
    '0 12 * * 5',
    'Pacific/Apia',
    '2011-12-28T00:00Z',
    '01-06 12:00 +14',
    '01-13 12:00 +14',
  ),
  row(
    'a wildcard goes over a day that was left out',
    '0 */12 * * *',
    'Pacific/Apia',
    '2011-12-29T20:00Z',
    '12-29 12:00 -10',
    '12-31 00:00 +14',
    '12-31 12:00 +14',
  ),
  row(
    'a zone without changes has every day alike',
    '30 2 * * *',
    'Asia/Kolkata',
    '2027-03-27T00:00Z',
    '03-28 02:30 +05:30',
    '03-29 02:30 +05:30',
  ),
  row(
    'a wildcard in a zone without changes',
    '30 */6 * * *',
    'Asia/Kolkata',
    '2027-10-30T20:00Z',
    '10-31 06:30 +05:30',
    '10-31 12:30 +05:30',
  ),
];

function row(what: string, pattern: string, zone: string, from: string, ...runs: readonly string[]): Row {
  return { what, pattern, zone, from, runs };
}

function onTheWall(ms: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'shortOffset',
  });
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const offset = (parts.timeZoneName ?? '').replace('GMT', '').replace(/^([+-])(\d)(?!\d)/, '$10$2');
  return `${parts.month}-${parts.day} ${parts.hour}:${parts.minute} ${offset}`;
}

describe('patterns around changes of the clocks', () => {
  it.each(ROWS)('$zone, $pattern: $what', ({ pattern, zone, from, runs }) => {
    const read = new Pattern(pattern, zone);
    const found: number[] = [];
    for (let at = Date.parse(from); found.length < runs.length;) {
      at = read.next(at) as number;
      found.push(at);
    }
    expect(found.map((ms) => onTheWall(ms, zone))).toEqual(runs);
    const names = found.map((ms) => slotName({ cron: pattern, zone }, ms));
    expect(new Set(names).size).toBe(names.length);
  });

  it('names a fixed time by the clock on the wall, and others by the second', () => {
    const first = Date.parse('2027-03-28T07:00Z');
    expect(slotName({ cron: '0 9 * * *', zone: 'Europe/Berlin' }, first)).toBe('20270328T090000');
    expect(slotName({ cron: '0 */9 * * *', zone: 'Europe/Berlin' }, first)).toBe(String(first / 1000));
  });
});
