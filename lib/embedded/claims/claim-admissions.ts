import { generationKey } from '../../core/claims/claim-key.js';
import type { Admission, AdmitRequest, ConcludeRequest } from '../../core/claims/claim-store.js';
import type { Clock } from '../../core/clock.js';
import type { AdmissionRecord, ClaimRecord, DuplicateState } from './claim-record.js';
import type { ExpiringMap } from './expiring-map.js';
import { type Keeping, STALE_ADMISSION_MS } from '../../core/claims/keeping.js';

const ADMITTED: Admission = Object.freeze({ kind: 'admitted' });
/** How a claim's state is told to one who asks for its id. A foreign one says nothing. */
const TOLD: Readonly<Record<ClaimRecord['state'], DuplicateState>> = {
  running: 'running',
  waiting: 'scheduled',
  done: 'done',
  dead: 'dead',
  revoked: 'revoked',
  foreign: 'scheduled',
};

/** Which write of a caller's own id is the one that counts. */
export class ClaimAdmissions {
  constructor(
    readonly claims: ExpiringMap<ClaimRecord>,
    readonly admissions: ExpiringMap<AdmissionRecord>,
    readonly keeping: Keeping,
    readonly clock: Clock,
  ) {}

  admit({ key, generation, dueMs }: AdmitRequest): Admission {
    const now = this.clock.now();
    const known = this.admissions.get(key, now);
    if (known !== undefined && known.state !== 'failed') {
      const state = this.#taken(key, known, generation, now);
      if (state !== undefined) return { kind: 'duplicate', state, dueMs: known.dueMs };
    }
    this.admissions.set(key, {
      state: 'pending',
      generation,
      dueMs,
      since: now,
      keptUntil: this.#afterRetention(dueMs, now),
    });
    return ADMITTED;
  }

  conclude({ key, generation, written }: ConcludeRequest): boolean {
    const known = this.admissions.get(key, this.clock.now());
    if (known === undefined || known.state === 'failed' || known.generation !== generation) return false;
    if (known.state === 'pending') {
      const { dueMs, keptUntil } = known;
      this.admissions.set(
        key,
        written ? { state: 'scheduled', generation, dueMs, keptUntil } : { state: 'failed', keptUntil },
      );
    }
    return true;
  }

  /** What stands against a new write, or undefined when the one before gives way. */
  #taken(
    key: string,
    known: Exclude<AdmissionRecord, { readonly state: 'failed' }>,
    generation: string,
    now: number,
  ): DuplicateState | undefined {
    const { dueMs, keptUntil } = known;
    if (known.generation === generation) return known.state === 'scheduled' ? 'scheduled' : undefined;
    const claimKey = generationKey(key, known.generation);
    const claim = this.claims.get(claimKey, now);
    if (known.state === 'scheduled') return claim === undefined ? 'scheduled' : TOLD[claim.state];
    if (now - known.since < STALE_ADMISSION_MS) return 'pending';
    if (claim !== undefined && claim.state !== 'revoked' && claim.state !== 'foreign') {
      this.admissions.set(key, { state: 'scheduled', generation: known.generation, dueMs, keptUntil });
      return TOLD[claim.state];
    }
    // Copies of the write that was left never run beside those of the next.
    this.claims.set(claimKey, { state: 'revoked', copies: 0, gone: 0, keptUntil: this.#afterRetention(dueMs, now) });
    return undefined;
  }

  #afterRetention(dueMs: number, now: number): number {
    return Math.max(dueMs, now) + this.keeping.keepMs;
  }
}
