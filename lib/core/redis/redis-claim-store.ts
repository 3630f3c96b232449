import type { Clock } from '../base/clock.js';
import { admissionKey, generationKey, isNativeKey } from '../claims/claim-key.js';
import { deadClaim } from '../claims/claim-state.js';
import type { ClaimStore, DeadClaim, Given, HistoryRecord, JobRecord } from '../claims/claim-store.js';
import { resolveRetention } from '../claims/retention.js';
import { admissionState, claimState } from './claim-answers.js';
import type { RedisConnection } from './redis-connection.js';
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

/** Claims in Redis; see {@link ClaimStore} for their states. */
export class RedisClaimStore implements ClaimStore {
  readonly schedules: RedisSchedules;
  readonly pauses: RedisPauses;
  readonly #parts: RedisParts;
  readonly #jobs: RedisJobClaims;
  readonly #ids: RedisIdClaims;
  readonly #keys: RedisKeyClaims;
  readonly #revocations: RedisRevocations;

  /** `doneRetentionMs`: for how long a job that is done is known, once all its copies are gone. */
  constructor(connection: RedisConnection, retentionMs: number, clock: Clock, doneRetentionMs?: number) {
    const keeps = resolveRetention(retentionMs, doneRetentionMs);
    const scripts = new RedisScripts(connection, clock);
    const memory = new RedisMemory(connection, scripts, clock);
    this.#parts = { connection, scripts, memory, keeps, clock };
    this.#jobs = new RedisJobClaims(this.#parts);
    this.#ids = new RedisIdClaims(this.#parts);
    this.#keys = new RedisKeyClaims(this.#parts);
    this.#revocations = new RedisRevocations(this.#parts);
    this.schedules = new RedisSchedules(this.#parts);
    this.pauses = new RedisPauses(this.#parts);
    if (connection.isCluster) connection.client.on('-node', () => memory.doubtAll());
  }

  get up(): boolean {
    return this.#parts.connection.up;
  }

  claim(...given: Given<'claim'>): ReturnType<ClaimStore['claim']> {
    return this.#jobs.claim(...given);
  }

  settle(...given: Given<'settle'>): ReturnType<ClaimStore['settle']> {
    return this.#jobs.settle(...given);
  }

  renew(...given: Given<'renew'>): ReturnType<ClaimStore['renew']> {
    return this.#jobs.renew(...given);
  }

  account(...given: Given<'account'>): ReturnType<ClaimStore['account']> {
    return this.#jobs.account(...given);
  }

  history(tube: string, limit: number, before?: string): Promise<readonly HistoryRecord[]> {
    return readHistory(this.#parts.connection, tube, limit, before);
  }

  revoke(...given: Given<'revoke'>): ReturnType<ClaimStore['revoke']> {
    return this.#revocations.revoke(...given);
  }

  resolveDead(...given: Given<'resolveDead'>): ReturnType<ClaimStore['resolveDead']> {
    return this.#revocations.resolveDead(...given);
  }

  async describe(_tube: string, key: string): Promise<JobRecord> {
    const asked = isNativeKey(key) ? [key, admissionKey(key)] : [key];
    const [claim = null, admitted = null] = await this.#look('a look at a claim', asked);
    const known = admissionState(admitted);
    if (claim !== null || known === undefined) return { claim: claimState(claim) };
    const [value = null] = await this.#look('a look at a claim', [generationKey(key, known.generation)]);
    const own = claimState(value);
    const isOver = own.kind === 'none' && known.done;
    return { claim: isOver ? { kind: 'done', attempt: undefined } : own, admission: known.admission };
  }

  async describeDead(_tube: string, keys: readonly string[]): Promise<readonly DeadClaim[]> {
    const values = await this.#look('a look at dead letters', keys);
    return values.map((value) => deadClaim(claimState(value)));
  }

  admit(...given: Given<'admit'>): ReturnType<ClaimStore['admit']> {
    return this.#ids.admit(...given);
  }

  conclude(...given: Given<'conclude'>): ReturnType<ClaimStore['conclude']> {
    return this.#ids.conclude(...given);
  }

  reserveKeys(...given: Given<'reserveKeys'>): ReturnType<ClaimStore['reserveKeys']> {
    return this.#keys.reserveKeys(...given);
  }

  commitKeys(...given: Given<'commitKeys'>): ReturnType<ClaimStore['commitKeys']> {
    return this.#keys.commitKeys(...given);
  }

  cancelKey(...given: Given<'cancelKey'>): ReturnType<ClaimStore['cancelKey']> {
    return this.#keys.cancelKey(...given);
  }

  moveKey(...given: Given<'moveKey'>): ReturnType<ClaimStore['moveKey']> {
    return this.#keys.moveKey(...given);
  }

  findKey(...given: Given<'findKey'>): ReturnType<ClaimStore['findKey']> {
    return this.#keys.findKey(...given);
  }

  onLoss(tube: string, tellAgain: () => Promise<void>): void {
    this.#parts.memory.onLoss(tube, tellAgain);
  }

  async ping(tube: string): Promise<void> {
    // It writes: a Redis that is read-only or out of memory answers a ping all the same.
    await this.#parts.memory.look(tube);
  }

  close(): Promise<void> {
    return this.#parts.connection.close();
  }

  #look(operation: string, keys: readonly string[]): Promise<readonly (string | null)[]> {
    const { connection } = this.#parts;
    return connection.call(operation, () => Promise.all(keys.map((key) => connection.client.get(key))));
  }
}
