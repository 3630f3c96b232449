import type { ClaimRequest, ClaimVerdict, Holder, RenewRequest, SettleRequest } from '../../core/claims/claim-store.js';
import type { Clock } from '../../core/clock.js';
import type { ClaimAdmissions } from './claim-admissions.js';
import { ASK_AGAIN, type ClaimRecord, type Settlement } from './claim-record.js';
import type { DoneRecords } from './done-records.js';
import type { ExpiringMap } from './expiring-map.js';
import { type Keeping, LONGEST_REASON } from '../../core/claims/keeping.js';

const TOO_OLD = 'it turned up later than the retention after its due time';
const FIRST_ATTEMPT: ClaimVerdict = Object.freeze({ kind: 'granted', attempt: 1 });
const ORPHANED: ClaimVerdict = Object.freeze({ kind: 'orphaned' });
const EXPIRED: ClaimVerdict = Object.freeze({ kind: 'expired' });
const OVER = {
  done: Object.freeze({ kind: 'done' }),
  revoked: Object.freeze({ kind: 'revoked' }),
  dead: Object.freeze({ kind: 'dead' }),
} satisfies Record<string, ClaimVerdict>;
const FOREIGN: ClaimVerdict = Object.freeze({ kind: 'foreign' });

/** How a run begins, goes on and ends. */
export class ClaimRuns {
  constructor(
    readonly claims: ExpiringMap<ClaimRecord>,
    readonly keeping: Keeping,
    readonly ids: ClaimAdmissions,
    readonly done: DoneRecords,
    readonly clock: Clock,
  ) {}

  claim(holder: Holder, request: ClaimRequest, goodUntil: number, takeoverUntil: number): ClaimVerdict {
    const now = this.clock.now();
    const { key, dueMs, takeover } = request;
    const late = goodUntil > 0 && now > goodUntil;
    const record = this.claims.get(key, now);
    if (record === undefined) {
      if (dueMs > now) return { kind: 'early', ms: dueMs - now };
      if (late) return ASK_AGAIN;
      if (now - dueMs > this.keeping.retentionMs) return this.#expire(key, now);
      return this.#grant(holder, key, 1, now);
    }
    switch (record.state) {
      case 'running':
        if (record.token === holder.token)
          return late ? ASK_AGAIN : this.#grant(holder, key, record.attempt, now, record.revived);
        if (record.leaseEnd > now) return { kind: 'running', ms: record.leaseEnd - now };
        if (!takeover) return ORPHANED;
        if (late || now > takeoverUntil) return ASK_AGAIN;
        return this.#grant(holder, key, record.attempt + 1, now, record.revived);
      case 'waiting':
        if (record.notBefore > now) return { kind: 'waiting', ms: record.notBefore - now };
        if (late) return ASK_AGAIN;
        return this.#grant(holder, key, record.attempt + 1, now, record.revived);
      case 'foreign':
        // A Go consumer keeps its lock for an hour; a copy may come back for as long as we keep claims.
        this.claims.set(key, { ...record, keptUntil: now + this.keeping.keepMs });
        return FOREIGN;
      case 'done':
      case 'revoked':
      case 'dead':
        return OVER[record.state];
      default:
        // Of a later release: whatever it means, it may be known later.
        return ASK_AGAIN;
    }
  }

  settle(holder: Holder, request: SettleRequest, goodUntil: number): Settlement {
    const now = this.clock.now();
    const { key, attempt, outcome, copies } = request;
    // The same holder may run the same attempt anew since.
    if (outcome.kind === 'again' && !outcome.counts && goodUntil > 0 && now > goodUntil) return 'late';
    const record = this.claims.get(key, now);
    if (record !== undefined && !isHeld(record, holder, attempt))
      return isSettledSo(record, holder, request) ? 'settled' : 'refused';
    const { token } = holder;
    const { keepMs, deadMs } = this.keeping;
    if (outcome.kind === 'done') {
      this.claims.set(key, this.done.record(attempt, token, copies, 0, now + keepMs));
    } else if (outcome.kind === 'dead') {
      const reason = outcome.reason.slice(0, LONGEST_REASON);
      this.claims.set(key, { state: 'dead', attempt, token, copies, gone: 0, reason, keptUntil: now + deadMs });
    } else {
      const counted = outcome.counts ? attempt : attempt - 1;
      const notBefore = now + outcome.ms;
      this.claims.set(key, {
        state: 'waiting',
        attempt: counted,
        token,
        ...revivedAs(record),
        notBefore,
        keptUntil: notBefore + keepMs,
      });
      this.ids.hold(key, now, notBefore + keepMs);
    }
    return 'settled';
  }

  renew(holder: Holder, { key, attempt }: RenewRequest): boolean {
    const now = this.clock.now();
    const record = this.claims.get(key, now);
    if (record !== undefined && !isHeld(record, holder, attempt)) return false;
    this.#run(holder, key, attempt, now, revivedAs(record).revived);
    return true;
  }

  #grant(holder: Holder, key: string, attempt: number, now: number, revived?: true): ClaimVerdict {
    this.#run(holder, key, attempt, now, revived);
    if (revived) return { kind: 'granted', attempt, revived };
    return attempt === 1 ? FIRST_ATTEMPT : { kind: 'granted', attempt };
  }

  #run({ token, leaseMs }: Holder, key: string, attempt: number, now: number, revived?: true): void {
    const keptUntil = now + this.keeping.keepMs;
    const record = { state: 'running', attempt, token, leaseEnd: now + leaseMs, keptUntil } as const;
    this.claims.set(key, revived ? { ...record, revived } : record);
    this.ids.hold(key, now, keptUntil);
  }

  #expire(key: string, now: number): ClaimVerdict {
    const never = { attempt: 0, token: '', copies: 0, gone: 0 };
    this.claims.set(key, { state: 'dead', ...never, reason: TOO_OLD, keptUntil: now + this.keeping.deadMs });
    return EXPIRED;
  }
}

function isHeld(record: ClaimRecord, { token }: Holder, attempt: number): boolean {
  return record.state === 'running' && record.attempt === attempt && record.token === token;
}

/** Once brought back from the dead letters, a job is known as such until it is over. */
function revivedAs(record: ClaimRecord | undefined): { readonly revived?: true } {
  return record?.state === 'running' && record.revived ? { revived: true } : {};
}

/** True when the same outcome was written before: its reply was lost. */
function isSettledSo(record: ClaimRecord, { token }: Holder, { attempt, outcome }: SettleRequest): boolean {
  switch (record.state) {
    case 'waiting':
      return (
        outcome.kind === 'again' &&
        record.attempt === (outcome.counts ? attempt : attempt - 1) &&
        record.token === token
      );
    case 'done':
    case 'dead':
      return outcome.kind === record.state && record.attempt === attempt && record.token === token;
    default:
      return false;
  }
}
