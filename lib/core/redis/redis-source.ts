import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import { checkRedisOptions, clientOptions, clusterOptions, duplicateOptions } from './redis-options.js';
import { isRedisUrl, readRedisUrl } from './redis-url.js';

/**
 * A URL, ioredis options (Sentinel too), or an instance, which is duplicated. Your options hold, except these. They are refused in a URL or in
 * options when they differ, and ignored in an instance, where they serve that client's own commands:
 * `enableOfflineQueue` false, `autoResendUnfulfilledCommands` false, `maxRetriesPerRequest` null, `stringNumbers` false, `lazyConnect` true,
 * `readOnly` false, `monitor` false, `role` 'master', and `scaleReads` 'master' and `enableReadyCheck` false of a Cluster. A `keyPrefix` is left out, and refused in a URL: claims have names of their own, and
 * those of plain jobs are the ones that Go consumers lock. A `retryStrategy`, or `sentinelRetryStrategy`, says how long to wait; where it gives no number, one second.
 * Defaults: `connectTimeout` and `sentinelCommandTimeout` 2 s or the commandDeadline if that is less, `keepAlive` 10 s, `disconnectTimeout` 100 ms. With a longer
 * `connectTimeout` this process may come back, after an outage of Redis' machine, when others have taken its jobs over.
 */
export type RedisSource = string | RedisSettings | RedisInstance;

/** Milliseconds that a node of a Cluster may take to say where slots are. */
const SLOTS_MS = 5_000;

/** The options of ioredis 6, or of 5, which differ in the class of their `Connector` alone. What is undefined is not there. */
export type RedisSettings = {
  readonly [Name in keyof RedisOptions]?: Name extends 'Connector' ? unknown : RedisOptions[Name] | undefined;
};

/** What is needed of a `Redis` or `Cluster`, of ioredis 5 or 6: their own types do not fit each other. */
export interface RedisInstance {
  readonly isCluster: boolean;
  readonly options: object;
  duplicate(...args: never[]): object;
}

/** @throws DqOptionsError when it is none. What it says is not shown, since a URL may have a password. */
export function checkRedis(redis: unknown): RedisSource {
  if (typeof redis === 'string' && /[?&]keyPrefix=/i.test(redis)) {
    throw new DqOptionsError('Expected a Redis URL without keyPrefix: claims have names of their own. Leave it out.');
  }
  if (typeof redis === 'string' && isRedisUrl(redis)) {
    checkRedisOptions(readRedisUrl(redis));
    return redis;
  }
  if (typeof redis === 'object' && redis !== null && !Array.isArray(redis)) {
    if (!isInstance(redis)) checkRedisOptions(redis);
    return redis;
  }
  throw new DqOptionsError(
    'Expected redis to be a URL such as redis://10.0.0.9:6379, ioredis options, or a Redis or Cluster instance, got ' +
      (typeof redis === 'string' ? kindOf(redis) : `${shown(redis)}.`),
  );
}

function kindOf(text: string): string {
  if (text.trim() === '') return 'an empty string.';
  if (text.includes('://')) return 'a URL of another kind. It begins with redis://, rediss:// or unix://.';
  return 'a string without redis:// in front. Put it there, or rediss:// for TLS.';
}

/** A client of this package's own, not connected yet. `deadline`: milliseconds that Redis may take to answer. */
export function openRedis(source: RedisSource, deadline: number): Redis | Cluster {
  if (typeof source === 'string') return new Redis(clientOptions(readRedisUrl(source), deadline));
  if (!isInstance(source)) return new Redis(clientOptions(source as RedisOptions, deadline));
  if (!source.isCluster) {
    const redis = source as unknown as Redis;
    return redis.duplicate(duplicateOptions(redis, deadline));
  }
  const cluster = source as unknown as Cluster;
  return cluster.duplicate([], clusterOptions(cluster, deadline));
}

/** The Redis of a URL, whatever state it is in: one that reads its data still says so, and one that refuses INFO is used all the same. */
export function uncheckedRedis(url: string): RedisSettings {
  return { ...readRedisUrl(url), enableReadyCheck: false };
}

/**
 * A Redis Cluster, not connected, of which the URL names one node. A URL has no other way to say so. Of each
 * node ioredis would ask INFO, and grumble at a user who may not.
 */
export function clusterAt(url: string): Cluster {
  const { host = 'localhost', port = 6379, path: _, db: __, ...redisOptions } = readRedisUrl(url);
  return new Cluster([{ host, port }], {
    lazyConnect: true,
    // Far away one second is too short; what is asked has its own deadline.
    slotsRefreshTimeout: SLOTS_MS,
    // A certificate is for a name.
    dnsLookup: (name, done) => done(null, name),
    redisOptions: { ...redisOptions, enableReadyCheck: false },
  });
}

/** An instance may come from another copy of ioredis than ours, so its class is not asked. */
function isInstance(source: object): source is RedisInstance {
  return typeof (source as Partial<RedisInstance>).duplicate === 'function';
}

export function hasSentinels(client: Redis | Cluster): boolean {
  return !client.isCluster && Array.isArray((client as Redis).options.sentinels);
}

/** Where a client finds its Redis; undefined where that is not one place. Never with a password. */
export function redisAddress(client: Redis | Cluster): string | undefined {
  if (client.isCluster) return undefined;
  const { path, host, port, sentinels } = (client as Redis).options;
  if (Array.isArray(sentinels))
    return `sentinels ${sentinels.map((sentinel) => `${sentinel.host}:${sentinel.port}`).join(', ')}`;
  return path ?? `${host}:${port}`;
}

/** One who speaks TLS and one who does not wait for each other, or hang up. */
export function tlsAdvice(client: Redis | Cluster, text: string): string | undefined {
  if (client.isCluster || !/ETIMEDOUT|ECONNRESET|before it said/.test(text)) return undefined;
  return (client as Redis).options.tls
    ? 'Does it speak TLS at this port? If not, begin with redis://'
    : text.includes('ETIMEDOUT')
      ? undefined
      : 'Does it speak TLS at this port? Then begin with rediss://';
}
