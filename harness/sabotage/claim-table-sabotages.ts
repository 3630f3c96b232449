import type { RevokeRequest } from '../../lib/core/claims/claim-store.js';
import { type Sabotage, table } from './sabotage.js';

const HOUR_MS = 3_600_000;

/** Protections inside Redis, as the simulation has it. */
export const claimTableSabotages = {
  /** A tombstone is forgotten after an hour, by when all copies that were known are gone; that one was met does not prolong it by more. */
  'forgets-revokes': table((claims) => {
    const revoked = new Map<string, RevokeRequest>();
    return {
      revoke: (request) => {
        const verdict = claims.revoke(request);
        if (verdict === 'revoked') {
          revoked.set(request.key, request);
          claims.keepTombstone(request, HOUR_MS);
        }
        return verdict;
      },
      account: (request) => {
        claims.account(request);
        const known = revoked.get(request.key);
        if (known !== undefined) claims.keepTombstone(known, HOUR_MS);
      },
    };
  }),

  /** An id is free an hour after its job was due, whatever that job does then. */
  'frees-ids': table((claims) => ({
    admit: (request) => {
      const admission = claims.admit(request);
      if (admission.kind !== 'duplicate' || claims.now() < admission.dueMs + HOUR_MS) return admission;
      claims.forgetAdmission(request.key);
      return claims.admit(request);
    },
  })),

  /** A command is carried out however long it lay on its way, and takes over whatever it finds. */
  'ignores-good-until': table((claims) => ({
    claim: (holder, request) => claims.claim(holder, { ...request, takeover: true }, 0, Infinity),
    settle: (holder, request) => claims.settle(holder, request, 0),
  })),

  /** Whoever says how a run ended is believed, whether or not the claim is still its own. */
  'no-fencing': table((claims) => ({
    settle: (holder, request, goodUntil) => {
      const settled = claims.settle(holder, request, goodUntil);
      if (settled === 'refused') claims.force(holder, request);
      return 'settled';
    },
  })),

  /** An id whose write is pending is free, and no tombstone keeps the copies of that write from running. */
  'takes-pending': table((claims) => ({
    admit: (request) => {
      const admission = claims.admit(request);
      if (admission.kind !== 'duplicate' || admission.state !== 'pending') return admission;
      claims.forgetAdmission(request.key);
      return claims.admit(request);
    },
  })),

  /** Who asks for an id that is taken is told that its job will run, also when it has. */
  'says-scheduled': table((claims) => ({
    admit: (request) => {
      const admission = claims.admit(request);
      return admission.kind === 'duplicate' ? { ...admission, state: 'scheduled' } : admission;
    },
  })),
} as const satisfies Readonly<Record<string, Sabotage>>;
