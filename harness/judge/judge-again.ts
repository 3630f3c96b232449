import type { HistoryEvent } from '../history/history-event.js';
import type { BrokenPromise } from './broken-promise.js';
import type { Case } from './case.js';
import type { Cause } from './cause.js';
import type { ClaimedRun, ClaimTimeline } from './claim-timeline.js';
import { type Span, spansBy } from './excuses.js';
import type { JobTimeline, RunTimeline } from './job-timeline.js';

/** A result is settled within this time, unless the claim store is away. */
const SETTLED_WITHIN_MS = 1_000;

/** Each run but a job's first has a cause that is allowed. Where the store is watched, only who was granted a claim last may end it. */
export function* judgeAgain(seen: Case): Generator<BrokenPromise> {
  if (seen.terms.storeIsWatched === true) {
    for (const claim of seen.claims.values()) {
      yield* judgeClaim(seen, claim);
      yield* judgeHolders(seen, claim);
    }
    return;
  }
  const told = new Told(seen.events);
  for (const timeline of seen.timelines) yield* judgeJob(seen, timeline, told);
}

function* judgeJob(seen: Case, { seq, calls, ids, runs }: JobTimeline, told: Told): Generator<BrokenPromise> {
  const firsts = new Set<string>();
  for (const [at, run] of calls.length === 0 ? [] : runs.entries()) {
    const { id } = run.start;
    const before = runs.slice(0, at).findLast((other) => other.start.id === id) ?? runs[at - 1];
    const isFirst = !firsts.has(id) && firsts.size < Math.max(1, ids.size);
    firsts.add(id);
    if (isFirst || before === undefined) continue;
    yield* again(seen, `${seq} (${id})`, before, run, { cause: told.cause(seen, before, run) });
  }
}

function* judgeClaim(seen: Case, claim: ClaimTimeline): Generator<BrokenPromise> {
  for (const [at, run] of claim.runs.entries()) {
    const before = claim.runs[at - 1];
    if (before === undefined) continue;
    yield* again(seen, `${run.start.seq} (${claim.key})`, before, run, grantedCause(seen, claim, before, run));
  }
}

interface Found {
  readonly cause: Cause;
  readonly why?: string;
}

function* again(
  seen: Case,
  what: string,
  { start: one }: Pick<RunTimeline, 'start'>,
  { start: two }: Pick<RunTimeline, 'start'>,
  { cause, why = cause }: Found,
): Generator<BrokenPromise> {
  if (seen.excused(cause)) return;
  const [first, next] = [one, two].map(({ by, attempt, at }) => `${by} #${attempt} at ${seen.shown(at)}`);
  yield { rule: 'twice', text: `${what}: ${first}, then ${next}: ${why}` };
}

/** Only who was granted a claim last may end it. */
function* judgeHolders({ excuses, shown }: Case, { key, settled, grants }: ClaimTimeline): Generator<BrokenPromise> {
  for (const { event, order } of settled) {
    const { by, attempt, at } = event;
    const granted = grants.findLast((grant) => grant.order < order)?.event;
    if (attempt === 0 || granted === undefined || (granted.by === by && granted.attempt === attempt)) continue;
    if (excuses.forgot(granted.at, granted.at, at)) continue;
    // The store forgot its grant, and whom it granted the job instead has given it back: nobody else has it, and it was run.
    const own = grants.findLast((grant) => grant.event.by === by && grant.event.attempt === attempt)?.event;
    const isFree = settled.some(({ event: { by, outcome, at: since } }) => {
      return by === granted.by && outcome === 'again' && since >= granted.at && since <= at;
    });
    if (own !== undefined && isFree && excuses.forgot(own.at, own.at, at)) continue;
    yield {
      rule: 'not its own',
      text: `${key}: ${by} #${attempt} ended at ${shown(at)} what was granted to ${granted.by} #${granted.attempt}`,
    };
  }
}

/** Why `run` followed `before`, by what the store decided. */
function grantedCause({ excuses }: Case, claim: ClaimTimeline, before: ClaimedRun, run: ClaimedRun): Found {
  const { start: one } = before;
  const { start: two, granted } = run;
  const from = before.granted?.at ?? one.at;
  const words = [...claim.grants, ...claim.settled].map(({ event }) => event).filter(({ at }) => at >= from);
  if (words.some(({ at }) => excuses.forgot(at, at, two.at))) return { cause: 'store lost' };
  if (granted === undefined) return { cause: 'unexplained', why: 'the store never granted it' };
  const settled = claim.settled.filter(({ order }) => order > before.order && order < run.order);
  const over = settled.find(({ event }) => event.outcome !== 'again')?.event;
  if (over !== undefined) {
    return excuses.forgotDelete(over.at, two.at)
      ? { cause: 'disk lost' }
      : { cause: 'unexplained', why: 'it was over by then' };
  }
  if (settled.some(({ event }) => event.by === one.by && event.attempt === one.attempt)) return { cause: 'retry' };
  if (!granted.orphan) return { cause: 'unexplained', why: 'it had not ended, and nobody took it over' };
  if (excuses.mayLoseLease(one.by, from, granted.at)) return { cause: 'lease lost' };
  return { cause: 'unexplained', why: 'it was taken over although nothing was wrong with its consumer' };
}

/** What processes say, where the store is not watched. */
class Told {
  readonly #refused = new Map<string, number[]>();
  readonly #storeAway: readonly Span[];

  constructor(events: readonly HistoryEvent[]) {
    for (const event of events) {
      if (event.kind !== 'told' || event.type !== 'result-refused') continue;
      const key = `${event.by} ${event.id ?? ''}`;
      this.#refused.set(key, [...(this.#refused.get(key) ?? []), event.at]);
    }
    const faults = events.filter((event) => event.kind === 'fault').filter(({ name }) => name.startsWith('redis'));
    this.#storeAway = [...spansBy(faults, ({ name }) => name).values()].flat();
  }

  /** Why `run` followed `before`. */
  cause({ excuses }: Case, before: RunTimeline, run: RunTimeline): Cause {
    const { at: from, by, id } = before.start;
    const to = run.start.at;
    const wasAborted = (name: string): boolean => before.aborted.some(({ reason }) => reason === name);
    if (before.end?.outcome === 'failed' || wasAborted('DqTimeoutError')) return 'retry';
    if (wasAborted('DqShutdownError')) return 'given back';
    const died = excuses.deathOf(by);
    if (died !== undefined && died >= from && died <= to && this.#mayBeUntold(before, died)) return 'died';
    const heard = before.end?.at ?? from;
    if (excuses.forgot(heard, Math.min(heard + SETTLED_WITHIN_MS, to), to)) return 'store lost';
    // The refusal itself may come after the other run has begun.
    const wasRefused = this.#refused.get(`${by} ${id}`)?.some((at) => at >= from) === true;
    if (wasAborted('DqLeaseLostError') || wasRefused || excuses.stalledMs(by, from, to) > 0) return 'lease lost';
    return 'unexplained';
  }

  /** Whether the run's outcome may have been untold when its process died. */
  #mayBeUntold({ end }: RunTimeline, died: number): boolean {
    if (end === undefined || died - end.at <= SETTLED_WITHIN_MS) return true;
    return this.#storeAway.some(({ from, to }) => from <= end.at + SETTLED_WITHIN_MS && to >= died - SETTLED_WITHIN_MS);
  }
}
