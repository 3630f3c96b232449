import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { slotName } from '../../../lib/cron/spec/slot-name.js';
import { rhythmOf } from '../../../lib/cron/spec/spec.js';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const FROM = Date.parse('2026-01-01T00:00Z');
const YEARS = 20;

/** Fifty, spread over all that this process knows, and those that change their clocks in an odd way. */
const ALL = Intl.supportedValuesOf('timeZone');
const ODD = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Africa/Cairo',
  'Pacific/Apia',
];
const ZONES = [...ODD, ...Array.from({ length: 44 }, (_, at) => ALL[Math.floor((at * ALL.length) / 44)] as string)];

/** Moments at which a zone changes its clocks, found by asking for its offset. */
function changesOf(zone: string): readonly number[] {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const offset = (ms: number): string =>
    format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const found: number[] = [];
  let before = offset(FROM);
  for (let day = FROM + 7 * DAY; day < FROM + YEARS * 365 * DAY; day += 7 * DAY) {
    const now = offset(day);
    if (now === before) continue;
    let [low, high] = [day - 7 * DAY, day];
    while (high - low > MINUTE) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE) * MINUTE;
      if (offset(middle) === before) low = middle;
      else high = middle;
    }
    found.push(high);
    before = now;
  }
  return found;
}

const part = (most: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min: 2, max: Math.max(2, Math.floor(most / 2)) }).map((step) => `*/${step}`),
    fc.integer({ min: 0, max: most }).map(String),
    fc
      .uniqueArray(fc.integer({ min: 0, max: most }), { minLength: 2, maxLength: 4 })
      .map((numbers) => numbers.join(',')),
  );
const patterns = fc
  .tuple(
    fc.option(part(59), { nil: undefined, freq: 4 }),
    part(59),
    part(23),
    fc.constantFrom('*', '*', '*', '1-5', '0'),
  )
  .map(
    ([second, minute, hour, weekday]) => `${second === undefined ? '' : `${second} `}${minute} ${hour} * * ${weekday}`,
  );

describe('the slots of a pattern', () => {
  it('grow strictly, and no two have one name, in fifty zones over twenty years', () => {
    const changes = new Map(ZONES.map((zone) => [zone, changesOf(zone)]));
    const places = fc.tuple(
      fc.constantFrom(...ZONES),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.integer({ min: -180, max: 60 }),
    );
    fc.assert(
      fc.property(places, patterns, ([zone, share, minutes], pattern) => {
        const known = changes.get(zone) ?? [];
        // Half of them near a change of the clocks, where there is any.
        const change = known[Math.floor(share * known.length)];
        let at = change === undefined ? FROM + Math.floor(share * YEARS * 365) * DAY : change + minutes * MINUTE;
        const names = new Set<string>();
        for (let run = 0; run < 12; run++) {
          const next = rhythmOf({ cron: pattern, zone }).next(at) as number;
          expect(next).toBeGreaterThan(at);
          names.add(slotName({ cron: pattern, zone }, next));
          at = next;
        }
        expect(names.size).toBe(12);
      }),
      { numRuns: 1_000, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false },
    );
  }, 60_000);
});
