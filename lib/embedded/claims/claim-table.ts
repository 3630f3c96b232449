import type {
  AccountRequest,
  Admission,
  AdmitRequest,
  ClaimRequest,
  ClaimVerdict,
  ConcludeRequest,
  DeadClaim,
  HistoryRecord,
  Holder,
  JobRecord,
  RenewRequest,
  RevokeRequest,
  RevokeVerdict,
  SettleRequest,
} from '../../core/claims/claim-store.js';
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
import { ClaimAdmissions } from './claim-admissions.js';
import { ClaimEnds } from './claim-ends.js';
import { ClaimKeys } from './claim-keys.js';
import {
  type AdmissionRecord,
  type ClaimChange,
  type ClaimRecord,
  claimState,
  type Settlement,
  type SlotRecord,
} from './claim-record.js';
import { ClaimRuns } from './claim-runs.js';
import { DoneRecords } from './done-records.js';
import { ExpiringMap } from './expiring-map.js';
import { Histories, type HistoryLog } from './histories.js';
import { KeySlots } from './key-slots.js';
import { resolveRetention } from '../../core/claims/retention.js';
import { PauseTable } from './pause-table.js';
import { ScheduleTable } from './schedule-table.js';
import { isTubeEntry, type TubeEntry } from './tube-entry.js';

/** All that a table held at a moment. */
export interface ClaimSnapshot {
  readonly claims: ReadonlyMap<string, ClaimRecord>;
  readonly admissions: ReadonlyMap<string, AdmissionRecord>;
  readonly tubes: ReadonlyMap<string, TubeEntry>;
  readonly slots: ReadonlyMap<string, SlotRecord>;
}

/**
 * Claims, admissions and the slots of keys in memory, with the transitions of the scripts in Redis, each on one key and at once. A claim is
 *
 * - **none** until it is claimed (running), revoked, or claimed later than the retention after its due time (dead);
 * - **running** until its holder settles it (done, dead, waiting), or another takes it over after its lease (running);
 * - **waiting** until its moment, then to be claimed (running); or revoked before;
 * - **done**, **dead**, **revoked** until it is forgotten: a done one at the end of the `doneRetention` when its copies are all gone, a dead
 *   one after a year, else after the retention. A dead one may be made waiting or revoked before;
 * - **pending** while a call with a key writes its job, until it is committed (none, revoked), by whomever, or withdrawn (revoked);
 * - **foreign** until nobody asked for it for the retention;
 * - **unknown**, whatever else is loaded, until it is forgotten. Nothing here changes it.
 *
 * An admission is **pending**, then **scheduled** or **failed**. A pending one that is 10 s old gives way to the next, which
 * revokes its claim, unless that was claimed. It is kept for as long as its claim is running or waiting, and remembers that the job is
 * done when its claim goes before it.
 *
 * A moment `goodUntil` is the last at which a command may change what it could not undo, 0 when it always may; `takeoverUntil`
 * is the last at which a claim may take an orphan over, 0 when it never may.
 */
export class ClaimTable {
  readonly #claims: ExpiringMap<ClaimRecord>;
  readonly #admissions: ExpiringMap<AdmissionRecord>;
  readonly #tubes: ExpiringMap<TubeEntry>;
  /** Beside the claims: recurring jobs, and paused tubes. */
  readonly schedules: ScheduleTable;
  readonly pauses: PauseTable;
  readonly #slots: ExpiringMap<SlotRecord>;
  readonly #done = new DoneRecords();
  readonly #runs: ClaimRuns;
  readonly #ends: ClaimEnds;
  readonly #histories = new Histories();
  readonly #ids: ClaimAdmissions;
  readonly #keys: ClaimKeys;
  readonly #clock: Clock;

  /** `doneRetentionMs`: for how long a job that is done is known, once all its copies are gone. */
  constructor(retentionMs: number, clock: Clock, doneRetentionMs?: number) {
    const keeps = resolveRetention(retentionMs, doneRetentionMs);
    this.#clock = clock;
    this.#claims = new ExpiringMap(clock);
    this.#admissions = new ExpiringMap(clock);
    this.#tubes = new ExpiringMap(clock);
    this.schedules = new ScheduleTable(this.#tubes, (key) => this.#isRunning(key), keeps, clock);
    this.pauses = new PauseTable(this.#tubes, clock);
    this.#ids = new ClaimAdmissions(this.#claims, this.#admissions, keeps, clock);
    this.#slots = new ExpiringMap(clock);
    const slots = new KeySlots(this.#slots);
    this.#runs = new ClaimRuns(this.#claims, keeps, this.#ids, this.#done, slots, clock);
    this.#ends = new ClaimEnds(this.#claims, this.#ids, keeps, this.#done, slots, clock);
    this.#keys = new ClaimKeys(this.#claims, slots, keeps, clock);
  }

  /** Records in memory; forgotten ones may be among them for a while. */
  get size(): number {
    return this.#claims.size + this.#admissions.size + this.#slots.size + this.#tubes.size;
  }

  claim(holder: Holder, request: ClaimRequest, goodUntil = 0, takeoverUntil = 0): ClaimVerdict {
    return this.#runs.claim(holder, request, goodUntil, takeoverUntil);
  }

  /** `log`: where what is settled is written into a history. */
  settle(holder: Holder, request: SettleRequest, goodUntil = 0, log?: HistoryLog): Settlement {
    if (log === undefined) return this.#runs.settle(holder, request, goodUntil);
    const now = this.#clock.now();
    const before = this.#claims.get(request.key, now);
    const settlement = this.#runs.settle(holder, request, goodUntil);
    const isSuperseded = settlement === 'superseded';
    const isNew = (settlement === 'settled' || isSuperseded) && this.#claims.get(request.key, now) !== before;
    if (isNew) this.#histories.note(log, holder, isSuperseded ? asSuperseded(request) : request, now);
    return settlement;
  }

  history(tube: string, limit: number, before?: string): readonly HistoryRecord[] {
    return this.#histories.read(tube, limit, before);
  }

  renew(holder: Holder, request: RenewRequest, goodUntil = 0): boolean {
    return this.#runs.renew(holder, request, goodUntil);
  }

  account(request: AccountRequest): void {
    this.#ends.account(request);
  }

  revoke(request: RevokeRequest): RevokeVerdict {
    return this.#ends.revoke(request);
  }

  describe(key: string): JobRecord {
    const claim = this.#claims.get(key, this.#clock.now());
    return claim === undefined ? this.#ids.describe(key) : { claim: claimState(claim) };
  }

  describeDead(key: string): DeadClaim {
    return this.#ends.describeDead(key);
  }

  resolveDead(key: string, how: 'retry' | 'drop'): boolean {
    return this.#ends.resolveDead(key, how);
  }

  admit(request: AdmitRequest): Admission {
    return this.#ids.admit(request);
  }

  conclude(request: ConcludeRequest): boolean {
    return this.#ids.conclude(request);
  }

  reserveKey(tube: string, request: KeyRequest): KeyReservation {
    return this.#keys.reserve(tube, request);
  }

  commitKey(tube: string, request: KeyCommit): KeyCommitment {
    return this.#keys.commit(tube, request);
  }

  cancelKey(tube: string, slot: string): KeyCancellation {
    return this.#keys.cancel(tube, slot);
  }

  moveKey(tube: string, slot: string, dueMs: number): KeyMove {
    return this.#keys.move(tube, slot, dueMs);
  }

  findKey(tube: string, slot: string): StandingJob | undefined {
    return this.#keys.find(tube, slot);
  }

  /** Puts a claim that this package did not write, as a Go consumer's lock. */
  putForeign(key: string, ms: number): void {
    this.#claims.set(key, { state: 'foreign', keptUntil: this.#clock.now() + ms });
  }

  /** Puts a claim that this release does not understand, as a later one may write it. */
  putUnknown(key: string, ms: number): void {
    this.#claims.set(key, { state: 'unknown', keptUntil: this.#clock.now() + ms });
  }

  /** The same for an admission. */
  putUnknownAdmission(key: string, ms: number): void {
    this.#admissions.set(key, { state: 'unknown', keptUntil: this.#clock.now() + ms });
  }

  /** Milliseconds for which a claim will be remembered: undefined when there is none, Infinity when it has no end. */
  keeps(key: string): number | undefined {
    return this.#claims.keeps(key);
  }

  /** The same for the admission of a caller's own id. */
  keepsAdmission(key: string): number | undefined {
    return this.#admissions.keeps(key);
  }

  /** The same for the slot of a user's own key. */
  keepsSlot(slot: string): number | undefined {
    return this.#slots.keeps(slot);
  }

  /** Drops what is forgotten, for a moment at which nothing is written; writing does it by itself. */
  sweep(): void {
    this.#claims.sweep();
    this.#admissions.sweep();
    this.#tubes.sweep();
    this.#slots.sweep();
  }

  /** Every new record from now on is told to `changed`, before the call returns that made it, and what is dropped to `forgot`. */
  watch(changed: (change: ClaimChange) => void, forgot: (of: ClaimChange['of'], key: string) => void = () => {}): void {
    this.#claims.watch(
      (key, record) => changed({ of: 'claim', key, record }),
      (key) => forgot('claim', key),
    );
    this.#admissions.watch(
      (key, record) => changed({ of: 'admission', key, record }),
      (key) => forgot('admission', key),
    );
    this.#slots.watch(
      (key, record) => changed({ of: 'slot', key, record }),
      (key) => forgot('slot', key),
    );
    // A release that does not know them keeps them as claims that it does not understand.
    this.#tubes.watch(
      (key, record) => changed({ of: 'claim', key, record }),
      (key) => forgot('claim', key),
    );
  }

  /** All that is remembered, one key each; JSON carries it. */
  *dump(): Generator<ClaimChange> {
    for (const [key, record] of this.#claims.entries()) yield { of: 'claim', key, record };
    for (const [key, record] of this.#admissions.entries()) yield { of: 'admission', key, record };
    for (const [key, record] of this.#tubes.entries()) yield { of: 'claim', key, record };
    for (const [key, record] of this.#slots.entries()) yield { of: 'slot', key, record };
  }

  /** Puts back what was dumped or watched, in that order; a later record of a key replaces the one before. Nobody is told. */
  load(changes: Iterable<ClaimChange>): void {
    for (const change of changes) {
      if (change.of === 'admission') this.#admissions.put(change.key, change.record);
      else if (change.of === 'slot') this.#slots.put(change.key, change.record);
      else if (isTubeEntry(change.record)) this.#tubes.put(change.key, change.record);
      else this.#claims.put(change.key, this.#done.shared(change.record));
    }
  }

  snapshot(): ClaimSnapshot {
    return {
      claims: this.#claims.snapshot(),
      admissions: this.#admissions.snapshot(),
      tubes: this.#tubes.snapshot(),
      slots: this.#slots.snapshot(),
    };
  }

  /** Makes the table what it was at a snapshot: a store that came back with an older state. Nobody is told. */
  restore(snapshot: ClaimSnapshot): void {
    this.#claims.restore(snapshot.claims);
    this.#admissions.restore(snapshot.admissions);
    this.#tubes.restore(snapshot.tubes);
    this.#slots.restore(snapshot.slots);
  }

  /** Forgets everything: a store that lost its memory. */
  clear(): void {
    this.restore({ claims: new Map(), admissions: new Map(), slots: new Map(), tubes: new Map() });
  }

  #isRunning(key: string): boolean {
    const now = this.#clock.now();
    const claim = this.#claims.get(key, now);
    return claim?.state === 'running' && claim.leaseEnd > now;
  }
}

/** What is told of an attempt that was to be tried again. */
function asSuperseded(request: SettleRequest): SettleRequest {
  return request.entry === undefined ? request : { ...request, entry: { ...request.entry, outcome: 'superseded' } };
}
