import type { SimulationEventOf } from '../history/simulation-event.js';
import type { Case } from './case.js';
import { shown } from './check-runs.js';
import type { ClaimTimeline } from './claim-timeline.js';
import type { Violation } from './violation.js';

/** A job with a caller's own id: one write of it that was accepted. */
interface Life {
  readonly claim: ClaimTimeline;
  readonly from: number;
  /** Until then its id is taken: it is not over and may still run, or the retention after its due time is not over. */
  readonly to: number;
}

/** An id has one job at a time, and who asks for it while it is taken hears the truth about that job. */
export function* checkIds(seen: Case): Generator<Violation> {
  for (const [id, claims] of claimsByOwnId(seen)) {
    yield* checkLives(seen, id, claims);
    yield* checkWords(seen, id, claims);
  }
}

function* checkLives(seen: Case, id: string, claims: readonly ClaimTimeline[]): Generator<Violation> {
  const lives = claims.flatMap((claim) => lifeOf(seen, claim) ?? []).toSorted((one, other) => one.from - other.from);
  for (const [at, { claim, from }] of lives.entries()) {
    const before = lives.slice(0, at).find((life) => life.to > from);
    if (before === undefined || lostWord(seen, before.claim, from) || runsForgotten(seen, claim, before.claim))
      continue;
    yield {
      rule: 'id twice',
      text: `${id}: ${claim.key} was accepted at ${shown(from)}, ${before.claim.key} has it from ${shown(before.from)} to ${shown(before.to)}`,
    };
  }
}

function* checkWords(seen: Case, id: string, claims: readonly ClaimTimeline[]): Generator<Violation> {
  for (const timeline of seen.timelines) {
    if (idOf(seen, timeline.seq) !== id) continue;
    for (const { call, answer } of timeline.calls) {
      const told = seen.events.find((event): event is SimulationEventOf<'taken'> => {
        return event.kind === 'taken' && event.seq === timeline.seq && event.by === call.by && event.at === answer?.at;
      });
      if (told === undefined || claims.some((claim) => wasTrue(claim, told.state, call.at, told.at))) continue;
      if (claims.some((claim) => lostWord(seen, claim, told.at))) continue;
      yield { rule: 'told wrong', text: `${timeline.seq} (${id}) at ${shown(told.at)}: "${told.state}"` };
    }
  }
}

/** Undefined when it was never accepted, nor run. */
function lifeOf(seen: Case, claim: ClaimTimeline): Life | undefined {
  const { accepted, grants, settled, tombstones } = claim;
  const from = Math.min(accepted?.at ?? Infinity, grants[0]?.event.at ?? Infinity);
  if (from === Infinity) return undefined;
  const last = settled.at(-1)?.event;
  const revoked = tombstones.find(({ verdict }) => verdict === 'revoked');
  // One that was too late for the retention when it was met could not run before that either.
  const isOver = last !== undefined && last.outcome !== 'again' && last.attempt > 0;
  const over = isOver ? last.at : revoked?.at;
  // Who withdraws a write frees its id, though it may have run.
  if (over !== undefined && accepted === undefined) return { claim, from, to: over };
  // A claim is forgotten some time after it was last heard of; copies that are later than the retention by then never run.
  const waits = last?.outcome === 'again' ? last.at + (last.ms ?? 0) : 0;
  const heard = over === undefined ? [from, grants.at(-1)?.event.at ?? 0, waits] : [];
  const retained = Math.max(seen.dueOf(claim), ...heard) + seen.plan.settings.retentionMs;
  return { claim, from, to: Math.max(over ?? 0, retained) };
}

/** Whether the job was as told at some moment from `from` to `to`. */
function wasTrue(
  { admitted, concluded, accepted, grants, settled, tombstones }: ClaimTimeline,
  state: string,
  from: number,
  to: number,
): boolean {
  switch (state) {
    case 'pending': {
      const freed = concluded.find(({ counts }) => counts)?.at ?? Infinity;
      const tookOver = concluded.some(({ counts, at }) => !counts && at <= to);
      return admitted !== undefined && admitted.at <= to && (freed >= from || tookOver);
    }
    case 'running':
    case 'retrying':
    case 'scheduled': {
      const turns = [
        { at: Math.min(accepted?.at ?? Infinity, admitted?.at ?? Infinity), state: 'scheduled' },
        ...grants.map(({ event }) => ({ at: event.at, state: 'running' })),
        ...settled.map(({ event }) => ({ at: event.at, state: event.outcome === 'again' ? 'retrying' : 'over' })),
        ...tombstones.flatMap(({ at, verdict }) => (verdict === 'revoked' ? { at, state: 'over' } : [])),
      ].toSorted((one, other) => one.at - other.at);
      return turns.some((turn, at) => {
        const until = turns[at + 1]?.at ?? Infinity;
        // Where Redis has lost the claim, nobody knows of an attempt.
        const isSo = turn.state === state || (state === 'scheduled' && turn.state === 'retrying');
        return isSo && turn.at <= to && until >= from;
      });
    }
    case 'revoked':
      return tombstones.some(({ at, verdict }) => verdict === 'revoked' && at <= to);
    default:
      return settled.some(({ event }) => event.outcome === state && event.at <= to);
  }
}

/**
 * A write that was left or taken back runs beside the one that has its id: Redis has lost that it had been admitted, so that the other
 * was admitted without a tombstone for it; or it has lost the tombstone.
 */
function runsForgotten({ excuses }: Case, claim: ClaimTimeline, other: ClaimTimeline): boolean {
  const { accepted, admitted, grants, tombstones } = claim;
  const [first] = grants;
  if (accepted !== undefined || first === undefined) return false;
  const next = other.admitted?.at ?? -Infinity;
  if (admitted !== undefined && admitted.at < next && excuses.lost(admitted.at, next)) return true;
  return tombstones.some(({ at, verdict }) => verdict === 'revoked' && excuses.lost(at, first.event.at));
}

/** Redis lost something that it had been told of the claim, or of its id, and came back before a moment. */
function lostWord({ excuses }: Case, claim: ClaimTimeline, by: number): boolean {
  const { admitted, concluded, grants, settled, tombstones } = claim;
  const words = [admitted, ...concluded, ...[...grants, ...settled].map(({ event }) => event), ...tombstones];
  return words.some((word) => word !== undefined && excuses.lost(word.at, by));
}

function claimsByOwnId(seen: Case): ReadonlyMap<string, readonly ClaimTimeline[]> {
  const found = new Map<string, ClaimTimeline[]>();
  for (const claim of seen.claims.values()) {
    const [base, generation] = claim.key.split('#');
    if (base === undefined || generation === undefined) continue;
    const id = base.slice(base.lastIndexOf(':') + 1);
    found.set(id, [...(found.get(id) ?? []), claim]);
  }
  return found;
}

function idOf(seen: Case, seq: number): string | undefined {
  const { ownId } = seen.job(seq);
  return ownId === undefined ? undefined : `own-${ownId}`;
}
