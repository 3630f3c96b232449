import { describe, expect, it } from '@jest/globals';
import { Beat } from '../../../lib/core/consumer/beat.js';
import { ManualClock } from '../../support/manual-clock.js';

class Owner {
  idle = false;
  beats = 0;
  steps = 0;

  onBeat(): void {
    this.beats++;
  }

  onClockStep(): void {
    this.steps++;
  }
}

function begin(): { clock: ManualClock; owner: Owner; beat: Beat } {
  const [clock, owner] = [new ManualClock(), new Owner()];
  return { clock, owner, beat: new Beat(clock, owner) };
}

describe('the beat', () => {
  it('goes every half second from when something came, once for all that came', async () => {
    const { clock, owner, beat } = begin();
    await clock.advance(5_000);
    expect(owner.beats).toBe(0);
    beat.start();
    beat.start();
    await clock.advance(5_000);
    expect(owner.beats).toBe(10);
    beat.stop();
    expect(clock.timers).toBe(0);
  });

  it('ends when nothing is left, and begins again with what comes', async () => {
    const { clock, owner, beat } = begin();
    beat.start();
    owner.idle = true;
    await clock.advance(5_000);
    expect([owner.beats, clock.timers]).toEqual([1, 0]);
    beat.start();
    await clock.advance(500);
    expect(owner.beats).toBe(2);
  });

  it('tells of a step of the wall clock, forward or back, and not of one while nothing was here', async () => {
    const { clock, owner, beat } = begin();
    clock.step(3_600_000);
    beat.start();
    await clock.advance(1_000);
    expect(owner.steps).toBe(0);
    clock.step(-3_600_000);
    await clock.advance(1_000);
    clock.step(501);
    await clock.advance(1_000);
    clock.step(499);
    await clock.advance(1_000);
    expect(owner.steps).toBe(2);
    beat.stop();
    beat.start();
    expect(clock.timers).toBe(0);
  });
});
