// A process that plays shares of seeds, one at a time.
import { sabotages } from '../../harness/sabotage/sabotages.js';
import { makePlan } from '../plan/make-plan.js';
import { tryPlan } from '../run/trial.js';
import { added, NOTHING, type Share, type Tally, tallyOf } from './share.js';

process.on('message', (share: Share) => {
  void playShare(share).then((tally) => process.send?.(tally));
});

async function playShare({ mode, seeds, bug, until }: Share): Promise<Tally> {
  let tally = NOTHING;
  for (const seed of seeds) {
    const trial = await tryPlan(makePlan(seed, mode), bug && sabotages[bug]);
    tally = added(tally, tallyOf(trial));
    if (trial.violations.some(({ rule }) => until?.includes(rule))) break;
  }
  return tally;
}
