import type { BrokenPromise } from './broken-promise.js';
import type { Case } from './case.js';
import type { ClaimTimeline } from './claim-timeline.js';
import { type JobTimeline, ackedAt } from './job-timeline.js';

/** What a process says of a job is a moment old when it is heard, and what a handler did is told to the store a moment later. */
const SLACK_MS = 1_500;

/** A job with a caller's own id: one write of it that was accepted, or run. */
interface Owner {
  readonly name: string;
  readonly from: number;
  /** Until then its id is taken: it is not over and may still run, or the retention after its due time is not over. */
  readonly to: number;
  /** Whether the job was as told at some moment from `from` to `to`. */
  wasAs(state: string, from: number, to: number): boolean;
  /** The store lost something that it had been told of the job, or of its id, before a moment. */
  wasForgotten(by: number): boolean;
  /** It was left or taken back, and it runs beside the one that has its id since the store has lost that. */
  isExcusedBeside(other: Owner): boolean;
  readonly claim?: ClaimTimeline;
}

/** An id has one job at a time, and who asks for it while it is taken hears the truth about that job. */
export function* judgeIds(seen: Case): Generator<BrokenPromise> {
  const owners = ownersOf(seen);
  for (const [id, known] of owners) {
    const lives = known.filter(({ from }) => from !== Infinity).toSorted((one, other) => one.from - other.from);
    for (const [at, life] of lives.entries()) {
      const before = lives.slice(0, at).find(({ to }) => to > life.from);
      if (before === undefined || before.wasForgotten(life.from) || life.isExcusedBeside(before)) continue;
      const [from, since, until] = [life.from, before.from, before.to].map((at) => seen.shown(at));
      const text = `${id}: ${life.name} was accepted at ${from}, ${before.name} has it from ${since} to ${until}`;
      yield { rule: 'id twice', text };
    }
  }
  const timelines = new Map(seen.timelines.map((timeline) => [timeline.seq, timeline]));
  for (const event of seen.events) {
    if (event.kind !== 'taken') continue;
    const { seq, id, by, state, at } = event;
    const known = owners.get(id) ?? [];
    const asked = timelines.get(seq)?.calls.findLast(({ call }) => call.by === by && call.at <= at)?.call.at ?? at;
    if (known.length === 0 || known.some((owner) => owner.wasAs(state, asked, at) || owner.wasForgotten(at))) continue;
    yield { rule: 'told wrong', text: `${seq} (${id}) at ${seen.shown(at)}: "${state}"` };
  }
}

function ownersOf(seen: Case): ReadonlyMap<string, readonly Owner[]> {
  const found = new Map<string, Owner[]>();
  const add = (id: string, owner: Owner): void => void found.set(id, [...(found.get(id) ?? []), owner]);
  if (seen.terms.storeIsWatched !== true) {
    for (const timeline of seen.timelines) {
      const isWritten = timeline.calls.some(({ answer }) => answer?.kind === 'acked' && answer.nodes.length > 0);
      for (const id of isWritten ? timeline.ids : []) add(id, jobOwner(timeline));
    }
  }
  for (const claim of seen.claims.values()) {
    const [base, generation] = claim.key.split('#');
    if (base === undefined || generation === undefined) continue;
    add(base.slice(base.lastIndexOf(':') + 1), claimOwner(seen, claim));
  }
  return found;
}

/** By what processes say. */
function jobOwner(timeline: JobTimeline): Owner {
  const { seq, runs, dead, revoke, revokeAnswer } = timeline;
  const ends = runs.flatMap(({ end }) => (end?.outcome === 'ok' ? end.at : []));
  const revokedAt = revokeAnswer?.outcome === 'revoked' ? revokeAnswer.at : Infinity;
  return {
    name: String(seq),
    from: ackedAt(timeline),
    to: dead ? -Infinity : Math.min(...ends, revokedAt),
    wasForgotten: () => false,
    isExcusedBeside: () => false,
    wasAs(state, _from, to) {
      const last = runs.findLast(({ start }) => start.at <= to);
      const isDone = last?.end?.outcome === 'ok' && last.end.at <= to;
      switch (state) {
        case 'pending':
          return true;
        case 'done':
          return isDone;
        case 'running':
          // Its claim is granted up to a second before its handler begins.
          return runs.some(
            ({ start, end }) => start.at - SLACK_MS <= to && (end === undefined || end.at + SLACK_MS >= to),
          );
        case 'scheduled':
        // Also one that was given back before its handler was called.
        case 'retrying':
          return !isDone || (last?.start.at ?? 0) + SLACK_MS >= to;
        case 'dead':
          return dead;
        default:
          return revoke !== undefined;
      }
    },
  };
}

/** By what the store decided. */
function claimOwner(seen: Case, claim: ClaimTimeline): Owner {
  const { admitted, concluded, grants, settled, tombstones } = claim;
  const words = [admitted, ...concluded, ...[...grants, ...settled].map(({ event }) => event), ...tombstones];
  return {
    name: claim.key,
    ...lifeOf(seen, claim),
    claim,
    wasAs: (state, from, to) => wasAs(claim, state, from, to),
    wasForgotten: (by) => words.some((word) => word !== undefined && seen.excuses.forgot(word.at, word.at, by)),
    isExcusedBeside: ({ claim: other }) => other !== undefined && runsForgotten(seen, claim, other),
  };
}

/** From `Infinity` when it was never accepted, nor run. */
function lifeOf({ terms, dueOf }: Case, claim: ClaimTimeline): { readonly from: number; readonly to: number } {
  const { accepted, grants, settled, tombstones } = claim;
  const from = Math.min(accepted?.at ?? Infinity, grants[0]?.event.at ?? Infinity);
  const last = settled.at(-1)?.event;
  const revoked = tombstones.find(({ verdict }) => verdict === 'revoked');
  // One that was too late for the retention when it was met could not run before that either.
  const isOver = last !== undefined && last.outcome !== 'again' && last.attempt > 0;
  const over = isOver ? last.at : revoked?.at;
  // Who withdraws a write frees its id, though it may have run.
  if (over !== undefined && accepted === undefined) return { from, to: over };
  // A claim is forgotten some time after it was last heard of; copies that are later than the retention by then never run.
  const waits = last?.outcome === 'again' ? last.at + (last.ms ?? 0) : 0;
  const heard = over === undefined ? [from, grants.at(-1)?.event.at ?? 0, waits] : [];
  const retained = Math.max(dueOf(claim), ...heard) + (terms.retentionMs ?? 0);
  return { from, to: Math.max(over ?? 0, retained) };
}

function wasAs(
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
        // Where the store has lost the claim, nobody knows of an attempt.
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

/** The store has lost that it had been admitted, so that the other was admitted without a tombstone for it; or it has lost the tombstone. */
function runsForgotten({ excuses }: Case, claim: ClaimTimeline, other: ClaimTimeline): boolean {
  const { accepted, admitted, grants, tombstones } = claim;
  const [first] = grants;
  if (accepted !== undefined || first === undefined) return false;
  const next = other.admitted?.at ?? -Infinity;
  if (admitted !== undefined && admitted.at < next && excuses.forgot(admitted.at, admitted.at, next)) return true;
  return tombstones.some(({ at, verdict }) => verdict === 'revoked' && excuses.forgot(at, at, first.event.at));
}
