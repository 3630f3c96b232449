import type { Sabotage } from '../../harness/sabotage/sabotage.js';
import { check } from '../check/check.js';
import type { Violation } from '../check/violation.js';
import type { Plan } from '../plan/plan.js';
import { play } from './run.js';

/** A plan that was played and judged. */
export interface Trial {
  readonly plan: Plan;
  readonly violations: readonly Violation[];
  readonly events: number;
  readonly virtualMs: number;
  readonly runs: number;
  readonly digest: () => string;
  readonly lines: () => readonly string[];
}

/** Plays a plan and judges its history. What is thrown where nobody expects it is a violation too. */
export async function tryPlan(plan: Plan, bug: Sabotage = {}): Promise<Trial> {
  const thrown: Violation[] = [];
  const onThrown = (error: unknown): void => {
    thrown.push({ rule: 'threw', text: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  };
  process.on('unhandledRejection', onThrown);
  try {
    const { record, events, virtualMs } = await play(plan, bug);
    return {
      plan,
      violations: [...thrown, ...check(plan, record.events)],
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
