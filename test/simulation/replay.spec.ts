import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { makePlan } from '../../simulation/plan/make-plan.js';
import { shrink } from '../../simulation/plan/shrink.js';
import { tryPlan } from '../../simulation/run/trial.js';

const ROOT = join(import.meta.dirname, '..', '..');
const LOADER = './harness/typescript-loader.mjs';

describe('a seed', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('%i gives the same history twice', async (seed) => {
    const first = await tryPlan(makePlan(seed, 'liveness'));
    const second = await tryPlan(makePlan(seed, 'liveness'));

    expect(first.lines().length).toBeGreaterThan(20);
    expect(second.lines()).toEqual(first.lines());
  });

  it('gives the same history in another process', async () => {
    const { digest } = await tryPlan(makePlan(11, 'safety'));
    const args = ['--import', LOADER, 'simulation/run.ts', '--seed', '11', '--mode', 'safety', '--history'];
    const printed = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });

    expect(printed).toContain(`history ${digest()}`);
  });

  it('gives another history than another seed', async () => {
    const first = await tryPlan(makePlan(1, 'safety'));
    const second = await tryPlan(makePlan(2, 'safety'));

    expect(second.digest()).not.toBe(first.digest());
  });
});

describe('a failing plan', () => {
  it('is made small, and what is left is needed', async () => {
    const plan = makePlan(3, 'safety');
    const [fault] = plan.faults.slice(-1);
    const needed = [plan.jobs[4], plan.jobs[7]];

    const least = await shrink(plan, async ({ jobs, faults }) => {
      return (
        needed.every((job) => job !== undefined && jobs.includes(job)) &&
        (fault === undefined || faults.includes(fault))
      );
    });

    expect(least.jobs).toEqual(needed);
    expect(least.faults).toEqual(fault === undefined ? [] : [fault]);
  });
});
