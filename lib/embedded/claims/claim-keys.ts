import { nativeClaimKey } from '../../core/claims/claim-key.js';
import type {
  KeyCancellation,
  KeyCommit,
  KeyCommitment,
  KeyMove,
  KeyRequest,
  KeyReservation,
  StandingJob,
} from '../../core/claims/key-claims.js';
import type { Clock } from '../../core/base/clock.js';
import { afterRetention, type Retention, STALE_ADMISSION_MS } from '../../core/claims/retention.js';
import {
  type ClaimRecord,
  type PendingClaim,
  type SlotRecord,
  type StandingRecord,
  type WaitingClaim,
  marksOf,
  waitsMoved,
} from './claim-record.js';
import type { ExpiringMap } from './expiring-map.js';
import { type KeySlots, MICROSECONDS, openAfter } from './key-slots.js';

/** A job that stands and is not over. `moment`: when its copies come up. */
interface Standing {
  readonly record: StandingRecord;
  readonly key: string;
  readonly claim: ClaimRecord | undefined;
  readonly job: StandingJob;
  readonly waits: boolean;
  /** It runs, and is not tried again. */
  readonly cancelled: boolean;
  /** It should have begun long since, and nobody has written it anew: it may have no copies any more. */
  readonly overdue: boolean;
  readonly moment: number;
}

const SCHEDULED: KeyCommitment = Object.freeze({ kind: 'scheduled' });

/** The calls on users' own keys; see `KeyClaims` for what they mean. */
export class ClaimKeys {
  constructor(
    readonly claims: ExpiringMap<ClaimRecord>,
    readonly slots: KeySlots,
    readonly retention: Retention,
    readonly clock: Clock,
  ) {}

  reserve(tube: string, { slot, id, policy, hash, maxWaitMs, dueMs: wanted }: KeyRequest): KeyReservation {
    const now = this.clock.now();
    const known = this.slots.get(slot, now);
    const key = nativeClaimKey(tube, id);
    const mine = this.claims.get(key, now);
    if (mine?.state === 'pending') return reserved(mine);
    // It came after its own commit, which says again what became of it.
    if (mine !== undefined || known?.standing?.id === id)
      return reserved({ dueMs: wanted, firstMs: now, order: known?.spoken ?? 0 });
    const standing = this.#standing(tube, known, now);
    const firstMs = standing?.waits ? standing.job.firstMs : now;
    const dueMs = maxWaitMs === undefined ? wanted : Math.min(wanted, firstMs + maxWaitMs);
    if (standing !== undefined) {
      if (policy === 'keep' && !standing.cancelled) return kept(standing);
      const equal = policy === 'replace' && hash === standing.record.hash && !standing.overdue;
      if (standing.waits && (policy === 'postpone' || (equal && dueMs >= standing.moment))) {
        // It is a word on the key like one that replaces: a call that was reserved before must not come after it.
        if (equal && hasFollowing(known)) this.#speak(slot, known, now);
        if (dueMs <= standing.moment) return kept(standing);
        return { kind: 'postponed', standing: this.#move(slot, standing, dueMs, now) };
      }
    }
    const order = this.slots.orderAfter(known, now);
    const keptUntil = afterRetention(this.retention, dueMs, now);
    this.claims.set(key, { state: 'pending', order, policy, firstMs, dueMs, hash, keptUntil });
    this.slots.change(slot, known, now, { order, open: (known?.open ?? 0) + 1, keptUntil });
    return reserved({ dueMs, firstMs, order });
  }

  commit(tube: string, { slot, id, dueMs, handle, reserved: said }: KeyCommit): KeyCommitment {
    const now = this.clock.now();
    const known = this.slots.get(slot, now);
    const key = nativeClaimKey(tube, id);
    const mine = this.claims.get(key, now);
    const standing = this.#standing(tube, known, now);
    const isWritten = mine?.state === 'pending';
    const call = said ?? (isWritten ? mine : undefined);
    const keeps = call?.policy === 'keep' && standing?.cancelled === false;
    if (mine?.state === 'revoked') return keeps ? kept(standing) : superseded(standing);
    // It has begun, or nobody knows of its call any more, or it stands, or stood.
    const isBehind = mine !== undefined && !isWritten;
    if (isBehind || call === undefined || known?.standing?.id === id || (known?.spoken ?? 0) === call.order)
      return SCHEDULED;
    const open = openAfter(known, isWritten);
    const misses = call.policy === 'move' && !(standing?.waits && standing.record.hash === call.hash);
    if (keeps || misses || call.order < (known?.spoken ?? 0)) {
      this.#bury(key, dueMs, now);
      this.slots.change(slot, known, now, { open });
      return keeps ? kept(standing) : superseded(standing);
    }
    this.claims.drop(key);
    if (standing?.waits) this.#bury(standing.key, standing.moment, now);
    this.slots.change(slot, known, now, {
      order: Math.max(known?.order ?? 0, call.order),
      spoken: call.order,
      open,
      standing: { id, dueMs, firstMs: call.firstMs, hash: call.hash, handle },
      marked: standing === undefined || standing.waits ? (known?.marked ?? []) : withMark(known, standing.record.id),
      keptUntil: afterRetention(this.retention, dueMs, now),
    });
    if (standing === undefined) return SCHEDULED;
    return { kind: standing.waits ? 'replaced' : 'besides', previous: standing.job };
  }

  cancel(tube: string, slot: string): KeyCancellation {
    const now = this.clock.now();
    const known = this.slots.get(slot, now);
    const standing = this.#standing(tube, known, now);
    if (known === undefined) return { kind: 'none' };
    if (standing === undefined && !hasFollowing(known)) return this.#uncancelled(tube, slot, known, now);
    if (standing !== undefined && !standing.waits) {
      // The mark is to last as long as the claim of what runs.
      const keptUntil = afterRetention(this.retention, now, now);
      this.#speak(slot, known, now, { marked: withMark(known, standing.record.id), keptUntil });
      return { kind: 'running' };
    }
    if (standing !== undefined) this.#bury(standing.key, standing.moment, now);
    this.#speak(slot, known, now, { standing: undefined });
    return { kind: 'cancelled', previous: standing?.job };
  }

  /** Nothing waits, and no call is open. What runs may have lost the key before. */
  #uncancelled(tube: string, slot: string, known: SlotRecord, now: number): KeyCancellation {
    const states = new Map(known.marked.map((id) => [id, this.claims.get(nativeClaimKey(tube, id), now)?.state]));
    const marked = known.marked.filter((id) => !isOver(states.get(id)));
    this.slots.change(slot, known, now, { standing: undefined, marked });
    return { kind: [...states.values()].includes('running') ? 'running' : 'none' };
  }

  move(tube: string, slot: string, dueMs: number): KeyMove {
    const now = this.clock.now();
    const standing = this.#standing(tube, this.slots.get(slot, now), now);
    if (standing === undefined) return { kind: 'none' };
    if (!standing.waits) return { kind: 'running' };
    if (dueMs < standing.moment || (standing.overdue && standing.claim?.state !== 'waiting'))
      return { kind: 'earlier', standing: standing.job };
    const isThere = dueMs <= standing.record.dueMs;
    return { kind: 'moved', standing: isThere ? standing.job : this.#move(slot, standing, dueMs, now) };
  }

  find(tube: string, slot: string): StandingJob | undefined {
    const now = this.clock.now();
    return this.#standing(tube, this.slots.get(slot, now), now)?.job;
  }

  #standing(tube: string, known: SlotRecord | undefined, now: number): Standing | undefined {
    const record = known?.standing;
    if (record === undefined) return undefined;
    const key = nativeClaimKey(tube, record.id);
    const claim = this.claims.get(key, now);
    const { id, handle, dueMs, firstMs, hash } = record;
    const as = (state: StandingJob['state'], attempt: number, moment = dueMs): Standing => ({
      record,
      key,
      claim,
      job: { id, handle, dueMs, firstMs, hash, state, attempt },
      waits: state !== 'running',
      cancelled: claim?.state === 'running' && known?.marked.includes(id) === true,
      overdue: state !== 'running' && Math.max(moment, (known?.spoken ?? 0) / MICROSECONDS) < now - STALE_ADMISSION_MS,
      moment,
    });
    switch (claim?.state) {
      case undefined:
      case 'pending':
        return as('scheduled', 0);
      case 'waiting':
        return as(isFresh(claim) ? 'scheduled' : 'retrying', claim.attempt, Math.max(claim.notBefore, dueMs));
      case 'running':
        return as('running', claim.attempt);
      case 'done':
      case 'dead':
      case 'revoked':
      case 'foreign':
        return undefined;
      default:
        // Of a later release: it is left alone, as one that runs.
        return as('running', 0);
    }
  }

  #move(slot: string, { record, key, claim, job }: Standing, dueMs: number, now: number): StandingJob {
    const keptUntil = Math.max(claim?.keptUntil ?? 0, afterRetention(this.retention, dueMs, now));
    const { attempt } = job;
    const marks = claim?.state === 'waiting' ? marksOf(claim) : undefined;
    const wait = { ...marks, movedMs: dueMs, notBefore: dueMs };
    this.claims.set(key, { state: 'waiting', attempt, token: '', ...wait, keptUntil });
    this.slots.change(slot, this.slots.get(slot, now), now, { standing: { ...record, dueMs }, keptUntil });
    return { ...job, dueMs, state: attempt === 0 ? 'scheduled' : job.state };
  }

  /** All calls that were reserved before are superseded. */
  #speak(slot: string, known: SlotRecord | undefined, now: number, changes: Partial<SlotRecord> = {}): void {
    const order = this.slots.orderAfter(known, now);
    this.slots.change(slot, known, now, { order, spoken: order, ...changes });
  }

  /** Its job never runs. */
  #bury(key: string, dueMs: number, now: number): void {
    const keptUntil = Math.max(this.claims.get(key, now)?.keptUntil ?? 0, afterRetention(this.retention, dueMs, now));
    this.claims.set(key, { state: 'revoked', copies: 0, gone: 0, keptUntil });
  }
}

function reserved({ dueMs, firstMs, order }: Pick<PendingClaim, 'dueMs' | 'firstMs' | 'order'>): KeyReservation {
  return { kind: 'reserved', dueMs, firstMs, order };
}

/** Whether a call may be open that was reserved after the last word. */
function hasFollowing(known: SlotRecord | undefined): boolean {
  return known !== undefined && known.open > 0 && known.order > known.spoken;
}

function kept({ job }: Standing): { readonly kind: 'kept'; readonly standing: StandingJob } {
  return { kind: 'kept', standing: job };
}

function superseded(standing: Standing | undefined): KeyCommitment {
  return { kind: 'superseded', standing: standing?.job };
}

function isOver(state: ClaimRecord['state'] | undefined): boolean {
  return state === 'done' || state === 'dead' || state === 'revoked';
}

/** It was moved before its first attempt. */
function isFresh(claim: WaitingClaim): boolean {
  return claim.attempt === 0 && waitsMoved(claim);
}

function withMark(known: SlotRecord | undefined, id: string): readonly string[] {
  const marked = known?.marked ?? [];
  return marked.includes(id) ? marked : [...marked, id];
}
