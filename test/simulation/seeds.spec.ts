import { expect, it } from '@jest/globals';
import { type Failure, playShares, sharesOf } from '../../simulation/cli/share.js';

const SEEDS = 200;
const WORKERS = 2;

it(`nothing forbidden happens in the first ${SEEDS} seeds of each mode`, async () => {
  const failed: Failure[] = [];
  let plans = 0;
  await playShares(sharesOf(1, SEEDS, ['safety', 'liveness'], { bug: undefined }), WORKERS, (tally) => {
    failed.push(...tally.failures);
    plans += tally.plans;
    return undefined;
  });

  expect(failed).toEqual([]);
  expect(plans).toBe(2 * SEEDS);
}, 120_000);
