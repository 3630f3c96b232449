import type { EventOf } from '../history/history-event.js';
import type { BrokenPromise } from './broken-promise.js';
import type { Case } from './case.js';
import type { ClaimTimeline } from './claim-timeline.js';
import { isFinished, isKeyOf, type JobTimeline } from './job-timeline.js';

/** Nothing that was acknowledged is lost, and nothing that is over is left. */
export function* judgeCopies(seen: Case): Generator<BrokenPromise> {
  const left = seen.events.filter((event) => event.kind === 'leftover');
  for (const timeline of seen.timelines) yield* judgeLoss(seen, timeline, left);
  if (seen.terms.isOpenEnd === true) return;
  if (seen.events.some((event) => event.kind === 'drained' && event.after === undefined)) return;
  const jobs = new Map(seen.timelines.map((timeline) => [timeline.seq, timeline]));
  for (const copy of left) {
    const { node, key, seq = key ?? 'unknown' } = copy;
    const job = copy.seq === undefined ? undefined : jobs.get(copy.seq);
    const claim = key === undefined ? undefined : seen.claims.get(key);
    const isDead = job?.dead === true || (claim !== undefined && (endOf(claim) === 'dead' || wasDead(seen, claim)));
    if (copy.state === 'buried' && isDead) continue;
    const state = copy.state === 'buried' && job === undefined && claim === undefined ? 'foreign' : copy.state;
    yield { rule: 'left over', text: `${state} on ${node}: ${seq}`, state };
  }
}

function* judgeLoss(seen: Case, timeline: JobTimeline, left: readonly EventOf<'leftover'>[]): Generator<BrokenPromise> {
  const { excuses, terms, end } = seen;
  const { seq, ids, acked, revoke, revokeAnswer, runs } = timeline;
  if (acked === undefined || isAnothers(seen, timeline)) return;
  const own = seen.claimsOf(timeline);
  if (revokeAnswer?.outcome === 'revoked' || isCompleted(seen, timeline, own)) return;
  const isLeft = left.some(({ seq: whose, key }) => {
    return whose === seq || (key !== undefined && (isKeyOf(timeline, key) || own.some((claim) => claim.key === key)));
  });
  const text = `${seq} (${[...ids].join(', ')}): `;
  if (terms.storeIsWatched === true ? own.some((claim) => endOf(claim) === 'dead') : timeline.dead) {
    const forgotten = own.some(({ settled }) => settled.some(({ event: { at } }) => excuses.forgot(at, at, end)));
    if (!isLeft && !excuses.disksForget && !forgotten)
      yield { rule: 'lost', text: `${text}dead, and no copy was kept` };
    if (terms.isUnharmed?.(seq) === true) yield { rule: 'died needlessly', text: String(seq) };
    return;
  }
  if (gaveItsIdAway(seen, own)) return;
  // An error of revoke() leaves open whether it was revoked.
  if (revokeAnswer?.outcome.startsWith('DQ_') === true) return;
  if (revoke !== undefined && revokeAnswer === undefined) return;
  if (terms.isOpenEnd === true && isLeft) return;
  yield { rule: 'lost', text: `${text}${runs.length} runs, ${isLeft ? 'a' : 'no'} copy left` };
}

/** Its id is another's: nothing is said about its own call. */
function isAnothers({ timelines }: Case, { seq, acked, calls }: JobTimeline): boolean {
  const id = calls[0]?.call.id;
  if (id === undefined || acked === undefined || acked.nodes.length > 0) return false;
  return timelines.some((other) => other.seq !== seq && other.calls.some(({ call }) => call.id === id));
}

function isCompleted({ terms, events }: Case, timeline: JobTimeline, own: readonly ClaimTimeline[]): boolean {
  const isSkipped = events.some((event) => {
    return event.kind === 'told' && event.type === 'job-skipped' && timeline.ids.has(event.id ?? '');
  });
  if (!isSkipped && !isFinished(timeline)) return false;
  if (terms.storeIsWatched !== true) return true;
  return own.some(({ settled }) => settled.some(({ event }) => event.outcome === 'done'));
}

/** It was given up, and the store forgot that; what it became then says nothing to the copies that are buried since. */
function wasDead({ excuses, end }: Case, { settled }: ClaimTimeline): boolean {
  return settled.some(({ event: { outcome, at } }) => outcome === 'dead' && excuses.forgot(at, at, end));
}

/** What the store last settled it as. */
function endOf({ settled }: ClaimTimeline): 'done' | 'dead' | 'open' {
  const last = settled.at(-1)?.event.outcome;
  return last === undefined || last === 'again' ? 'open' : last;
}

/** The store lost that the write had been concluded, so that a later call with its id took it for one that was left, and took its place. */
function gaveItsIdAway({ claims, excuses }: Case, own: readonly ClaimTimeline[]): boolean {
  return own.some(({ key, accepted }) => {
    const base = key.slice(0, key.lastIndexOf('#') + 1);
    if (accepted === undefined || base === '') return false;
    return [...claims.values()].some(({ key: other, admitted }) => {
      const isNext = other !== key && other.startsWith(base) && admitted !== undefined && admitted.at > accepted.at;
      return isNext && excuses.forgot(accepted.at, accepted.at, admitted.at);
    });
  });
}
