import type { KeyCancellation, KeyCommitment, KeyMove, KeyReservation, StandingJob } from '../claims/key-claims.js';
import { unknownAnswer } from './claim-answers.js';
import type { Argument } from './redis-scripts.js';

// What scripts on keys say, as the claim store says it: a word, and behind it, in most cases, the job that stands or stood.

type Answer = readonly Argument[];

export function reservation(answer: Answer): KeyReservation {
  const [kind, dueMs, firstMs, order] = answer;
  switch (kind) {
    case 'reserved':
      return { kind, dueMs: dueMs as number, firstMs: firstMs as number, order: order as number };
    case 'postponed':
    case 'kept':
      return { kind, standing: known(answer) };
    default:
      throw unknownAnswer(kind);
  }
}

export function commitment(answer: Answer): KeyCommitment {
  const [kind] = answer;
  switch (kind) {
    case 'scheduled':
      return { kind };
    case 'replaced':
    case 'besides':
      return { kind, previous: known(answer) };
    case 'kept':
      return { kind, standing: known(answer) };
    case 'superseded':
      return { kind, standing: standingJob(answer) };
    default:
      throw unknownAnswer(kind);
  }
}

export function cancellation(answer: Answer): KeyCancellation {
  const [kind] = answer;
  switch (kind) {
    case 'cancelled':
      return { kind, previous: standingJob(answer) };
    case 'running':
    case 'none':
      return { kind };
    default:
      throw unknownAnswer(kind);
  }
}

export function keyMove(answer: Answer): KeyMove {
  const [kind] = answer;
  switch (kind) {
    case 'moved':
    case 'earlier':
      return { kind, standing: known(answer) };
    case 'running':
    case 'none':
      return { kind };
    default:
      throw unknownAnswer(kind);
  }
}

/** Undefined where there is no job behind the word. */
export function standingJob([, id, handle, dueMs, firstMs, state, attempt, hash]: Answer): StandingJob | undefined {
  if (id === undefined) return undefined;
  return {
    id: id as string,
    handle: handle as string,
    dueMs: dueMs as number,
    firstMs: firstMs as number,
    hash: hash as string,
    state: state as StandingJob['state'],
    attempt: attempt as number,
  };
}

function known(answer: Answer): StandingJob {
  const job = standingJob(answer);
  if (job === undefined) throw unknownAnswer(answer[0]);
  return job;
}
