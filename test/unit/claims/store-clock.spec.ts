import { describe, expect, it } from '@jest/globals';
import { NO_TAKEOVER_MS, StoreClock } from '../../../lib/core/claims/store-clock.js';
import { ManualClock } from '../../support/manual-clock.js';

/** Heard every second for some time. */
function heardFor(ms: number): { clock: ManualClock; store: StoreClock; hear: () => void } {
  const clock = new ManualClock();
  const store = new StoreClock(clock);
  const hear = (): void => store.heard(clock.now());
  hear();
  for (let passed = 0; passed < ms; passed += 1_000) {
    clock.pass(1_000);
    hear();
  }
  return { clock, store, hear };
}

describe("the claim store's clock", () => {
  it('lets orphans be taken over, within a second, once the store was heard for a while without a break', () => {
    const { clock, store } = heardFor(NO_TAKEOVER_MS);
    expect(store.takeoverUntil(NO_TAKEOVER_MS)).toBe(clock.now() + 1_000);
  });

  it.each([
    ['the connection', heardFor(NO_TAKEOVER_MS), NO_TAKEOVER_MS - 1],
    ['what was heard', heardFor(NO_TAKEOVER_MS - 1_000), Infinity],
  ])('lets none be taken over when %s is younger', (_, { store }, readyFor) => {
    expect(store.takeoverUntil(readyFor)).toBe(0);
  });

  it('lets none be taken over by one who has never heard the store', () => {
    expect(new StoreClock(new ManualClock()).takeoverUntil(Infinity)).toBe(0);
  });

  it('lets none be taken over for a while after a silence, in which the store may have been away', () => {
    const { clock, store, hear } = heardFor(NO_TAKEOVER_MS);
    clock.standStill(3_001);
    expect(store.takeoverUntil(Infinity)).toBe(0);
    hear();
    expect(store.takeoverUntil(Infinity)).toBe(0);
    clock.pass(2_500);
    hear();
    clock.pass(2_500);
    expect(store.takeoverUntil(Infinity)).toBe(clock.now() + 1_000);
  });

  it('takes the time between two looks of one who waits for no silence', () => {
    const { clock, store, hear } = heardFor(NO_TAKEOVER_MS);
    clock.standStill(3_000);
    hear();
    expect(store.takeoverUntil(Infinity)).toBe(clock.now() + 1_000);
  });
});
