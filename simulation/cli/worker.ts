// A process that plays shares of seeds, one at a time.
import { sabotages } from '../../harness/sabotage/sabotages.js';
import { makePlan } from '../plan/make-plan.js';
import { tryPlan } from '../run/trial.js';
import { added, NOTHING, type Share, type Tally } from './share.js';

process.on('message', (share: Share) => {
  void playShare(share).then((tally) => process.send?.(tally));
});

async function playShare({ mode, seeds, bug, until }: Share): Promise<Tally> {
  let tally = NOTHING;
  for (const seed of seeds) {
    const plan = makePlan(seed, mode);
    const { violations, events, virtualMs, runs } = await tryPlan(plan, bug && sabotages[bug]);
    const failures = violations.length === 0 ? [] : [{ seed, mode, violations }];
    const { jobs, faults } = plan;
    tally = added(tally, { plans: 1, jobs: jobs.length, faults: faults.length, runs, events, virtualMs, failures });
    if (violations.some(({ rule }) => until?.includes(rule))) break;
  }
  return tally;
}
