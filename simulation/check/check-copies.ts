import type { JobTimeline } from '../../faults/check/job-timeline.js';
import type { Case } from './case.js';
import type { ClaimTimeline } from './claim-timeline.js';
import type { Violation } from './violation.js';

/** Nothing that was acknowledged is lost, and nothing that is over is left. */
export function* checkCopies(seen: Case): Generator<Violation> {
  const { plan, events, timelines, claims } = seen;
  const copies = events.filter((event) => event.kind === 'copy');
  const left = new Map<string, string[]>();
  for (const { key, state } of copies) left.set(key, [...(left.get(key) ?? []), state]);
  for (const timeline of timelines) yield* checkLoss(seen, timeline, left);
  if (plan.mode === 'safety' || events.some((event) => event.kind === 'drained' && event.after === undefined)) return;
  for (const { key, state, node } of copies) {
    const claim = claims.get(key);
    if (state === 'buried' && claim !== undefined && (endOf(claim) === 'dead' || wasForgottenDead(claim, seen)))
      continue;
    yield { rule: 'left over', text: `${state} on ${node}: ${key}` };
  }
}

function* checkLoss(
  seen: Case,
  timeline: JobTimeline,
  left: ReadonlyMap<string, readonly string[]>,
): Generator<Violation> {
  const { plan, excuses, events } = seen;
  const { seq, acked, revokeAnswer } = timeline;
  if (acked === undefined) return;
  const { tube, act, ownId } = seen.job(seq);
  // Its id is another's: nothing is said about its own call.
  const isOthers = acked.nodes.length === 0 && plan.jobs.some((job) => job.ownId === ownId && job.seq !== seq);
  if (ownId !== undefined && isOthers) return;
  const own = seen.claimsOf(timeline);
  const ends = new Set(own.map(endOf));
  const isDone = own.some(({ settled }) => settled.some(({ event }) => event.outcome === 'done'));
  const isSkipped = events.some((event) => {
    return event.kind === 'told' && event.type === 'job-skipped' && timeline.ids.has(event.id ?? '');
  });
  const isFinished = isSkipped || timeline.runs.some(({ end }) => end?.outcome === 'ok');
  if ((isDone && isFinished) || revokeAnswer?.outcome === 'revoked') return;
  const isLeft = [...left].some(
    ([key]) => own.some((claim) => claim.key === key) || (ownId === undefined && belongs(key, timeline, tube)),
  );
  if (ends.has('dead')) {
    const end = events.at(-1)?.at ?? 0;
    const forgotten = own.some(({ settled }) => settled.some(({ event }) => excuses.lost(event.at, end)));
    if (!isLeft && !excuses.disksLose && !forgotten) {
      yield { rule: 'lost', text: `${seq}: it was given up, and no copy was kept` };
    }
    const nobodyDies =
      plan.night === undefined && plan.jobs.every(({ act, expires }) => act.do !== 'die' && expires === undefined);
    if (plan.faults.length === 0 && nobodyDies && act.do === 'finish')
      yield { rule: 'died needlessly', text: String(seq) };
    return;
  }
  // An error of revoke() leaves open whether it was revoked.
  if (revokeAnswer?.outcome.startsWith('DQ_') === true || (timeline.revoke !== undefined && revokeAnswer === undefined))
    return;
  if (plan.mode === 'safety' && isLeft) return;
  yield {
    rule: 'lost',
    text: `${seq} (${[...timeline.ids].join(', ')}): ${timeline.runs.length} runs, ${isLeft ? 'a' : 'no'} copy left`,
  };
}

function belongs(key: string, { ids }: JobTimeline, tube: string): boolean {
  return [...ids].some((id) => key === id || key === `dq:{${tube}}:${id}`);
}

/** It was given up, and Redis forgot that; what it became then says nothing to the copies that are buried since. */
function wasForgottenDead({ settled }: ClaimTimeline, { excuses, events }: Case): boolean {
  return settled.some(({ event }) => event.outcome === 'dead' && excuses.lost(event.at, events.at(-1)?.at ?? 0));
}

/** What the store last settled it as. */
function endOf({ settled }: ClaimTimeline): 'done' | 'dead' | 'open' {
  const last = settled.at(-1)?.event.outcome;
  return last === undefined || last === 'again' ? 'open' : last;
}
