import { type Act, makePayload, type Payload } from '../../harness/application/payload.js';
import { seededRandom } from '../../test/support/seeded-random.js';

/** A part of a load that behaves otherwise. */
export interface ActShare {
  /** Of all jobs, from 0 to 1. */
  readonly share: number;
  readonly act: Act;
}

/** Jobs for a producer to schedule; all that is random comes from the seed. */
export interface LoadPlan {
  readonly tube: string;
  readonly seed: number;
  /** The first job's number; no two plans of a run share one. */
  readonly first: number;
  readonly count: number;
  readonly perSecond: number;
  /** Delays are spread evenly from the one to the other, in milliseconds. */
  readonly delayMs: readonly [least: number, most: number];
  /** Instead of delays: jobs are due evenly spread over a second that begins then, by the one clock. */
  readonly dueFrom?: number;
  readonly acts?: readonly ActShare[];
  /** Of all jobs, from 0 to 1: taken back some time after they were acknowledged. */
  readonly revokes?: number;
  /** How long after its acknowledgement a job is taken back at most, in milliseconds. Default: the job's delay. */
  readonly revokeWithinMs?: number;
  /**
   * A job whose handle names fewer nodes is taken back at once: a node that answered late has a copy that the handle does not lead to.
   * Default: 0.
   */
  readonly named?: number;
  /** These delays in turn, as they are, instead of `delayMs`: they may be anything that a caller might say. */
  readonly delays?: readonly (number | string)[];
  /** Every two jobs are twins: equal payloads for the same moment, which are two jobs all the same. */
  readonly twins?: boolean;
  /** Only these jobs of the plan. */
  readonly only?: readonly number[];
  /** Each job is given an id by the caller, who asks again with the same id after an error. */
  readonly ownIds?: boolean;
  /** The first job of the plan whose ids these jobs want as well, one each; they are asked for once. */
  readonly idsOf?: number;
  /** Payload bytes, about. Default 20 to 400. */
  readonly bytes?: readonly [least: number, most: number];
}

export interface PlannedJob {
  readonly payload: Payload;
  readonly delay: number | string;
  /** By `at()` instead of `delay()`. */
  readonly byDate: boolean;
  readonly revokeAfterMs: number | undefined;
}

/** The jobs of a plan: the same for the same plan. */
export function* planJobs(plan: LoadPlan): Generator<PlannedJob> {
  const random = seededRandom(plan.seed);
  const [least, most] = plan.delayMs;
  const [fewest, largest] = plan.bytes ?? [20, 400];
  const only = plan.only === undefined ? undefined : new Set(plan.only);
  for (let at = 0; at < plan.count; at++) {
    const seq = plan.first + at;
    const delayMs = Math.round(least + (most - least) * random());
    const delay = plan.delays?.[at % plan.delays.length] ?? delayMs;
    const text = fill(random, Math.round(fewest + (largest - fewest) * random()));
    const act = pick(plan.acts ?? [], random());
    const revoked = random() < (plan.revokes ?? 0);
    const within = plan.revokeWithinMs ?? delayMs;
    const job: PlannedJob = {
      payload: makePayload(seq, act, text),
      delay,
      byDate: random() < 0.5 && plan.delays === undefined,
      revokeAfterMs: revoked ? Math.round(within * random()) : undefined,
    };
    if (only === undefined || only.has(seq)) yield job;
  }
}

function pick(acts: readonly ActShare[], at: number): Act | undefined {
  let from = 0;
  for (const { share, act } of acts) {
    if (at >= from && at < from + share) return act;
    from += share;
  }
  return undefined;
}

/** Text with everything that JSON, UTF-8 and beanstalkd's framing might stumble over. */
function fill(random: () => number, length: number): string {
  const letters = 'abc XYZ 019 \r\n "\\ / , äß€ 漢字 \u0000\u0001 delete 1\r\n';
  let text = '';
  while (text.length < length) text += letters.charAt(Math.floor(random() * letters.length));
  return text;
}

/** What is said of keys, all at once; the keys are numbers, one after the other. */
export type KeyPlan =
  /** The jobs of a load, one for each key. */
  | { readonly say: 'place'; readonly load: LoadPlan; readonly firstKey: number }
  | { readonly say: 'cancel'; readonly tube: string; readonly firstKey: number; readonly count: number }
  /** By the one clock. */
  | {
      readonly say: 'move';
      readonly tube: string;
      readonly firstKey: number;
      readonly count: number;
      readonly dueMs: number;
    };
