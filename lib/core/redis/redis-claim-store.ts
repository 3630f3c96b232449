import type { Clock } from '../base/clock.js';
import type {
  AccountRequest,
  Admission,
  AdmitRequest,
  ClaimRequest,
  ClaimStore,
  ClaimVerdict,
  ConcludeRequest,
  DeadClaim,
  HistoryRecord,
  HistorySettings,
  Holder,
  JobRecord,
  RenewRequest,
  RevokeRequest,
  RevokeVerdict,
  SettleAnswer,
  SettleRequest,
} from '../claims/claim-store.js';
import type {
  KeyCancellation,
  KeyCommit,
  KeyCommitment,
  KeyMove,
  KeyRequest,
  KeyReservation,
  StandingJob,
} from '../claims/key-claims.js';
import { resolveRetention } from '../claims/retention.js';
import type { RedisConnection } from './redis-connection.js';
import { RedisDescriptions } from './redis-descriptions.js';
import { readHistory } from './redis-history.js';
import { RedisIdClaims } from './redis-id-claims.js';
import { RedisJobClaims } from './redis-job-claims.js';
import { RedisKeyClaims } from './redis-key-claims.js';
import { RedisPauses } from './redis-pauses.js';
import { RedisMemory } from './redis-memory.js';
import type { RedisParts } from './redis-parts.js';
import { RedisRevocations } from './redis-revocations.js';
import { RedisSchedules } from './redis-schedules.js';
import { RedisScripts } from './redis-scripts.js';
import { RedisTubes } from './redis-tubes.js';

/** Claims in Redis; see {@link ClaimStore} for their states. */
export class RedisClaimStore implements ClaimStore {
  readonly schedules: RedisSchedules;
  readonly pauses: RedisPauses;
  readonly #parts: RedisParts;
  readonly #jobs: RedisJobClaims;
  readonly #ids: RedisIdClaims;
  readonly #keys: RedisKeyClaims;
  readonly #revocations: RedisRevocations;
  readonly #descriptions: RedisDescriptions;

  /** `doneRetentionMs`: for how long a job that is done is known, once all its copies are gone. */
  constructor(connection: RedisConnection, retentionMs: number, clock: Clock, doneRetentionMs?: number) {
    const keeps = resolveRetention(retentionMs, doneRetentionMs);
    const scripts = new RedisScripts(connection, clock);
    const memory = new RedisMemory(connection, scripts, clock);
    const tubes = new RedisTubes(connection, memory, clock);
    this.#parts = { connection, scripts, memory, tubes, keeps, clock };
    this.#jobs = new RedisJobClaims(this.#parts);
    this.#ids = new RedisIdClaims(connection, scripts, keeps);
    this.#keys = new RedisKeyClaims(this.#parts);
    this.#revocations = new RedisRevocations(this.#parts);
    this.#descriptions = new RedisDescriptions(connection);
    this.schedules = new RedisSchedules(this.#parts);
    this.pauses = new RedisPauses(this.#parts);
    if (connection.isCluster) connection.client.on('-node', () => memory.doubtAll());
  }

  get up(): boolean {
    return this.#parts.connection.up;
  }

  claim(tube: string, holder: Holder, requests: readonly ClaimRequest[]): Promise<readonly ClaimVerdict[]> {
    return this.#jobs.claim(tube, holder, requests);
  }

  settle(
    tube: string,
    holder: Holder,
    requests: readonly SettleRequest[],
    history?: HistorySettings,
  ): Promise<readonly SettleAnswer[]> {
    return this.#jobs.settle(tube, holder, requests, history);
  }

  renew(tube: string, holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]> {
    return this.#jobs.renew(tube, holder, requests);
  }

  account(tube: string, requests: readonly AccountRequest[]): Promise<void> {
    return this.#jobs.account(tube, requests);
  }

  history(tube: string, limit: number, before?: string): Promise<readonly HistoryRecord[]> {
    return readHistory(this.#parts.connection, tube, limit, before);
  }

  revoke(tube: string, request: RevokeRequest): Promise<RevokeVerdict> {
    return this.#revocations.revoke(tube, request);
  }

  resolveDead(tube: string, keys: readonly string[], how: 'retry' | 'drop'): Promise<readonly boolean[]> {
    return this.#revocations.resolveDead(tube, keys, how);
  }

  describe(_tube: string, key: string): Promise<JobRecord> {
    return this.#descriptions.describe(key);
  }

  describeDead(_tube: string, keys: readonly string[]): Promise<readonly DeadClaim[]> {
    return this.#descriptions.describeDead(keys);
  }

  admit(tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    this.#parts.tubes.asked(tube);
    return this.#ids.admit(requests);
  }

  conclude(_tube: string, requests: readonly ConcludeRequest[]): Promise<readonly boolean[]> {
    return this.#ids.conclude(requests);
  }

  reserveKeys(tube: string, requests: readonly KeyRequest[]): Promise<readonly KeyReservation[]> {
    return this.#keys.reserveKeys(tube, requests);
  }

  commitKeys(tube: string, requests: readonly KeyCommit[]): Promise<readonly KeyCommitment[]> {
    return this.#keys.commitKeys(tube, requests);
  }

  cancelKey(tube: string, slot: string): Promise<KeyCancellation> {
    return this.#keys.cancelKey(tube, slot);
  }

  moveKey(tube: string, slot: string, dueMs: number): Promise<KeyMove> {
    return this.#keys.moveKey(tube, slot, dueMs);
  }

  findKey(tube: string, slot: string): Promise<StandingJob | undefined> {
    return this.#keys.findKey(tube, slot);
  }

  onLoss(tube: string, tellAgain: () => Promise<void>): void {
    this.#parts.memory.onLoss(tube, tellAgain);
  }

  async ping(tube: string): Promise<void> {
    // It writes: a Redis that is read-only or out of memory answers a ping all the same.
    await this.#parts.tubes.look(tube);
  }

  close(): Promise<void> {
    return this.#parts.connection.close();
  }
}
