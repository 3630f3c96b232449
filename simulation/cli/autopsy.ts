import type { Sabotage } from '../../harness/sabotage/sabotage.js';
import type { BrokenPromise } from '../../harness/judge/broken-promise.js';
import type { Plan } from '../plan/plan.js';
import { shrink } from '../plan/shrink.js';
import { tryPlan, type Trial } from '../run/trial.js';

/** Makes the plan of a failure as small as it can be with the same rule broken. */
export async function dissect(plan: Plan, violations: readonly BrokenPromise[], bug: Sabotage): Promise<Trial> {
  const rule = violations[0]?.rule;
  const least = await shrink(plan, async (smaller) => {
    const trial = await tryPlan(smaller, bug);
    return trial.violations.some((violation) => violation.rule === rule);
  });
  return tryPlan(least, bug);
}

/** A plan and its history, for people. */
export function describeTrial({ plan, violations, lines, digest }: Trial): string {
  return [
    `seed ${plan.seed}, ${plan.mode}: ${JSON.stringify(plan.settings)}`,
    `processes: ${plan.processes.join(', ')}`,
    ...(plan.night === undefined ? [] : [`night: ${JSON.stringify(plan.night)}`]),
    ...plan.jobs.map((job) => `job ${JSON.stringify(job)}`),
    ...plan.words.map((word) => `word ${JSON.stringify(word)}`),
    ...plan.pauses.map((pause) => `pause ${JSON.stringify(pause)}`),
    ...plan.faults.map((fault) => `fault ${JSON.stringify(fault)}`),
    ...lines(),
    ...violations.map(({ rule, text }) => `VIOLATION ${rule}: ${text}`),
    `history ${digest()}`,
  ].join('\n');
}
