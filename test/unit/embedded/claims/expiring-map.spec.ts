import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { FOREVER, type Kept } from '../../../../lib/embedded/claims/claim-record.js';
import { ExpiringMap } from '../../../../lib/embedded/claims/expiring-map.js';
import { ManualClock } from '../../../support/manual-clock.js';

function setup(): { clock: ManualClock; map: ExpiringMap<Kept>; keep: (key: string, ms: number) => void } {
  const clock = new ManualClock();
  const map = new ExpiringMap<Kept>(clock);
  return { clock, map, keep: (key, ms) => map.set(key, { keptUntil: clock.now() + ms }) };
}

describe('a record that expires', () => {
  it('is there up to its last moment, and dropped by the next look', () => {
    const { clock, map, keep } = setup();
    keep('a', 100);
    clock.pass(100);
    expect([map.keeps('a'), [...map.entries()].length]).toEqual([0, 1]);
    clock.pass(1);
    expect([[...map.entries()], map.size]).toEqual([[], 1]);
    expect(map.get('a', clock.now())).toBeUndefined();
    expect([map.keeps('a'), map.size]).toEqual([undefined, 0]);
  });

  it('may have its moment moved either way', () => {
    const { clock, map, keep } = setup();
    keep('longer', 100);
    keep('shorter', 1_000);
    keep('longer', 1_000);
    keep('shorter', 100);
    clock.pass(500);
    map.sweep();
    expect([...map.entries()].map(([key]) => key)).toEqual(['longer']);
  });

  it('may have no end', () => {
    const { clock, map } = setup();
    map.set('a', { keptUntil: FOREVER });
    clock.pass(100 * 365 * 86_400_000);
    map.sweep();
    expect(map.keeps('a')).toBe(Infinity);
  });

  it.each([
    ['a million a day, kept for an hour', 86, 3_600_000, 42_000],
    ['bursts that are kept for a second', 0.02, 1_000, 50_000],
  ])('does not fill the memory: %s', (_what, everyMs, keptMs, live) => {
    const { clock, map, keep } = setup();
    let most = 0;
    for (let at = 0; at < 5 * live; at++) {
      clock.step(at % 50 === 0 ? 50 * everyMs : 0);
      keep(`job-${at}`, keptMs);
      most = Math.max(most, map.size);
    }
    expect(most).toBeLessThan(1.4 * live);
    expect([...map.entries()].length).toBeGreaterThan(0.9 * live);
  });

  it('is dropped though others beside it stay for ever', () => {
    const { clock, map, keep } = setup();
    for (let at = 0; at < 10_000; at++) keep(`dead-${at}`, 1e12);
    for (let at = 0; at < 50_000; at++) {
      clock.step(1);
      keep(`job-${at}`, 100);
    }
    expect(map.size).toBeLessThan(1.4 * 10_100);
  });
});

describe('a key', () => {
  it('of any kind and length is found again', () => {
    const { clock, map, keep } = setup();
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc.string({ unit: 'grapheme' }),
      fc.string({ minLength: 500, maxLength: 530 }),
      fc.constantFrom('\ud800', '\u00e9', ''),
    );
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 20 }), (keys) => {
        map.restore(new Map());
        for (const key of keys) for (const ms of [1, 2]) keep(key, ms);
        expect(keys.map((key) => map.keeps(key))).toEqual(keys.map(() => 2));
        expect(new Set([...map.entries()].map(([key]) => key))).toEqual(new Set(keys));
        expect(map.get('none of them', clock.now())).toBeUndefined();
      }),
    );
  });
});
