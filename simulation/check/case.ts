import type { JobTimeline } from '../../faults/check/job-timeline.js';
import type { SimulationEvent } from '../history/simulation-event.js';
import type { Plan, PlannedJob } from '../plan/plan.js';
import type { ClaimTimeline } from './claim-timeline.js';
import type { Excuses } from './excuses.js';

/** All that the rules look at. */
export interface Case {
  readonly plan: Plan;
  readonly events: readonly SimulationEvent[];
  readonly timelines: readonly JobTimeline[];
  readonly claims: ReadonlyMap<string, ClaimTimeline>;
  readonly excuses: Excuses;
  job(seq: number): PlannedJob;
  /** The claims that a job has: more than one where its own id was written again. */
  claimsOf(timeline: JobTimeline): readonly ClaimTimeline[];
  /** When the job of a claim is due, by those who asked for it. */
  dueOf(claim: ClaimTimeline): number;
}
