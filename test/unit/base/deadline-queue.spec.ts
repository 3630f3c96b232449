import { beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DeadlineQueue, type Waiting } from '../../../lib/core/base/deadline-queue.js';
import { ManualClock } from '../../support/manual-clock.js';

class Waiter implements Waiting {
  over = false;
  readonly calledAt: number[] = [];

  constructor(
    readonly clock: ManualClock,
    readonly onCall: () => void = () => {},
  ) {}

  onDeadline(): void {
    this.calledAt.push(this.clock.monotonic());
    this.over = true;
    this.onCall();
  }
}

describe('deadline queue', () => {
  let clock: ManualClock;
  let queue: DeadlineQueue;

  beforeEach(() => {
    clock = new ManualClock();
    queue = new DeadlineQueue(50, clock);
  });

  function add(then?: () => void): Waiter {
    const waiter = new Waiter(clock, then);
    queue.add(waiter);
    return waiter;
  }

  it('calls each at its own deadline, with one timer for all', () => {
    const waiters: Waiter[] = [];
    for (let count = 0; count < 100; count++) {
      waiters.push(add());
      expect(clock.timers).toBe(1);
      clock.pass(1);
    }
    clock.pass(200);
    expect(waiters.map(({ calledAt }) => calledAt)).toEqual(waiters.map((_, at) => [at + 50]));
    expect(clock.timers).toBe(0);
  });

  it('passes by what is over, and does not wait for it', () => {
    const first = add();
    clock.pass(10);
    const second = add();
    first.over = true;
    clock.pass(100);
    expect([first.calledAt, second.calledAt]).toEqual([[], [60]]);
    expect(clock.timers).toBe(0);
  });

  it('lets one that is called add another', () => {
    let later: Waiter | undefined;
    const first = add(() => (later = add()));
    clock.pass(200);
    expect([first.calledAt, later?.calledAt]).toEqual([[50], [100]]);
    expect(clock.timers).toBe(0);
  });

  it('lets one that is called add another while more are waiting, with one timer for all', () => {
    let later: Waiter | undefined;
    add(() => (later = add()));
    clock.pass(10);
    const second = add();
    clock.pass(40);
    expect(clock.timers).toBe(1);
    clock.pass(200);
    expect([second.calledAt, later?.calledAt]).toEqual([[60], [100]]);
  });

  it('does not call one that is over by the end of the turn: the event loop may have stood still', () => {
    const turn: (() => void)[] = [];
    clock.defer = (run) => void turn.push(run);
    const [answered, silent] = [add(), add()];
    clock.pass(50);
    answered.over = true;
    for (const run of turn) run();
    expect([answered.calledAt, silent.calledAt]).toEqual([[], [50]]);
  });

  it('calls nobody any more once it is closed, and leaves no timer', () => {
    const waiter = add();
    queue.close();
    clock.pass(1_000);
    expect([waiter.calledAt, clock.timers]).toEqual([[], 0]);
    queue.close();
  });

  it('calls exactly those that are not over, each once, in the order they came', () => {
    const plan = fc.array(fc.record({ pause: fc.nat(30), overAfter: fc.option(fc.nat(100), { nil: undefined }) }));
    fc.assert(
      fc.property(plan, (entries) => {
        clock = new ManualClock();
        queue = new DeadlineQueue(50, clock);
        const called: number[] = [];
        const expected: number[] = [];
        entries.forEach(({ pause, overAfter }, at) => {
          clock.pass(pause);
          const waiter = add(() => called.push(at));
          if (overAfter !== undefined) clock.after(overAfter + 0.5, () => (waiter.over = true));
          if (overAfter === undefined || overAfter >= 50) expected.push(at);
        });
        clock.pass(1_000);
        expect(called).toEqual(expected);
        expect(clock.timers).toBe(0);
      }),
    );
  });
});
