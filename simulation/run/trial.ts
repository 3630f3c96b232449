import { createHash } from 'node:crypto';
import type { History } from '../../harness/history/history.js';
import type { Sabotage } from '../../harness/sabotage/sabotage.js';
import type { BrokenPromise } from '../../harness/judge/broken-promise.js';
import { judge } from '../../harness/judge/judge.js';
import type { Plan } from '../plan/plan.js';
import { termsOf } from '../plan/terms-of.js';
import { EPOCH_MS } from '../time/virtual-time.js';
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
      digest: () => digestOf(record),
      lines: () => linesOf(record),
    };
  } catch (error) {
    onThrown(error);
    return { plan, violations: thrown, events: 0, virtualMs: 0, runs: 0, digest: () => '', lines: () => [] };
  } finally {
    process.off('unhandledRejection', onThrown);
  }
}

/** One line for each event; moments in milliseconds since the start. */
function linesOf({ events }: History): string[] {
  return events.map(({ at, kind, ...rest }) => {
    return `${(at - EPOCH_MS).toFixed(3).padStart(14)} ${kind} ${JSON.stringify(rest)}`;
  });
}

/** The same for the same history, to the last byte. */
function digestOf(record: History): string {
  const hash = createHash('sha256');
  for (const line of linesOf(record)) hash.update(line).update('\n');
  return hash.digest('hex');
}
