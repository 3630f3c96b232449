import type { Clock } from '../base/clock.js';
import type { Retention } from '../claims/retention.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisMemory } from './redis-memory.js';
import type { RedisScripts } from './redis-scripts.js';

/** What the capabilities of a claim store in Redis share. */
export interface RedisParts {
  readonly connection: RedisConnection;
  readonly scripts: RedisScripts;
  readonly memory: RedisMemory;
  readonly keeps: Retention;
  readonly clock: Clock;
}
