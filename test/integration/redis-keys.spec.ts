// Users' own keys in a real Redis: what only Redis can do to them, and what they cost it.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/core/base/clock.js';
import { nativeClaimKey, slotKey } from '../../lib/core/claims/claim-key.js';
import type { SettleOutcome } from '../../lib/core/claims/claim-store.js';
import type { KeyCommit, KeyCommitment, KeyPolicy, KeyReservation } from '../../lib/core/claims/key-claims.js';
import { STALE_ADMISSION_MS } from '../../lib/core/claims/retention.js';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { newJobId } from '../../lib/core/wire/job-id.js';
import { A, B, brief, DEAD, DONE, HOUR_MS, RETENTION_MS } from '../contract/claim-lab.js';
import { startCluster, type TestCluster } from '../support/cluster.js';

const TUBE = 'keys';
const KEEP_MS = RETENTION_MS + HOUR_MS;
const DAY_MS = 24 * HOUR_MS;
const THREE_COPIES = '10.0.0.1:11300/orders/1234567,10.0.0.2:11300/orders/1234568,10.0.0.3:11300/orders/1234569,';

let cluster: TestCluster;
let probe: Redis;
let store: RedisClaimStore;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 0 });
});
afterAll(() => cluster.stop());
beforeEach(() => {
  probe = new Redis(cluster.redisUrl);
  store = open();
});
afterEach(async () => {
  await store.close();
  await probe.flushall();
  probe.disconnect();
});

function open(source: string = cluster.redisUrl, deadline = 3_000): RedisClaimStore {
  return new RedisClaimStore(
    new RedisConnection(source, deadline, systemClock, () => undefined),
    RETENTION_MS,
    systemClock,
  );
}

interface Call {
  readonly id: string;
  readonly slot: string;
  readonly reservation: KeyReservation;
  readonly commit: KeyCommit;
}

/** A call up to its commit. */
async function reserve(
  key: string,
  { dueMs = Date.now() + HOUR_MS, policy = 'replace' as KeyPolicy, hash = newJobId().slice(0, 11), handle = '' } = {},
): Promise<Call> {
  const [id, slot] = [newJobId(), slotKey(TUBE, key)];
  const [reservation] = await store.reserveKeys(TUBE, [{ slot, id, dueMs, policy, hash }]);
  if (reservation?.kind !== 'reserved') throw new Error(`expected a reservation, got ${reservation?.kind}`);
  const { firstMs, order } = reservation;
  const commit = { slot, id, dueMs, handle: handle || THREE_COPIES + id, reserved: { firstMs, order, policy, hash } };
  return { id, slot, reservation, commit };
}

async function commit({ commit }: Call): Promise<KeyCommitment> {
  return (await store.commitKeys(TUBE, [commit]))[0]!;
}

async function schedule(key: string, options: Parameters<typeof reserve>[1] = {}): Promise<Call> {
  const call = await reserve(key, options);
  expect(await commit(call)).toEqual({ kind: 'scheduled' });
  return call;
}

const claimOf = (id: string): string => nativeClaimKey(TUBE, id);
const valueOf = (id: string): Promise<string | null> => probe.get(claimOf(id));

async function run({ id, slot }: Call, holder = A, takeover = false) {
  const request = { key: claimOf(id), dueMs: Date.now() - 1_000, takeover, slot };
  return (await store.claim(TUBE, holder, [request]))[0]!;
}

async function settle({ id, slot }: Call, outcome: SettleOutcome, attempt = 1, holder = A) {
  return (await store.settle(TUBE, holder, [{ key: claimOf(id), attempt, outcome, copies: 3, slot }]))[0]!;
}

async function keeps(key: string): Promise<number> {
  return probe.pttl(key);
}

describe('a key in Redis', () => {
  it('is there from the reservation until its job is over', async () => {
    const call = await reserve('a', { dueMs: Date.now() - 1_000 });
    expect(await valueOf(call.id)).toMatch(/^dq1:B:\d{16}:r:\d{13}:\d{13}:[^:]{11}$/);
    expect(await commit(call)).toEqual({ kind: 'scheduled' });
    expect(await valueOf(call.id)).toBeNull();
    expect(await store.findKey(TUBE, call.slot)).toMatchObject({ id: call.id, state: 'scheduled', attempt: 0 });
    expect(await run(call)).toEqual({ kind: 'granted', attempt: 1 });
    expect(await store.findKey(TUBE, call.slot)).toMatchObject({ id: call.id, state: 'running', attempt: 1 });
    expect(await settle(call, DONE)).toBe(true);
    expect(await probe.exists(call.slot)).toBe(0);
    expect(await store.findKey(TUBE, call.slot)).toBeUndefined();
  });
});
