import type { HistoryEvent } from '../../faults/history/history-event.js';
import { type JobTimeline, readTimelines } from '../../faults/check/job-timeline.js';
import type { SimulationEvent } from '../history/simulation-event.js';
import type { Plan, PlannedJob } from '../plan/plan.js';
import type { Case } from './case.js';
import { type ClaimTimeline, tellClaims } from './claim-timeline.js';
import { checkCopies } from './check-copies.js';
import { checkIds } from './check-ids.js';
import { checkRuns } from './check-runs.js';
import { checkSettling } from './check-settling.js';
import { Excuses } from './excuses.js';
import type { Violation } from './violation.js';

/** Judges a history by the rules of the fault matrix. Pure: the same history gives the same verdict. */
export function check(plan: Plan, events: readonly SimulationEvent[]): Violation[] {
  const claims = tellClaims(events);
  const jobs = new Map(plan.jobs.map((job) => [job.seq, job]));
  const job = (seq: number): PlannedJob => jobs.get(seq) as PlannedJob;
  const named = claimsByWrite(events, claims);
  const keyed = claimsBySeq(plan, claims, named);
  const timelines = [...readTimelines(events as readonly HistoryEvent[]).values()];
  const seen: Case = {
    plan,
    events,
    timelines,
    claims,
    excuses: new Excuses(plan, events),
    job,
    claimsOf: (timeline) => [...keyed(timeline)],
    dueOf: (claim) => {
      const mine = timelines.filter(({ seq }) => named.get(seq)?.has(claim) === true);
      return Math.max(0, ...mine.flatMap(({ calls }) => calls.map(({ call }) => call.dueMs ?? call.at)));
    },
  };
  return [...checkRuns(seen), ...checkIds(seen), ...checkSettling(seen), ...checkCopies(seen)];
}

/** The claims of jobs whose id is their caller's: a claim's key ends in the beginning of what names the write. */
function claimsByWrite(
  events: readonly SimulationEvent[],
  claims: ReadonlyMap<string, ClaimTimeline>,
): ReadonlyMap<number, ReadonlySet<ClaimTimeline>> {
  const found = new Map<number, Set<ClaimTimeline>>();
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
  claims: ReadonlyMap<string, ClaimTimeline>,
  named: ReadonlyMap<number, ReadonlySet<ClaimTimeline>>,
): (timeline: JobTimeline) => Set<ClaimTimeline> {
  const tubes = new Map(plan.jobs.map(({ seq, tube }) => [seq, tube]));
  return (timeline) => {
    const found = new Set(named.get(timeline.seq));
    for (const id of timeline.ids) {
      const key = `dq:{${tubes.get(timeline.seq)}}:${id}`;
      for (const claim of claims.values()) if (claim.key === key || claim.key === id) found.add(claim);
    }
    for (const claim of claims.values())
      if (claim.runs.some(({ start }) => start.seq === timeline.seq)) found.add(claim);
    return found;
  };
}
