import { beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { NodeHealth } from '../../../lib/core/cluster/node-health.js';
import { DqConnectionError } from '../../../lib/core/errors/connection.errors.js';
import type { DqEvent } from '../../../lib/core/base/events.js';
import { ManualClock } from '../../support/manual-clock.js';
import { seededRandom } from '../../support/seeded-random.js';

const DEAD = new DqConnectionError('It hung up.');

describe('health of a node', () => {
  let clock: ManualClock;
  let events: DqEvent[];
  let health: NodeHealth;

  function create(random: () => number): void {
    clock = new ManualClock();
    events = [];
    health = new NodeHealth('a:1', clock, random, (event) => events.push(event));
  }

  beforeEach(() => create(() => 1));

  it('is up at first, and says nothing when it stays so', () => {
    health.answered();
    health.answered();
    expect([health.up, health.rest, events]).toEqual([true, 0, []]);
  });

  it('rests after a failure, and may be asked again when the rest is over', () => {
    health.failed(DEAD);
    expect([health.up, health.rest]).toEqual([false, 100]);
    clock.pass(99);
    expect(health.rest).toBe(1);
    clock.pass(1);
    expect([health.up, health.rest]).toEqual([false, 0]);
  });

  it('rests twice as long with each failure, up to 5 s', () => {
    const rests: number[] = [];
    for (let failure = 0; failure < 10; failure++) {
      health.failed(DEAD);
      rests.push(health.rest);
      clock.pass(health.rest);
    }
    expect(rests).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000]);
  });

  it('begins with a short rest again after it was up', () => {
    for (let failure = 0; failure < 5; failure++) {
      health.failed(DEAD);
      clock.pass(health.rest);
    }
    health.answered();
    health.failed(DEAD);
    expect(health.rest).toBe(100);
  });

  it('counts connections that die together as one failure', () => {
    for (let connection = 0; connection < 20; connection++) health.failed(DEAD);
    expect(health.rest).toBe(100);
    clock.pass(100);
    health.failed(DEAD);
    expect(health.rest).toBe(200);
  });

  it('would rest for seconds at once if each of them counted (control)', () => {
    for (let connection = 0; connection < 20; connection++) {
      health.failed(DEAD);
      clock.pass(health.rest);
    }
    health.failed(DEAD);
    expect(health.rest).toBe(5_000);
  });

  it('takes off a random quarter at most, so that processes do not come back as one', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 8 }), (seed, failures) => {
        create(seededRandom(seed));
        for (let failure = 1; failure < failures; failure++) {
          health.failed(DEAD);
          clock.pass(health.rest);
        }
        health.failed(DEAD);
        const full = Math.min(5_000, 100 * 2 ** (failures - 1));
        expect(health.rest).toBeLessThanOrEqual(full);
        expect(health.rest).toBeGreaterThanOrEqual(0.75 * full);
      }),
    );
  });

  it('reports each loss and each return once', () => {
    for (let failure = 0; failure < 3; failure++) {
      health.failed(DEAD);
      clock.pass(health.rest);
    }
    expect(events).toEqual([{ type: 'node-lost', node: 'a:1', reason: 'It hung up.', reached: false }]);
    clock.pass(300);
    health.answered();
    health.answered();
    expect(events.slice(1)).toEqual([{ type: 'node-back', node: 'a:1', awayMs: 1_000 }]);
    health.failed(DEAD);
    expect(events.map(({ type }) => type)).toEqual(['node-lost', 'node-back', 'node-lost']);
  });

  it('says whether it was ever reached: a connection is not enough, an answer is', () => {
    health.failed(DEAD);
    clock.pass(100);
    health.answered();
    health.failed(DEAD);
    expect(events.filter(({ type }) => type === 'node-lost')).toMatchObject([{ reached: false }, { reached: true }]);
    create(() => 1);
    health.answered();
    health.failed(DEAD);
    expect(events).toMatchObject([{ reached: true }]);
  });

  it('does not follow a wall clock that steps', () => {
    health.failed(DEAD);
    clock.step(3_600_000);
    expect(health.rest).toBe(100);
    clock.step(-7_200_000);
    clock.pass(100);
    health.answered();
    expect(events[1]).toEqual({ type: 'node-back', node: 'a:1', awayMs: 100 });
  });
});
