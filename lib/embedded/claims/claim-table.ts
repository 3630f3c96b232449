import { deadClaim } from '../../core/claims/claim-state.js';
import type { DeadClaim, Holder, JobRecord, SettleRequest } from '../../core/claims/claim-store.js';
import type { Clock } from '../../core/base/clock.js';
import { ClaimAdmissions } from './claim-admissions.js';
import { ClaimEnds } from './claim-ends.js';
import { ClaimKeys } from './claim-keys.js';
import {
  type AdmissionRecord,
  type ClaimChange,
  type ClaimRecord,
  claimState,
  isTubeEntry,
  type Settlement,
  type SlotRecord,
  type TubeEntry,
} from './claim-record.js';
import { ClaimRuns } from './claim-runs.js';
import { DoneRecords } from './done-records.js';
import { ExpiringMap } from './expiring-map.js';
import { Histories, type HistoryLog } from './histories.js';
import { KeySlots } from './key-slots.js';
import { resolveRetention } from '../../core/claims/retention.js';
import { PauseTable } from './pause-table.js';
import { ScheduleTable } from './schedule-table.js';

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
  readonly claim: ClaimRuns['claim'];
  readonly renew: ClaimRuns['renew'];
  readonly account: ClaimEnds['account'];
  readonly revoke: ClaimEnds['revoke'];
  readonly resolveDead: ClaimEnds['resolveDead'];
  readonly admit: ClaimAdmissions['admit'];
  readonly conclude: ClaimAdmissions['conclude'];
  readonly reserveKey: ClaimKeys['reserve'];
  readonly commitKey: ClaimKeys['commit'];
  readonly cancelKey: ClaimKeys['cancel'];
  readonly moveKey: ClaimKeys['move'];
  readonly findKey: ClaimKeys['find'];
  readonly history: Histories['read'];
  /** Beside the claims: recurring jobs, and paused tubes. */
  readonly schedules: ScheduleTable;
  readonly pauses: PauseTable;
  readonly #claims: ExpiringMap<ClaimRecord>;
  readonly #admissions: ExpiringMap<AdmissionRecord>;
  readonly #tubes: ExpiringMap<TubeEntry>;
  readonly #slots: ExpiringMap<SlotRecord>;
  /** What changes of each are called. A release that does not know what is kept of tubes keeps it as claims that it does not understand. */
  readonly #all: readonly (readonly [ClaimChange['of'], ExpiringMap<ClaimChange['record']>])[];
  readonly #done = new DoneRecords();
  readonly #runs: ClaimRuns;
  readonly #ids: ClaimAdmissions;
  readonly #histories = new Histories();
  readonly #clock: Clock;

  /** `doneRetentionMs`: for how long a job that is done is known, once all its copies are gone. */
  constructor(retentionMs: number, clock: Clock, doneRetentionMs?: number) {
    const keeps = resolveRetention(retentionMs, doneRetentionMs);
    this.#clock = clock;
    this.#claims = new ExpiringMap(clock);
    this.#admissions = new ExpiringMap(clock);
    this.#tubes = new ExpiringMap(clock);
    this.#slots = new ExpiringMap(clock);
    this.#all = [
      ['claim', this.#claims],
      ['admission', this.#admissions],
      ['claim', this.#tubes],
      ['slot', this.#slots],
    ];
    this.schedules = new ScheduleTable(this.#tubes, (key) => this.#isRunning(key), keeps, clock);
    this.pauses = new PauseTable(this.#tubes, clock);
    const ids = (this.#ids = new ClaimAdmissions(this.#claims, this.#admissions, keeps, clock));
    const slots = new KeySlots(this.#slots);
    const runs = (this.#runs = new ClaimRuns(this.#claims, keeps, ids, this.#done, slots, clock));
    const ends = new ClaimEnds(this.#claims, ids, keeps, this.#done, slots, clock);
    const keys = new ClaimKeys(this.#claims, slots, keeps, clock);
    this.claim = runs.claim.bind(runs);
    this.renew = runs.renew.bind(runs);
    this.account = ends.account.bind(ends);
    this.revoke = ends.revoke.bind(ends);
    this.resolveDead = ends.resolveDead.bind(ends);
    this.admit = ids.admit.bind(ids);
    this.conclude = ids.conclude.bind(ids);
    this.reserveKey = keys.reserve.bind(keys);
    this.commitKey = keys.commit.bind(keys);
    this.cancelKey = keys.cancel.bind(keys);
    this.moveKey = keys.move.bind(keys);
    this.findKey = keys.find.bind(keys);
    this.history = this.#histories.read.bind(this.#histories);
  }

  /** Records in memory; forgotten ones may be among them for a while. */
  get size(): number {
    return this.#all.reduce((sum, [, map]) => sum + map.size, 0);
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

  describe(key: string): JobRecord {
    const claim = this.#claims.get(key, this.#clock.now());
    return claim === undefined ? this.#ids.describe(key) : { claim: claimState(claim) };
  }

  describeDead(key: string): DeadClaim {
    return deadClaim(claimState(this.#claims.get(key, this.#clock.now())));
  }

  /** Milliseconds for which a record will be remembered: undefined when there is none, Infinity when it has no end. */
  keeps(key: string, of: ClaimChange['of'] = 'claim'): number | undefined {
    return this.#all.find(([name]) => name === of)?.[1].keeps(key);
  }

  /** Drops what is forgotten, for a moment at which nothing is written; writing does it by itself. */
  sweep(): void {
    for (const [, map] of this.#all) map.sweep();
  }

  /** Every new record from now on is told to `changed`, before the call returns that made it, and what is dropped to `forgot`. */
  watch(changed: (change: ClaimChange) => void, forgot: (of: ClaimChange['of'], key: string) => void = () => {}): void {
    for (const [of, map] of this.#all)
      map.watch({
        changed: (key, record) => changed({ of, key, record } as ClaimChange),
        forgot: (key) => forgot(of, key),
      });
  }

  /** All that is remembered, one key each; JSON carries it. */
  *dump(): Generator<ClaimChange> {
    for (const [of, map] of this.#all)
      for (const [key, record] of map.entries()) yield { of, key, record } as ClaimChange;
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
