import {
  type ClaimRequest,
  type ClaimVerdict,
  type Holder,
  type RenewRequest,
  type SettleRequest,
  leavesNoClaim,
} from '../../core/claims/claim-store.js';
import type { Clock } from '../../core/base/clock.js';
import type { ClaimAdmissions } from './claim-admissions.js';
import {
  ASK_AGAIN,
  type ClaimRecord,
  FORGOTTEN,
  type Marks,
  marksOf,
  NO_MARKS,
  type Settlement,
} from './claim-record.js';
import type { DoneRecords } from './done-records.js';
import type { ExpiringMap } from './expiring-map.js';
import type { KeySlots } from './key-slots.js';
import { LONGEST_REASON, type Retention, STALE_ADMISSION_MS, TOO_LATE } from '../../core/claims/retention.js';

const FIRST_ATTEMPT: ClaimVerdict = Object.freeze({ kind: 'granted', attempt: 1 });
const ORPHANED: ClaimVerdict = Object.freeze({ kind: 'orphaned' });
const UNBORN: ClaimVerdict = Object.freeze({ kind: 'unborn' });
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
    readonly retention: Retention,
    readonly ids: ClaimAdmissions,
    readonly done: DoneRecords,
    readonly slots: KeySlots,
    readonly clock: Clock,
  ) {}

  claim(holder: Holder, request: ClaimRequest, goodUntil = 0, takeoverUntil = 0): ClaimVerdict {
    const now = this.clock.now();
    const { key, dueMs, takeover, slot } = request;
    const late = goodUntil > 0 && now > goodUntil;
    const record = this.claims.get(key, now);
    if (record === undefined) {
      if (dueMs > now) return { kind: 'early', ms: dueMs - now };
      if (late) return ASK_AGAIN;
      if (now - dueMs > this.retention.retentionMs) return this.#expire(key, now);
      return this.#grant(holder, key, 1, now);
    }
    switch (record.state) {
      case 'running':
        if (record.token === holder.token)
          return late ? ASK_AGAIN : this.#grant(holder, key, record.attempt, now, marksOf(record));
        if (record.leaseEnd > now) return { kind: 'running', ms: record.leaseEnd - now };
        if (!takeover) return ORPHANED;
        if (late || now > takeoverUntil) return ASK_AGAIN;
        if (this.slots.isMarked(slot, key, now)) return this.#supersede(key, slot, record, now);
        return this.#grant(holder, key, record.attempt + 1, now, marksOf(record));
      case 'waiting':
        if (record.notBefore > now) return { kind: 'waiting', ms: record.notBefore - now };
        if (late) return ASK_AGAIN;
        return this.#grant(holder, key, record.attempt + 1, now, marksOf(record));
      case 'pending':
        if (this.slots.age(record, now) < STALE_ADMISSION_MS) return ASK_AGAIN;
        return now - dueMs > this.retention.retentionMs ? this.#expire(key, now) : UNBORN;
      case 'foreign':
        // A Go consumer keeps its lock for an hour; a copy may come back for as long as we keep claims.
        this.claims.set(key, { ...record, keptUntil: now + this.retention.keepMs });
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
    const { key, attempt, outcome, copies, slot } = request;
    // The same holder may run the same attempt anew since.
    if (outcome.kind === 'again' && !outcome.counts && goodUntil > 0 && now > goodUntil) return 'late';
    const record = this.claims.get(key, now);
    const stood = request.toldAgain === true && outcome.kind !== 'again';
    const isOpen = stood && isLeftBehind(record, holder, now) && !(outcome.kind === 'dead' && isRevived(record));
    if (record !== undefined && !isOpen && !isHeld(record, holder, attempt)) {
      if (slot !== undefined && record.state === 'revoked' && outcome.kind === 'again') return 'superseded';
      return isSettledSo(record, holder, request) ? 'settled' : 'refused';
    }
    if (outcome.kind === 'again' && this.slots.isMarked(slot, key, now)) {
      this.#supersede(key, slot, record, now);
      return 'superseded';
    }
    const { token } = holder;
    const { keepMs, deadMs } = this.retention;
    if (outcome.kind === 'done') {
      this.claims.set(key, this.done.record(attempt, token, copies, 0, now + keepMs));
    } else if (outcome.kind === 'dead') {
      const reason = outcome.reason.slice(0, LONGEST_REASON);
      this.claims.set(key, { state: 'dead', attempt, token, copies, gone: 0, reason, keptUntil: now + deadMs });
    } else {
      const counted = outcome.counts ? attempt : attempt - 1;
      const notBefore = now + outcome.ms;
      const marks = record?.state === 'running' ? marksOf(record) : NO_MARKS;
      this.claims.set(key, {
        state: 'waiting',
        attempt: counted,
        token,
        ...marks,
        ...(outcome.asked ? { askedMs: notBefore } : NO_MARKS),
        notBefore,
        keptUntil: leavesNoClaim(request, marks !== NO_MARKS) ? FORGOTTEN : notBefore + keepMs,
      });
      this.ids.hold(key, now, notBefore + keepMs);
      this.slots.goesOn(slot, key, now, notBefore + keepMs);
      return 'settled';
    }
    this.slots.over(slot, key, now, record?.state === 'pending');
    return 'settled';
  }

  renew(holder: Holder, { key, attempt, toldAgain = false }: RenewRequest, goodUntil = 0): boolean {
    const now = this.clock.now();
    const record = this.claims.get(key, now);
    const held = record === undefined || isHeld(record, holder, attempt);
    const good = toldAgain && (goodUntil === 0 || now <= goodUntil);
    if (!held && !(good && isLeftBehind(record, holder, now) && isOlder(record, attempt))) return false;
    const alive = record?.state === 'running' || record?.state === 'waiting';
    this.#run(holder, key, attempt, now, alive ? marksOf(record) : NO_MARKS);
    return true;
  }

  #grant(holder: Holder, key: string, attempt: number, now: number, marks = NO_MARKS): ClaimVerdict {
    this.#run(holder, key, attempt, now, marks);
    const { revived, movedMs } = marks;
    // Of one that was revived it does not matter for when its handler had asked.
    if (revived) return { kind: 'granted', attempt, revived, ...(movedMs !== undefined && { movedMs }) };
    if (marks !== NO_MARKS) return { kind: 'granted', attempt, ...marks };
    return attempt === 1 ? FIRST_ATTEMPT : { kind: 'granted', attempt };
  }

  #run({ token, leaseMs }: Holder, key: string, attempt: number, now: number, marks: Marks): void {
    const keptUntil = now + this.retention.keepMs;
    const record = { state: 'running', attempt, token, leaseEnd: now + leaseMs, keptUntil } as const;
    this.claims.set(key, marks === NO_MARKS ? record : { ...record, ...marks });
    this.ids.hold(key, now, keptUntil);
  }

  /** It runs no more: its key went to another while it ran. */
  #supersede(key: string, slot: string | undefined, known: ClaimRecord | undefined, now: number): ClaimVerdict {
    const keptUntil = Math.max(known?.keptUntil ?? 0, now + this.retention.keepMs);
    this.claims.set(key, { state: 'revoked', copies: 0, gone: 0, keptUntil });
    this.slots.over(slot, key, now, false);
    return OVER.revoked;
  }

  #expire(key: string, now: number): ClaimVerdict {
    const never = { attempt: 0, token: '', copies: 0, gone: 0 };
    this.claims.set(key, { state: 'dead', ...never, reason: TOO_LATE, keptUntil: now + this.retention.deadMs });
    return EXPIRED;
  }
}

function isHeld(record: ClaimRecord, { token }: Holder, attempt: number): boolean {
  return record.state === 'running' && record.attempt === attempt && record.token === token;
}

/** Whether it may be what a store is left with that lost what a holder had written: nobody else runs it. */
function isLeftBehind(record: ClaimRecord | undefined, { token }: Holder, now: number): boolean {
  switch (record?.state) {
    case 'waiting':
    // The store has lost its commit, and all that followed it.
    case 'pending':
      return true;
    case 'running':
      return record.token === token || record.leaseEnd <= now;
    default:
      return false;
  }
}

function isRevived(record: ClaimRecord | undefined): boolean {
  return (record?.state === 'waiting' || record?.state === 'running') && record.revived === true;
}

/** Whether it is of an attempt before. */
function isOlder(record: ClaimRecord, attempt: number): boolean {
  return record.state === 'pending' || ('attempt' in record && record.attempt < attempt && !isRevived(record));
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
