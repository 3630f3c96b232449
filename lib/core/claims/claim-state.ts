import type { DqKnownJobState } from '../errors/argument.errors.js';
import type { ClaimState, DeadClaim } from './claim-store.js';

// What the state of a claim means to those who do not run its job.

/** How it is told to one who asks for its id. A foreign one says nothing; of an unknown one more may be known later. */
export const TOLD: Readonly<Record<ClaimState['kind'], DqKnownJobState>> = {
  none: 'scheduled',
  running: 'running',
  waiting: 'retrying',
  done: 'done',
  dead: 'dead',
  revoked: 'revoked',
  pending: 'pending',
  foreign: 'scheduled',
  unknown: 'pending',
};

/** True where nobody has started a job. */
export function isUnstarted({ kind }: ClaimState): boolean {
  return kind === 'none' || kind === 'revoked' || kind === 'foreign';
}

/** What it says of a job that was given up. */
export function deadClaim(claim: ClaimState): DeadClaim {
  switch (claim.kind) {
    case 'none':
      return { kind: 'forgotten' };
    case 'dead': {
      const { attempts, reason } = claim;
      // No attempt: it was never granted.
      return { kind: attempts === 0 ? 'expired' : 'dead', attempts, reason };
    }
    case 'running':
    case 'waiting':
    case 'pending':
      return { kind: 'alive' };
    case 'unknown':
      return { kind: 'unknown' };
    default:
      return { kind: 'over' };
  }
}
