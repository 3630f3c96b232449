import type { CopyState, HistoryEvent } from '../../harness/history/history-event.js';
import type { Rule } from '../../harness/judge/broken-promise.js';
import type { Terms } from '../../harness/judge/case.js';
import type { Cause } from '../../harness/judge/cause.js';
import { spansBy } from '../../harness/judge/excuses.js';
import { dueOf, isFinished, type JobTimeline } from '../../harness/judge/job-timeline.js';
import { judge } from '../../harness/judge/judge.js';
import { LivingCopies } from './living-copies.js';
import { type Percentiles, percentiles, tenth } from './percentiles.js';

/**
 * What became of a job that was asked for. **indeterminate**: its process died before the answer. **completed**: a run came to a good end.
 * **dead**: given up, with a copy kept. **recovered**: it ran after an answer that left it open.
 */
type Fate = 'scheduled' | 'acked' | 'rejected' | 'indeterminate' | 'completed' | 'dead' | 'revoked' | 'recovered';

/** What is counted of a run: broken promises by rule, copies that are left by state, and what became of the jobs. */
export type Counter = Exclude<Rule, 'left over'> | CopyState | 'foreign' | Fate;

export interface Verdict {
  /** What is not named was not met. */
  readonly counts: Readonly<Partial<Record<Counter, number>>>;
  /** Runs beyond a job's first, by cause, allowed or not. */
  readonly causes: Readonly<Partial<Record<Cause, number>>>;
  /** The smallest time from due to start, in milliseconds; negative is early. */
  readonly earliestMs: number | undefined;
  /** From due to the first start. */
  readonly late: Percentiles | undefined;
  /** The same for jobs that came due while a fault was on and had a copy on a node that worked. */
  readonly lateInFault: Percentiles | undefined;
  /** From call to acknowledgement. */
  readonly scheduling: Percentiles | undefined;
  /** The same for calls made while a fault was on. */
  readonly schedulingInFault: Percentiles | undefined;
  /** The most that any process took, in MB; undefined where none told. */
  readonly memoryMb: number | undefined;
  /** A few jobs of each bad kind, for the one who looks into it. */
  readonly examples: Readonly<Record<string, readonly string[]>>;
}

/** Two processes read the same moment up to this far apart. */
const CLOCK_ERROR_MS = 1;
const MOST_EXAMPLES = 5;

/** Judges a history, and measures it. Pure: the same history gives the same verdict. */
export function verdictOf(events: readonly HistoryEvent[], terms: Pick<Terms, 'settleWithinMs' | 'again'>): Verdict {
  const { broken, causes, timelines } = judge(events, { ...terms, clockErrorMs: CLOCK_ERROR_MS });
  const counts: Partial<Record<Counter, number>> = {};
  const examples: Record<string, string[]> = {};
  const count = (counter: Counter, example?: string): void => {
    counts[counter] = (counts[counter] ?? 0) + 1;
    if (example === undefined) return;
    const told = (examples[counter] ??= []);
    if (told.length < MOST_EXAMPLES) told.push(example);
  };
  for (const { rule, state, text } of broken) count(state ?? (rule as Counter), text);
  const died = new Set(events.flatMap((event) => (event.kind === 'gone' && !event.asked ? event.by : [])));
  for (const timeline of timelines) for (const [fate, example] of fatesOf(timeline, died)) count(fate, example);
  const early = timelines.flatMap((timeline) => timeline.runs.map((run) => run.start.at - dueOf(timeline, run)));
  const memory = events.flatMap((event) => (event.kind === 'memory' ? event.mb : []));
  return {
    counts,
    causes,
    ...measured(events, timelines),
    earliestMs: early.length === 0 ? undefined : tenth(early.reduce((least, ms) => Math.min(least, ms))),
    memoryMb: memory.length === 0 ? undefined : Math.max(...memory),
    examples,
  };
}

function* fatesOf(timeline: JobTimeline, died: ReadonlySet<string>): Generator<readonly [Fate, string?]> {
  const { seq, calls, acked, rejected, runs, revokeAnswer } = timeline;
  if (calls.length === 0) return;
  yield ['scheduled'];
  const isAcked = acked !== undefined || calls.some(({ answer }) => answer?.kind === 'placed');
  if (isAcked) yield ['acked'];
  else if (rejected !== undefined) yield ['rejected', `${seq}: ${rejected.reason}`];
  else if (calls.every(({ call }) => died.has(call.by))) yield ['indeterminate'];
  if (isFinished(timeline)) yield ['completed'];
  if (revokeAnswer?.outcome === 'revoked') yield ['revoked'];
  if (runs.length > 0 && !isAcked && rejected?.safe !== true) yield ['recovered'];
  if (timeline.dead && timeline.leftovers.some(({ state }) => state === 'buried')) yield ['dead'];
}

function measured(
  events: readonly HistoryEvent[],
  timelines: readonly JobTimeline[],
): Pick<Verdict, 'late' | 'lateInFault' | 'scheduling' | 'schedulingInFault'> {
  const faults = events.filter((event) => event.kind === 'fault');
  const spans = [...spansBy(faults, ({ name }) => name).values()].flat();
  const inFault = (at: number): boolean => spans.some(({ from, to }) => at >= from && at <= to);
  const living = new LivingCopies(events);
  const starts = timelines.flatMap((timeline) => {
    const { runs, calls } = timeline;
    const [first] = runs;
    if (first === undefined) return [];
    const due = Math.max(dueOf(timeline, first), calls[0]?.call.at ?? 0);
    return { timeline, due, late: first.start.at - due };
  });
  const startsInFault = starts.filter(({ timeline, due }) => inFault(due) && living.has(timeline, due));
  const answers = timelines.flatMap(({ calls }) =>
    calls.flatMap(({ call: { at }, answer }) => (answer?.kind === 'acked' ? { at, took: answer.at - at } : [])),
  );
  return {
    late: percentiles(starts.map(({ late }) => late)),
    lateInFault: percentiles(startsInFault.map(({ late }) => late)),
    scheduling: percentiles(answers.map(({ took }) => took)),
    schedulingInFault: percentiles(answers.filter(({ at }) => inFault(at)).map(({ took }) => took)),
  };
}
