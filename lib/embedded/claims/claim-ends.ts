import { isNativeKey } from '../../core/claims/claim-key.js';
import {
  type AccountRequest,
  type RevokeRequest,
  type RevokeVerdict,
  unknownClaim,
} from '../../core/claims/claim-store.js';
import type { Clock } from '../../core/base/clock.js';
import type { ClaimAdmissions } from './claim-admissions.js';
import type { ClaimRecord } from './claim-record.js';
import type { DoneRecords } from './done-records.js';
import type { ExpiringMap } from './expiring-map.js';
import type { KeySlots } from './key-slots.js';
import { afterRetention, type Retention } from '../../core/claims/retention.js';

/** How claims that are over are kept and let go, revoked, and brought back from the dead. */
export class ClaimEnds {
  constructor(
    readonly claims: ExpiringMap<ClaimRecord>,
    readonly ids: ClaimAdmissions,
    readonly retention: Retention,
    readonly done: DoneRecords,
    readonly slots: KeySlots,
    readonly clock: Clock,
  ) {}

  account({ key, copies, gone }: AccountRequest): void {
    const now = this.clock.now();
    const record = this.claims.get(key, now);
    const soon = now + this.retention.doneMs;
    const wholeAtOnce = copies > 0 && gone >= copies;
    switch (record?.state) {
      case 'done': {
        const known = wholeAtOnce
          ? { copies: record.copies, gone: record.gone }
          : { copies: Math.max(copies, record.copies), gone: gone + record.gone };
        const allGone = wholeAtOnce || (known.copies > 0 && known.gone >= known.copies);
        if (allGone) this.ids.done(key, now);
        const { attempt, token, keptUntil } = record;
        this.claims.set(key, this.done.record(attempt, token, known.copies, known.gone, allGone ? soon : keptUntil));
        break;
      }
      case 'revoked':
        // A copy of it has been met, so others may come from now on.
        if (record.keptUntil < now + this.retention.keepMs)
          this.claims.set(key, { ...record, keptUntil: now + this.retention.keepMs });
        break;
      case 'foreign':
        if (wholeAtOnce) this.claims.set(key, { ...record, keptUntil: soon });
        break;
      default:
    }
  }

  /** @throws DqClaimStoreError when the claim, or the admission that leads to it, is unknown */
  revoke({ key: asked, copies, dueMs, absent = false, slot }: RevokeRequest): RevokeVerdict {
    const now = this.clock.now();
    let key = asked;
    if (isNativeKey(asked)) {
      const leads = this.ids.leads(asked, now);
      if (leads === 'failed') return 'revoked';
      if (leads === 'done') return 'done';
      if (leads === 'unknown') throw unknownClaim();
      if (leads !== 'nowhere') key = leads.to;
    }
    const record = this.claims.get(key, now);
    switch (record?.state) {
      case 'running':
      case 'done':
      case 'dead':
        return record.state;
      case 'foreign':
        return 'done';
      case undefined:
      case 'waiting':
      case 'pending':
      case 'revoked': {
        const { keepMs, openMs } = this.retention;
        let keptUntil = record?.keptUntil ?? now + (absent ? keepMs : openMs);
        // Not forgotten sooner than what it stands on.
        if (dueMs !== undefined)
          keptUntil = Math.max(afterRetention(this.retention, dueMs, now), record?.keptUntil ?? 0);
        this.claims.set(key, { state: 'revoked', copies, gone: 0, keptUntil });
        this.slots.over(slot, key, now, record?.state === 'pending');
        return absent && record === undefined ? 'done' : 'revoked';
      }
      default:
        throw unknownClaim();
    }
  }

  resolveDead(key: string, how: 'retry' | 'drop'): boolean {
    const now = this.clock.now();
    const record = this.claims.get(key, now);
    if (record !== undefined && record.state !== 'dead') return false;
    const keptUntil = now + this.retention.keepMs;
    this.claims.set(
      key,
      how === 'retry'
        ? { state: 'waiting', attempt: 0, token: '', notBefore: now, revived: true, keptUntil }
        : { state: 'revoked', copies: 0, gone: 0, keptUntil },
    );
    if (how === 'retry') this.ids.hold(key, now, keptUntil);
    return true;
  }
}
