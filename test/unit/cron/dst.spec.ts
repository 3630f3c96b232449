import { describe, expect, it } from '@jest/globals';
import { slotName } from '../../../lib/cron/spec/slot-name.js';
import { Pattern } from '../../../lib/cron/spec/pattern.js';

/** What it shows, the zone and the pattern; then from when on, and the runs as the clock on the wall shows them. */
const ROWS = `
a fixed time in the gap runs at its end | Europe/Berlin | 30 2 * * *
  2027-03-27T12:00Z: 03-28 03:00 +02, 03-29 02:30 +02
of a list, what is in the gap runs at its end | Europe/Berlin | 30 2,14 * * *
  2027-03-28T00:00Z: 03-28 03:00 +02, 03-28 14:30 +02, 03-29 02:30 +02
a wildcard skips the gap | Europe/Berlin | */30 * * * *
  2027-03-28T00:10Z: 03-28 01:30 +01, 03-28 03:00 +02, 03-28 03:30 +02
a fixed time in the repeated hour runs once | Europe/Berlin | 30 2 * * *
  2027-10-30T12:00Z: 10-31 02:30 +02, 11-01 02:30 +01
of a list, what is in the repeated hour runs once | Europe/Berlin | 30 2,14 * * *
  2027-10-30T23:00Z: 10-31 02:30 +02, 10-31 14:30 +01, 11-01 02:30 +01
a wildcard runs in both hours | Europe/Berlin | */30 * * * *
  2027-10-30T23:40Z: 10-31 02:00 +02, 10-31 02:30 +02, 10-31 02:00 +01, 10-31 02:30 +01, 10-31 03:00 +01
a fixed time in the gap runs at its end | America/New_York | 30 2 * * *
  2027-03-13T12:00Z: 03-14 03:00 -04, 03-15 02:30 -04
a wildcard skips the gap | America/New_York | 15 * * * *
  2027-03-14T06:00Z: 03-14 01:15 -05, 03-14 03:15 -04
a fixed time in the repeated hour runs once | America/New_York | 30 1 * * *
  2027-11-06T12:00Z: 11-07 01:30 -04, 11-08 01:30 -05
a wildcard runs in both hours | America/New_York | 15 * * * *
  2027-11-07T05:00Z: 11-07 01:15 -04, 11-07 01:15 -05, 11-07 02:15 -05
a fixed time in a gap of half an hour runs at its end | Australia/Lord_Howe | 15 2 * * *
  2027-10-02T12:00Z: 10-03 02:30 +11, 10-04 02:15 +11
a wildcard skips a gap of half an hour | Australia/Lord_Howe | */15 * * * *
  2027-10-02T15:20Z: 10-03 02:30 +11, 10-03 02:45 +11
a fixed time in half an hour that comes twice runs once | Australia/Lord_Howe | 45 1 * * *
  2027-04-03T10:00Z: 04-04 01:45 +11, 04-05 01:45 +10:30
a wildcard runs in both halves | Australia/Lord_Howe | */15 * * * *
  2027-04-03T14:40Z: 04-04 01:45 +11, 04-04 01:30 +10:30, 04-04 01:45 +10:30, 04-04 02:00 +10:30
midnight in the gap is at its end | America/Santiago | 0 0 * * *
  2027-09-04T12:00Z: 09-05 01:00 -03, 09-06 00:00 -03
a wildcard skips a gap at midnight | America/Santiago | 0 * * * *
  2027-09-05T03:10Z: 09-05 01:00 -03, 09-05 02:00 -03
an hour before midnight that comes twice has one fixed time | America/Santiago | 30 23 * * *
  2027-04-03T12:00Z: 04-03 23:30 -03, 04-04 23:30 -04
a wildcard runs in both hours before midnight | America/Santiago | 30 * * * *
  2027-04-04T02:00Z: 04-03 23:30 -03, 04-03 23:30 -04, 04-04 00:30 -04
midnight in the gap is at its end | Africa/Cairo | 0 0 * * *
  2027-04-28T12:00Z: 04-29 00:00 +02, 04-30 01:00 +03, 05-01 00:00 +03
a wildcard skips a gap at midnight | Africa/Cairo | 0 * * * *
  2027-04-29T20:30Z: 04-29 23:00 +02, 04-30 01:00 +03
an hour before midnight that comes twice has one fixed time | Africa/Cairo | 30 23 * * *
  2027-10-27T22:00Z: 10-28 23:30 +03, 10-29 23:30 +02
a wildcard runs in both hours before midnight | Africa/Cairo | 30 * * * *
  2027-10-28T20:00Z: 10-28 23:30 +03, 10-28 23:30 +02, 10-29 00:30 +02
a Friday that was left out has no run | Pacific/Apia | 0 12 * * 5
  2011-12-28T00:00Z: 01-06 12:00 +14, 01-13 12:00 +14
a wildcard goes over a day that was left out | Pacific/Apia | 0 */12 * * *
  2011-12-29T20:00Z: 12-29 12:00 -10, 12-31 00:00 +14, 12-31 12:00 +14
a zone without changes has every day alike | Asia/Kolkata | 30 2 * * *
  2027-03-27T00:00Z: 03-28 02:30 +05:30, 03-29 02:30 +05:30
a wildcard in a zone without changes | Asia/Kolkata | 30 */6 * * *
  2027-10-30T20:00Z: 10-31 06:30 +05:30, 10-31 12:30 +05:30
`;

const rows = Array.from(ROWS.matchAll(/(.+) \| (.+) \| (.+)\n {2}(\S+): (.+)/g), ([, ...parts]) => {
  const [what, zone, pattern, from, runs] = parts as [string, string, string, string, string];
  return { what, zone, pattern, from, runs: runs.split(', ') };
});

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
  it('are those of the table', () => {
    expect(rows).toHaveLength(26);
  });

  it.each(rows)('$zone, $pattern: $what', ({ pattern, zone, from, runs }) => {
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
