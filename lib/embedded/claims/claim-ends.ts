import { generationKey, isNativeKey } from '../../core/claims/claim-key.js';
import type { AccountRequest, DeadClaim, RevokeRequest, RevokeVerdict } from '../../core/claims/claim-store.js';
import type { Clock } from '../../core/clock.js';
import type { AdmissionRecord, ClaimRecord } from './claim-record.js';
import type { DoneRecords } from './done-records.js';
import type { ExpiringMap } from './expiring-map.js';
import type { Keeping } from '../../core/claims/keeping.js';

/** How claims that are over are kept and let go, revoked, and brought back from the dead. */
export class ClaimEnds {
  constructor(
    readonly claims: ExpiringMap<ClaimRecord>,
    readonly admissions: ExpiringMap<AdmissionRecord>,
    readonly keeping: Keeping,
    readonly done: DoneRecords,
    readonly clock: Clock,
  ) {}

  account({ key, copies, gone }: AccountRequest): void {
    const now = this.clock.now();
    const record = this.claims.get(key, now);
    if (record === undefined) return;
    const soon = now + this.keeping.settledMs;
    if (copies > 0 && gone >= copies) this.#keep(key, record, soon);
    else if (record.state === 'done' || record.state === 'dead' || record.state === 'revoked') {
      const known = { copies: Math.max(copies, record.copies), gone: gone + record.gone };
      // A copy of a tombstone has been met, so others may come from now on.
      const least = record.state === 'revoked' ? now + this.keeping.keepMs : 0;
      const until = Math.max(record.keptUntil, least);
      const allGone = known.copies > 0 && known.gone >= known.copies;
      this.#keep(key, { ...record, ...known }, allGone ? soon : until);
    }
  }

  revoke({ key: asked, copies, dueMs, absent = false }: RevokeRequest): RevokeVerdict {
    const now = this.clock.now();
    let key = asked;
    if (isNativeKey(asked)) {
      const admission = this.admissions.get(asked, now);
      if (admission?.state === 'failed') return 'revoked';
      if (admission !== undefined) key = generationKey(asked, admission.generation);
    }
    const record = this.claims.get(key, now);
    const state = record?.state;
    if (state === 'foreign') return 'done';
    if (state === 'running' || state === 'done' || state === 'dead') return state;
    const before = record?.state === 'revoked' ? record : undefined;
    const known = { copies: Math.max(copies, before?.copies ?? 0), gone: before?.gone ?? 0 };
    const { keepMs, openMs } = this.keeping;
    let keptUntil = record?.keptUntil ?? now + (absent ? keepMs : openMs);
    if (dueMs !== undefined) keptUntil = Math.max(now, dueMs) + keepMs;
    this.claims.set(key, { state: 'revoked', ...known, keptUntil });
    return absent && record === undefined ? 'done' : 'revoked';
  }

  describeDead(key: string): DeadClaim {
    const record = this.claims.get(key, this.clock.now());
    switch (record?.state) {
      case undefined:
        return { kind: 'forgotten' };
      case 'dead': {
        const { attempt: attempts, reason } = record;
        return { kind: attempts === 0 ? 'expired' : 'dead', attempts, reason };
      }
      case 'running':
      case 'waiting':
        return { kind: 'alive' };
      default:
        return { kind: 'over' };
    }
  }

  resolveDead(key: string, how: 'retry' | 'drop'): boolean {
    const now = this.clock.now();
    const record = this.claims.get(key, now);
    if (record !== undefined && record.state !== 'dead') return false;
    const keptUntil = now + this.keeping.keepMs;
    this.claims.set(
      key,
      how === 'retry'
        ? { state: 'waiting', attempt: 0, token: '', notBefore: now, revived: true, keptUntil }
        : { state: 'revoked', copies: 0, gone: 0, keptUntil },
    );
    return true;
  }

  #keep(key: string, record: ClaimRecord, keptUntil: number): void {
    const kept =
      record.state === 'done'
        ? this.done.record(record.attempt, record.token, record.copies, record.gone, keptUntil)
        : { ...record, keptUntil };
    this.claims.set(key, kept);
  }
}
