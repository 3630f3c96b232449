import type { Sabotage } from '../../harness/sabotage/sabotage.js';
import type { BrokenPromise } from '../../harness/judge/broken-promise.js';
import { judge } from '../../harness/judge/judge.js';
import type { Plan } from '../plan/plan.js';
import { termsOf } from '../plan/terms-of.js';
import { play } from './run.js';

/** A plan that was played and judged. */
export interface Trial {
  readonly plan: Plan;
  readonly violations: readonly BrokenPromise[];
  readonly events: number;
  readonly virtualMs: number;
  readonly runs: number;
  readonly digest: () => string;
  readonly lines: () => readonly string[];
}

/** Plays a plan and judges its history. What is thrown where nobody expects it is a violation too. */
export async function tryPlan(plan: Plan, bug: Sabotage = {}): Promise<Trial> {
  const thrown: BrokenPromise[] = [];
  const onThrown = (error: unknown): void => {
    thrown.push({ rule: 'threw', text: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  };
  process.on('unhandledRejection', onThrown);
  try {
    const { record, events, virtualMs } = await play(plan, bug);
    return {
      plan,
      violations: [...thrown, ...judge(record.events, termsOf(plan)).broken],
      events,
      virtualMs,
      runs: record.of('start').length,
      digest: () => record.digest,
      lines: () => record.lines,
    };
  } catch (error) {
    onThrown(error);
    return { plan, violations: thrown, events: 0, virtualMs: 0, runs: 0, digest: () => '', lines: () => [] };
  } finally {
    process.off('unhandledRejection', onThrown);
  }
}
