// npm run simulate: the whole system in one process on a virtual clock. See docs/evidence/simulation.md.
import { sabotages } from '../harness/sabotage/sabotages.js';
import { type Arguments, readArguments, usage } from './cli/arguments.js';
import { describeTrial, dissect } from './cli/autopsy.js';
import { added, type Failure, NOTHING, playShares, sharesOf, type Tally, tallyOf } from './cli/share.js';
import { makePlan } from './plan/make-plan.js';
import { tryPlan } from './run/trial.js';

const MOST_SHOWN = 3;
const TOLD_FAILURES = 20;

process.exitCode = await main(process.argv.slice(2));

/** @returns the exit code: 0 when no rule was broken */
async function main(args: readonly string[]): Promise<number> {
  let wanted: Arguments;
  try {
    wanted = readArguments(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  const from = performance.now();
  const tally = wanted.history ? await showAll(wanted) : await playAll(wanted);
  const seconds = (performance.now() - from) / 1000;
  if (wanted.json) console.log(JSON.stringify({ ...wanted, ...tally, seconds }));
  else console.log(summary(tally, seconds));
  if (!wanted.json && !wanted.history) await show(tally.failures.slice(0, MOST_SHOWN), wanted);
  return tally.failures.length === 0 ? 0 : 1;
}

async function playAll({ seed, seeds, modes, bug, workers }: Arguments): Promise<Tally> {
  let tally = NOTHING;
  await playShares(sharesOf(seed, seeds, modes, { bug }), workers, (more) => {
    tally = added(tally, more);
    for (const { seed, mode, violations } of more.failures) {
      if (tally.failures.length > TOLD_FAILURES) break;
      console.error(`seed ${seed}, ${mode}: ${violations[0]?.rule}: ${violations[0]?.text}`);
    }
    return undefined;
  });
  return tally;
}

/** Plays in this process and prints each history. */
async function showAll({ seed, seeds, modes, bug }: Arguments): Promise<Tally> {
  let tally = NOTHING;
  for (let at = seed; at < seed + seeds; at++) {
    for (const mode of modes) {
      const trial = await tryPlan(makePlan(at, mode), bug && sabotages[bug]);
      console.log(describeTrial(trial));
      tally = added(tally, tallyOf(trial));
    }
  }
  return tally;
}

async function show(failures: readonly Failure[], { bug, shrink }: Arguments): Promise<void> {
  for (const { seed, mode, violations } of failures) {
    const plan = makePlan(seed, mode);
    const mistake = bug === undefined ? {} : sabotages[bug];
    console.log(describeTrial(shrink ? await dissect(plan, violations, mistake) : await tryPlan(plan, mistake)));
  }
}

function summary({ plans, jobs, faults, runs, events, virtualMs, failures }: Tally, seconds: number): string {
  const hours = (virtualMs / 3_600_000).toFixed(1);
  return (
    `${plans} plans, ${jobs} jobs, ${runs} runs, ${faults} faults, ${events} events, ${hours} virtual hours ` +
    `in ${seconds.toFixed(1)} s: ${failures.length} failed`
  );
}
