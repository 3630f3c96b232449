import type { Plan } from './plan.js';

const PARTS = ['faults', 'jobs', 'words', 'pauses'] as const;

/** Whether a plan still fails as the whole one did. */
export type Fails = (plan: Plan) => Promise<boolean>;

/**
 * Makes a failing plan small: leaves out faults, jobs, words on keys, pauses and the night, first many at once, then one by one, as long as it fails. What
 * is left is needed for the failure, one by one.
 */
export async function shrink(plan: Plan, fails: Fails, mostTries = 400): Promise<Plan> {
  let triesLeft = mostTries;
  let least = plan;
  const keepIf = async (smaller: Plan): Promise<boolean> => {
    if (triesLeft === 0) return false;
    triesLeft--;
    if (!(await fails(smaller))) return false;
    least = smaller;
    return true;
  };
  let before: number;
  do {
    before = sizeOf(least);
    for (const part of PARTS) {
      await thin(
        () => least[part] as readonly unknown[],
        (fewer) => keepIf({ ...least, [part]: fewer }),
      );
    }
    if (least.night !== undefined) await keepIf({ ...least, night: undefined });
  } while (sizeOf(least) < before);
  return least;
}

/** Leaves out runs of entries: half of them, a quarter, ... one. */
async function thin<T>(entries: () => readonly T[], keepIf: (fewer: readonly T[]) => Promise<boolean>): Promise<void> {
  for (let size = Math.ceil(entries().length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < entries().length;) {
      const fewer = entries().toSpliced(at, size);
      if (!(await keepIf(fewer))) at += size;
    }
  }
}

function sizeOf(plan: Plan): number {
  return PARTS.reduce((sum, part) => sum + plan[part].length, plan.night === undefined ? 0 : 1);
}
