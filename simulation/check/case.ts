import type { JobStory } from '../../faults/check/job-story.js';
import type { SimulationEvent } from '../history/simulation-event.js';
import type { Plan, PlannedJob } from '../plan/plan.js';
import type { ClaimStory } from './claim-story.js';
import type { Troubles } from './troubles.js';

/** All that the rules look at. */
export interface Case {
  readonly plan: Plan;
  readonly events: readonly SimulationEvent[];
  readonly stories: readonly JobStory[];
  readonly claims: ReadonlyMap<string, ClaimStory>;
  readonly troubles: Troubles;
  job(seq: number): PlannedJob;
  /** The claims that a job has: more than one where its own id was written again. */
  claimsOf(story: JobStory): readonly ClaimStory[];
  /** When the job of a claim is due, by those who asked for it. */
  dueOf(claim: ClaimStory): number;
}
