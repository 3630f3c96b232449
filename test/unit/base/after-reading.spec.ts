import { beforeEach, describe, expect, it } from '@jest/globals';
import { afterReading, type Timer } from '../../../lib/core/base/clock.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('after a time and one more turn of reading', () => {
  let clock: ManualClock;
  let calls: string[];
  let timer: Timer;

  beforeEach(() => {
    clock = new ManualClock();
    calls = [];
    timer = afterReading(clock, 50, () => calls.push('act'));
  });

  /** Lets the time pass, and stops where what came meanwhile would be read. */
  function untilReading(): () => void {
    const turn: (() => void)[] = [];
    clock.defer = (run) => void turn.push(run);
    clock.pass(50);
    expect(turn).toHaveLength(1);
    return () => {
      for (const run of turn) run();
    };
  }

  it('acts then, and once', () => {
    clock.pass(49);
    expect(calls).toEqual([]);
    clock.pass(1);
    expect(calls).toEqual(['act']);
    clock.pass(1_000);
    expect(calls).toEqual(['act']);
  });

  it('acts after what that turn brings', () => {
    const endTurn = untilReading();
    calls.push('read');
    endTurn();
    expect(calls).toEqual(['read', 'act']);
  });

  it('does not act when it is cancelled before its time, and leaves no timer', () => {
    clock.pass(49);
    timer.cancel();
    expect(clock.timers).toBe(0);
    clock.pass(1_000);
    expect(calls).toEqual([]);
  });

  it('does not act when what the turn brings cancels it', () => {
    const endTurn = untilReading();
    timer.cancel();
    endTurn();
    expect(calls).toEqual([]);
  });

  it('may be cancelled twice, and after it has acted', () => {
    clock.pass(50);
    timer.cancel();
    timer.cancel();
    clock.pass(1_000);
    expect(calls).toEqual(['act']);
  });
});
