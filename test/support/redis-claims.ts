import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { systemClock } from '../../lib/core/base/clock.js';
import type { ClaimStore } from '../../lib/core/claims/claim-store.js';
import { NO_TAKEOVER_MS } from '../../lib/core/claims/store-clock.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import type { RedisSource } from '../../lib/core/redis/redis-source.js';
import { type ClaimTools, RETENTION_MS } from '../contract/claim-lab.js';
import { STALE_MS } from './claim-tables.js';
import { keepAsking } from './keep-asking.js';

/** A store on a connection of its own, with the retention of the contract. */
export function openClaims(redis: RedisSource, deadline = 3_000): RedisClaimStore {
  const connection = new RedisConnection(redis, deadline, systemClock, () => undefined);
  return new RedisClaimStore(connection, RETENTION_MS, systemClock);
}

/** Resolves when they may take over: their connections have stood for a while, and they have heard Redis all that time. */
export async function settleIn(tube: string, ...stores: readonly ClaimStore[]): Promise<void> {
  const asks = keepAsking(tube, stores);
  await sleep(NO_TAKEOVER_MS + 100);
  asks.stop();
}

/** What is done to claims in Redis that no store does. */
export function redisTools(redis: Redis): ClaimTools {
  const keeps = async (key: string): Promise<number | undefined> => {
    const ttl = await redis.pttl(key);
    return ttl === -2 ? undefined : ttl === -1 ? Infinity : ttl;
  };
  return {
    keeps,
    keepsAdmission: (key) => keeps(`${key}#`),
    keepsSlot: keeps,
    putForeign: async (key, ms) => void (await redis.set(key, 'f00dFACEf00dFACE', 'PX', ms)),
    putUnknown: async (key, ms) => void (await redis.set(key, 'dq1:Q:1', 'PX', ms)),
    putUnknownAdmission: async (key, ms) => void (await redis.set(`${key}#`, 'dq1:Q:1', 'PX', ms)),
    async makeStale(key, ms = STALE_MS) {
      const [mark, state, order, ...rest] = String(await redis.get(key)).split(':');
      const older = [mark, state, Number(order) - 1_000 * ms, ...rest].join(':');
      if (state === 'B') await redis.set(key, older, 'KEEPTTL');
    },
    forget: async (key) => void (await redis.del(key)),
    forgetSlot: async (slot) => void (await redis.del(slot)),
  };
}
