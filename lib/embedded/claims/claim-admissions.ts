import { generationKey, generationOf } from '../../core/claims/claim-key.js';
import { isUnstarted, TOLD } from '../../core/claims/claim-state.js';
import type { Admission, AdmitRequest, ConcludeRequest, JobRecord } from '../../core/claims/claim-store.js';
import type { DqKnownJobState } from '../../core/errors/argument.errors.js';
import type { Clock } from '../../core/base/clock.js';
import { type AdmissionRecord, type ClaimRecord, claimState } from './claim-record.js';
import type { ExpiringMap } from './expiring-map.js';
import { afterRetention, type Retention, STALE_ADMISSION_MS } from '../../core/claims/retention.js';

const ADMITTED: Admission = Object.freeze({ kind: 'admitted' });
/** What the admission of an id says to one who would revoke its job: the key of its claim, or what is known without it. */
export type Leads = { readonly to: string } | 'nowhere' | 'failed' | 'done' | 'unknown';

/** Which write of a caller's own id is the one that counts. */
export class ClaimAdmissions {
  constructor(
    readonly claims: ExpiringMap<ClaimRecord>,
    readonly admissions: ExpiringMap<AdmissionRecord>,
    readonly retention: Retention,
    readonly clock: Clock,
  ) {}

  admit({ key, generation, dueMs }: AdmitRequest): Admission {
    const now = this.clock.now();
    const known = this.admissions.get(key, now);
    if (known !== undefined && known.state !== 'failed') {
      const state = this.#taken(key, known, generation, now);
      if (state !== undefined) return { kind: 'duplicate', state, dueMs: 'dueMs' in known ? known.dueMs : now };
    }
    this.admissions.set(key, {
      state: 'pending',
      generation,
      dueMs,
      since: now,
      keptUntil: afterRetention(this.retention, dueMs, now),
    });
    return ADMITTED;
  }

  describe(key: string): JobRecord {
    const now = this.clock.now();
    const known = this.admissions.get(key, now);
    if (known?.state !== 'pending' && known?.state !== 'scheduled') return { claim: { kind: 'none' } };
    const { state, generation, dueMs } = known;
    const claim = claimState(this.claims.get(generationKey(key, generation), now));
    const isOver = claim.kind === 'none' && state === 'scheduled' && known.done === true;
    return { claim: isOver ? { kind: 'done', attempt: undefined } : claim, admission: { state, dueMs } };
  }

  conclude({ key, generation, dueMs, written }: ConcludeRequest): boolean {
    const now = this.clock.now();
    const known = this.#ofGeneration(key, generation, now);
    if (known === undefined) {
      // One that is gone was forgotten, and nobody has taken it over.
      if (this.admissions.get(key, now) !== undefined) return false;
      const keptUntil = afterRetention(this.retention, dueMs, now);
      if (written) this.admissions.set(key, { state: 'scheduled', generation, dueMs, keptUntil });
    } else if (known.state === 'pending') {
      const { keptUntil } = known;
      this.admissions.set(
        key,
        written ? { state: 'scheduled', generation, dueMs: known.dueMs, keptUntil } : { state: 'failed', keptUntil },
      );
    }
    return true;
  }

  /** The job of a claim lives: its id, if it is the caller's own, stays taken until `keptUntil` at least. */
  hold(claimKey: string, now: number, keptUntil: number): void {
    const own = generationOf(claimKey);
    if (own === undefined) return;
    const { id, generation } = own;
    if (this.admissions.get(id, now) === undefined) {
      this.admissions.set(id, { state: 'scheduled', generation, dueMs: now, keptUntil });
      return;
    }
    const known = this.#ofGeneration(id, generation, now);
    if (known === undefined) return;
    const isDone = known.state === 'scheduled' && known.done === true;
    if (!isDone && known.keptUntil >= keptUntil) return;
    const until = Math.max(known.keptUntil, keptUntil);
    if (known.state === 'pending') this.admissions.set(id, { ...known, keptUntil: until });
    else this.admissions.set(id, { state: 'scheduled', generation, dueMs: known.dueMs, keptUntil: until });
  }

  /** The job of a claim is done, and its claim is about to go: whoever asks for its id is told so. */
  done(claimKey: string, now: number): void {
    const own = generationOf(claimKey);
    if (own === undefined) return;
    const { id, generation } = own;
    const known = this.#ofGeneration(id, generation, now);
    if (known === undefined) return;
    const { dueMs, keptUntil } = known;
    this.admissions.set(id, { state: 'scheduled', generation, dueMs, done: true, keptUntil });
  }

  leads(key: string, now: number): Leads {
    const known = this.admissions.get(key, now);
    switch (known?.state) {
      case undefined:
        return 'nowhere';
      case 'failed':
        return 'failed';
      case 'scheduled':
      case 'pending':
        return known.state === 'scheduled' && known.done ? 'done' : { to: generationKey(key, known.generation) };
      default:
        return 'unknown';
    }
  }

  #ofGeneration(
    key: string,
    generation: string,
    now: number,
  ): Extract<AdmissionRecord, { readonly generation: string }> | undefined {
    const known = this.admissions.get(key, now);
    const isWrite = known?.state === 'pending' || known?.state === 'scheduled';
    return isWrite && known.generation === generation ? known : undefined;
  }

  /** What stands against a new write, or undefined when the one before gives way. */
  #taken(
    key: string,
    known: Exclude<AdmissionRecord, { readonly state: 'failed' }>,
    generation: string,
    now: number,
  ): DqKnownJobState | undefined {
    if (known.state !== 'pending' && known.state !== 'scheduled') return 'pending';
    if (known.state === 'pending') {
      if (known.generation === generation) return undefined;
      if (now - known.since < STALE_ADMISSION_MS) return 'pending';
    } else if (known.done === true) return 'done';
    const claimKey = generationKey(key, known.generation);
    const claim = claimState(this.claims.get(claimKey, now));
    if (known.state === 'scheduled' || !isUnstarted(claim)) return TOLD[claim.kind];
    // Copies of the write that was left never run beside those of the next.
    const keptUntil = afterRetention(this.retention, known.dueMs, now);
    this.claims.set(claimKey, { state: 'revoked', copies: 0, gone: 0, keptUntil });
    return undefined;
  }
}
