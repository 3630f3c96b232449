import type { HistoryEvent } from '../../faults/history/history-event.js';
import { type JobStory, tellStories } from '../../faults/check/job-story.js';
import type { SimulationEvent } from '../history/simulation-event.js';
import type { Plan, PlannedJob } from '../plan/plan.js';
import type { Case } from './case.js';
import { type ClaimStory, tellClaims } from './claim-story.js';
import { checkCopies } from './check-copies.js';
import { checkRuns } from './check-runs.js';
import { checkSettling } from './check-settling.js';
import { Troubles } from './troubles.js';
import type { Violation } from './violation.js';

/** Judges a history by the rules of the fault matrix. Pure: the same history gives the same verdict. */
export function check(plan: Plan, events: readonly SimulationEvent[]): Violation[] {
  const claims = tellClaims(events);
  const jobs = new Map(plan.jobs.map((job) => [job.seq, job]));
  const job = (seq: number): PlannedJob => jobs.get(seq) as PlannedJob;
  const keyed = claimsBySeq(plan, claims);
  const stories = [...tellStories(events as readonly HistoryEvent[]).values()];
  const seen: Case = {
    plan,
    events,
    stories,
    claims,
    troubles: new Troubles(plan, events),
    job,
    claimsOf: (story) => [...keyed(story)],
  };
  return [...checkRuns(seen), ...checkSettling(seen), ...checkCopies(seen)];
}

/** A claim's key says whose it is: it begins with the job's, and a plain job's is the id that was acknowledged. */
function claimsBySeq(plan: Plan, claims: ReadonlyMap<string, ClaimStory>): (story: JobStory) => Set<ClaimStory> {
  const tubes = new Map(plan.jobs.map(({ seq, tube }) => [seq, tube]));
  return (story) => {
    const found = new Set<ClaimStory>();
    for (const id of story.ids) {
      const key = `dq:{${tubes.get(story.seq)}}:${id}`;
      for (const claim of claims.values()) {
        if (claim.key === key || claim.key === id || claim.key.startsWith(`${key}#`)) found.add(claim);
      }
    }
    for (const claim of claims.values()) if (claim.runs.some(({ start }) => start.seq === story.seq)) found.add(claim);
    return found;
  };
}
