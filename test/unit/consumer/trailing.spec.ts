import { describe, expect, it } from '@jest/globals';
import type { Lane } from '../../../lib/core/consumer/lane.js';
import { Trailing } from '../../../lib/core/consumer/trailing.js';

const DUE = 1_767_225_600_000;
const MOST = 1_000;
const lane = (): Lane => ({}) as Lane;

/** Two lanes: the first brought so many jobs, the second a copy of the first of them. */
function twoLanes(jobs: number, due: (at: number) => number = () => DUE) {
  const [trailing, ahead, behind] = [new Trailing(), lane(), lane()];
  const first = trailing.begin(ahead, due(0));
  for (let at = 1; at < jobs; at++) trailing.begin(ahead, due(at));
  trailing.met(behind, first);
  return { trailing, ahead, behind };
}

describe('a lane trails', () => {
  it('when another one brings jobs, and this one copies of jobs that were met', () => {
    const { trailing, ahead, behind } = twoLanes(2);
    expect([trailing.trails(ahead, MOST), trailing.trails(behind, MOST)]).toEqual([false, true]);
  });

  it('no more once it begins a job itself', () => {
    const { trailing, ahead, behind } = twoLanes(2);
    trailing.begin(behind, DUE);
    expect([trailing.trails(ahead, MOST), trailing.trails(behind, MOST)]).toEqual([true, false]);
  });

  it('not where both are at the same job', () => {
    const { trailing, ahead, behind } = twoLanes(1);
    expect([trailing.trails(ahead, MOST), trailing.trails(behind, MOST)]).toEqual([false, false]);
  });

  it('not before it has brought anything', () => {
    const { trailing } = twoLanes(2);
    expect(trailing.trails(lane(), MOST)).toBe(false);
  });

  it('by less than so many jobs', () => {
    const near = twoLanes(MOST);
    expect(near.trailing.trails(near.behind, MOST)).toBe(true);
    const far = twoLanes(MOST + 1);
    expect(far.trailing.trails(far.behind, MOST)).toBe(false);
  });

  it.each([
    ['the same second', 999, true],
    ['another second', 1_000, false],
  ])('while the jobs that begin are of %s', (_, later, trails) => {
    const { trailing, behind } = twoLanes(3, (at) => DUE + (at === 2 ? later : 0));
    expect(trailing.trails(behind, MOST)).toBe(trails);
  });
});
