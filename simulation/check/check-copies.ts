import type { JobStory } from '../../faults/check/job-story.js';
import type { Case } from './case.js';
import type { ClaimStory } from './claim-story.js';
import type { Violation } from './violation.js';

/** Nothing that was acknowledged is lost, and nothing that is over is left. */
export function* checkCopies(seen: Case): Generator<Violation> {
  const { plan, events, stories, claims } = seen;
  const copies = events.filter((event) => event.kind === 'copy');
  const left = new Map<string, string[]>();
  for (const { key, state } of copies) left.set(key, [...(left.get(key) ?? []), state]);
  for (const story of stories) yield* checkLoss(seen, story, left);
  if (plan.mode === 'safety' || events.some((event) => event.kind === 'drained' && event.after === undefined)) return;
  for (const { key, state, node } of copies) {
    const claim = claims.get(key);
    if (state === 'buried' && claim !== undefined && (endOf(claim) === 'dead' || wasForgottenDead(claim, seen)))
      continue;
    yield { rule: 'left over', text: `${state} on ${node}: ${key}` };
  }
}

function* checkLoss(seen: Case, story: JobStory, left: ReadonlyMap<string, readonly string[]>): Generator<Violation> {
  const { plan, troubles, events } = seen;
  const { seq, acked, revokeAnswer } = story;
  if (acked === undefined) return;
  const { tube, act, ownId } = seen.job(seq);
  // Its id is another's: nothing is said about its own call.
  const isOthers = acked.nodes.length === 0 && plan.jobs.some((job) => job.ownId === ownId && job.seq !== seq);
  if (ownId !== undefined && isOthers) return;
  const own = seen.claimsOf(story);
  const ends = new Set(own.map(endOf));
  const isDone = own.some(({ settled }) => settled.some(({ event }) => event.outcome === 'done'));
  const isSkipped = events.some((event) => {
    return event.kind === 'told' && event.type === 'job-skipped' && story.ids.has(event.id ?? '');
  });
  const isFinished = isSkipped || story.runs.some(({ end }) => end?.outcome === 'ok');
  if ((isDone && isFinished) || revokeAnswer?.outcome === 'revoked') return;
  const isLeft = [...left].some(
    ([key]) => own.some((claim) => claim.key === key) || (ownId === undefined && belongs(key, story, tube)),
  );
  if (ends.has('dead')) {
    const end = events.at(-1)?.at ?? 0;
    const forgotten = own.some(({ settled }) => settled.some(({ event }) => troubles.lost(event.at, end)));
    if (!isLeft && !troubles.disksLose && !forgotten) {
      yield { rule: 'lost', text: `${seq}: it was given up, and no copy was kept` };
    }
    const nobodyDies =
      plan.night === undefined && plan.jobs.every(({ act, expires }) => act.do !== 'die' && expires === undefined);
    if (plan.faults.length === 0 && nobodyDies && act.do === 'finish')
      yield { rule: 'died needlessly', text: String(seq) };
    return;
  }
  // An error of revoke() leaves open whether it was revoked.
  if (revokeAnswer?.outcome.startsWith('DQ_') === true || (story.revoke !== undefined && revokeAnswer === undefined))
    return;
  if (plan.mode === 'safety' && isLeft) return;
  yield {
    rule: 'lost',
    text: `${seq} (${[...story.ids].join(', ')}): ${story.runs.length} runs, ${isLeft ? 'a' : 'no'} copy left`,
  };
}

function belongs(key: string, { ids }: JobStory, tube: string): boolean {
  return [...ids].some((id) => key === id || key === `dq:{${tube}}:${id}`);
}

/** It was given up, and Redis forgot that; what it became then says nothing to the copies that are buried since. */
function wasForgottenDead({ settled }: ClaimStory, { troubles, events }: Case): boolean {
  return settled.some(({ event }) => event.outcome === 'dead' && troubles.lost(event.at, events.at(-1)?.at ?? 0));
}

/** What the store last settled it as. */
function endOf({ settled }: ClaimStory): 'done' | 'dead' | 'open' {
  const last = settled.at(-1)?.event.outcome;
  return last === undefined || last === 'again' ? 'open' : last;
}
