import type { JobTimeline } from '../../faults/check/job-timeline.js';
import { EPOCH_MS } from '../time/virtual-time.js';
import type { Case } from './case.js';
import type { ClaimedRun, ClaimTimeline } from './claim-timeline.js';
import type { Excuses } from './excuses.js';
import type { Violation } from './violation.js';

/** The claim of a finished job all of whose copies are deleted is kept for so long; a tombstone for the retention. */
const ACCOUNTED_KEEP_MS = 3_600_000;

/** What may not run, or not yet, or not again. */
export function* checkRuns(seen: Case): Generator<Violation> {
  for (const timeline of seen.timelines) {
    yield* checkRightToRun(seen, timeline);
    yield* checkMoments(timeline);
  }
  for (const claim of seen.claims.values()) {
    yield* checkOnce(seen, claim);
    yield* checkHolders(seen, claim);
  }
}

function* checkRightToRun(seen: Case, timeline: JobTimeline): Generator<Violation> {
  const { excuses, events } = seen;
  const { seq, calls, acked, runs, revokeAnswer } = timeline;
  const [first] = runs;
  if (first === undefined) return;
  if (calls.length === 0) yield { rule: 'unexpected', text: `${seq} ran, and nobody asked for it` };
  const end = events.at(-1)?.at ?? 0;
  const safe = calls.every(({ answer }) => answer?.kind === 'rejected' && answer.safe);
  // An attempt may have been made before the job was taken back.
  const refusedAt = timeline.rejected?.at ?? Infinity;
  const ranAfter = runs.some(({ start }) => start.at > refusedAt);
  const own = seen.claimsOf(timeline);
  const tombstones = own.flatMap((claim) => claim.tombstones);
  if (acked === undefined && safe && ranAfter && !tombstones.some(({ at }) => excuses.lost(at, end))) {
    yield { rule: 'refused ran', text: `${seq}: ${timeline.rejected?.reason ?? ''}` };
  }
  const over = revokeAnswer?.outcome;
  if (revokeAnswer === undefined || (over !== 'revoked' && over !== 'done' && over !== 'dead')) return;
  // A job that was done before the revoke lost its copies then, and a disk may have forgotten that before the revoke came.
  const ends = own.flatMap(({ settled }) => settled.map(({ event }) => event));
  const done = over === 'revoked' ? undefined : ends.find(({ outcome }) => outcome !== 'again');
  const words = over === 'revoked' ? tombstones : ends;
  for (const { start } of runs) {
    if (start.at <= revokeAnswer.at || words.some(({ at }) => excuses.lost(at, start.at))) continue;
    if (done !== undefined && isForgottenDelete(excuses, Math.min(revokeAnswer.at, done.at), start.at)) continue;
    yield {
      rule: 'revoked ran',
      text: `${seq} by ${start.by} at ${shown(start.at)}, ${over} at ${shown(revokeAnswer.at)}`,
    };
  }
}

function* checkMoments({ seq, calls, runs }: JobTimeline): Generator<Violation> {
  const asked = Math.min(...calls.map(({ call }) => call.dueMs ?? 0));
  for (const { start } of runs) {
    const due = Math.max(start.dueMs, asked);
    if (start.at < due) yield { rule: 'early', text: `${seq} by ${start.by}: ${(due - start.at).toFixed(3)} ms` };
    if (!start.intact) yield { rule: 'corrupt', text: String(seq) };
  }
}

/** Each run but the first has a cause that is allowed. */
function* checkOnce(seen: Case, claim: ClaimTimeline): Generator<Violation> {
  const [, ...again] = claim.runs;
  let before = claim.runs[0];
  for (const run of again) {
    const reason = before === undefined ? undefined : whyNot(seen, claim, before, run);
    if (reason !== undefined && before !== undefined) {
      const { start: one } = before;
      const { start: two } = run;
      yield {
        rule: 'twice',
        text: `${two.seq} (${claim.key}): ${one.by} #${one.attempt} at ${shown(one.at)}, then ${two.by} #${two.attempt} at ${shown(two.at)}: ${reason}`,
      };
    }
    before = run;
  }
}

/** Only who was granted a claim last may end it. */
function* checkHolders({ excuses }: Case, { key, settled, grants }: ClaimTimeline): Generator<Violation> {
  for (const { event, order } of settled) {
    const { by, attempt, at } = event;
    const granted = grants.findLast((grant) => grant.order < order)?.event;
    if (attempt === 0 || granted === undefined || (granted.by === by && granted.attempt === attempt)) continue;
    if (excuses.lost(granted.at, at)) continue;
    // Redis forgot its grant, and whom it granted the job instead has given it back: nobody else has it, and it was run.
    const own = grants.findLast((grant) => grant.event.by === by && grant.event.attempt === attempt)?.event;
    const isFree = settled.some(({ event: { by, outcome, at: since } }) => {
      return by === granted.by && outcome === 'again' && since >= granted.at && since <= at;
    });
    if (own !== undefined && isFree && excuses.lost(own.at, at)) continue;
    yield {
      rule: 'not its own',
      text: `${key}: ${by} #${attempt} ended at ${shown(at)} what was granted to ${granted.by} #${granted.attempt}`,
    };
  }
}

/** Why `run` should not have followed `before`; undefined when it may. */
function whyNot({ excuses }: Case, claim: ClaimTimeline, before: ClaimedRun, run: ClaimedRun): string | undefined {
  const { start: one } = before;
  const { start: two, granted } = run;
  const from = before.granted?.at ?? one.at;
  const words = [...claim.grants, ...claim.settled].map(({ event }) => event).filter(({ at }) => at >= from);
  if (words.some(({ at }) => excuses.lost(at, two.at))) return undefined;
  if (granted === undefined) return 'the store never granted it';
  const settled = claim.settled.filter(({ order }) => order > before.order && order < run.order);
  const over = settled.find(({ event }) => event.outcome !== 'again')?.event;
  if (over !== undefined) {
    return isForgottenDelete(excuses, over.at, two.at) ? undefined : 'it was over by then';
  }
  if (settled.some(({ event }) => event.by === one.by && event.attempt === one.attempt)) return undefined;
  if (!granted.orphan) return 'it had not ended, and nobody took it over';
  if (excuses.mayLoseLease(one.by, from, granted.at)) return undefined;
  return 'it was taken over although nothing was wrong with its consumer';
}

/** See docs/internals/known-limits.md: a disk that forgets a delete brings back a copy whose claim may be forgotten by then too. */
function isForgottenDelete(excuses: Excuses, over: number, start: number): boolean {
  return start - over > ACCOUNTED_KEEP_MS && excuses.diskForgot(over, start);
}

export function shown(at: number): string {
  return (at - EPOCH_MS).toFixed(3);
}
