import { describe, expect, it } from '@jest/globals';
import type { VitalSigns } from '../../../lib/core/base/vital-signs.js';
import { Standstill } from '../../../lib/core/health/standstill.js';
import { ManualClock } from '../../support/manual-clock.js';

const LANE = { node: 'a:1', answers: 0, able: true, longestReserve: 5, held: 0 };
const SIGNS: VitalSigns = {
  tube: 'work',
  handler: 'Jobs.run',
  lanes: [LANE],
  claims: 0,
  claimable: 0,
  waiting: 0,
  running: 0,
  concurrency: 10,
  oldest: undefined,
  paused: false,
};

/** Seconds after which reasons are given, of at most a minute. Signs may change with each second. */
function secondsUntil(signsAt: (second: number) => Partial<VitalSigns>): number | undefined {
  const clock = new ManualClock();
  let second = 0;
  const vital = {
    running: SIGNS,
    get signs() {
      return { ...SIGNS, ...signsAt(second) };
    },
  };
  const standstill = new Standstill(new Map([['work', vital]]), clock, 3_000);
  standstill.watch();
  for (; second < 60; second++) {
    if (standstill.reasons(vital.signs).length > 0) break;
    clock.pass(1_000);
  }
  standstill.close();
  expect(clock.timers).toBe(0);
  return second < 60 ? second : undefined;
}

describe('a consumer stands still', () => {
  it('when a lane that could take a job is not answered for the longest reserve, the command deadline and two seconds', () => {
    expect(secondsUntil(() => ({}))).toBe(11);
    expect(secondsUntil(() => ({ lanes: [{ ...LANE, longestReserve: 10 }] }))).toBe(16);
  });

  it('when jobs that are due are not claimed for ten seconds although they could be', () => {
    expect(secondsUntil(() => ({ lanes: [], claimable: 3 }))).toBe(11);
  });

  it.each<[string, (second: number) => Partial<VitalSigns>]>([
    ['a lane is answered now and then', (second) => ({ lanes: [{ ...LANE, answers: Math.floor(second / 5) }] })],
    ['a lane has no room, or its node is away', () => ({ lanes: [{ ...LANE, able: false }] })],
    ['a lane gets room now and then', (second) => ({ lanes: [{ ...LANE, able: second % 9 !== 0 }] })],
    ['claims go on', (second) => ({ lanes: [], claimable: 3, claims: second })],
    ['nothing is due', () => ({ lanes: [] })],
  ])('not when %s', (_, signsAt) => {
    expect(secondsUntil(signsAt)).toBeUndefined();
  });
});
