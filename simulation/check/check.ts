import type { HistoryEvent } from '../../faults/history/history-event.js';
import { type JobStory, tellStories } from '../../faults/check/job-story.js';
import type { SimulationEvent } from '../history/simulation-event.js';
import type { Plan, PlannedJob } from '../plan/plan.js';
import type { Case } from './case.js';
import { type ClaimStory, tellClaims } from './claim-story.js';
import { checkCopies } from './check-copies.js';
import { checkIds } from './check-ids.js';
import { checkRuns } from './check-runs.js';
import { checkSettling } from './check-settling.js';
import { Troubles } from './troubles.js';
import type { Violation } from './violation.js';

/** Judges a history by the rules of the fault matrix. Pure: the same history gives the same verdict. */
export function check(plan: Plan, events: readonly SimulationEvent[]): Violation[] {
  const claims = tellClaims(events);
  const jobs = new Map(plan.jobs.map((job) => [job.seq, job]));
  const job = (seq: number): PlannedJob => jobs.get(seq) as PlannedJob;
  const named = claimsByWrite(events, claims);
  const keyed = claimsBySeq(plan, claims, named);
  const stories = [...tellStories(events as readonly HistoryEvent[]).values()];
  const seen: Case = {
    plan,
    events,
    stories,
    claims,
    troubles: new Troubles(plan, events),
    job,
    claimsOf: (story) => [...keyed(story)],
    dueOf: (claim) => {
      const mine = stories.filter(({ seq }) => named.get(seq)?.has(claim) === true);
      return Math.max(0, ...mine.flatMap(({ calls }) => calls.map(({ call }) => call.dueMs ?? call.at)));
    },
  };
  return [...checkRuns(seen), ...checkIds(seen), ...checkSettling(seen), ...checkCopies(seen)];
}

/** The claims of jobs whose id is their caller's: a claim's key ends in the beginning of what names the write. */
function claimsByWrite(
  events: readonly SimulationEvent[],
  claims: ReadonlyMap<string, ClaimStory>,
): ReadonlyMap<number, ReadonlySet<ClaimStory>> {
  const found = new Map<number, Set<ClaimStory>>();
  const owned = [...claims.values()].filter(({ admitted }) => admitted !== undefined);
  for (const event of events) {
    if (event.kind !== 'named') continue;
    const mine = found.get(event.seq) ?? new Set();
    found.set(event.seq, mine);
    const claim = owned.find(({ key }) => event.write.startsWith(key.slice(key.lastIndexOf('#') + 1)));
    if (claim !== undefined) mine.add(claim);
  }
  return found;
}

/** A claim's key says whose it is: it is the job's, and a plain job's is the id that was acknowledged. */
function claimsBySeq(
  plan: Plan,
  claims: ReadonlyMap<string, ClaimStory>,
  named: ReadonlyMap<number, ReadonlySet<ClaimStory>>,
): (story: JobStory) => Set<ClaimStory> {
  const tubes = new Map(plan.jobs.map(({ seq, tube }) => [seq, tube]));
  return (story) => {
    const found = new Set(named.get(story.seq));
    for (const id of story.ids) {
      const key = `dq:{${tubes.get(story.seq)}}:${id}`;
      for (const claim of claims.values()) if (claim.key === key || claim.key === id) found.add(claim);
    }
    for (const claim of claims.values()) if (claim.runs.some(({ start }) => start.seq === story.seq)) found.add(claim);
    return found;
  };
}
