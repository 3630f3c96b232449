import { type Cluster, Redis, type RedisOptions } from 'ioredis';
import { DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';

/**
 * A URL, ioredis options (Sentinel too), or an instance, of which a duplicate is used. A `keyPrefix` is left out: claims have names
 * of their own, and those of plain jobs are the ones that Go consumers lock.
 */
export type RedisSource = string | RedisOptions | Redis | Cluster;

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;
/** A connect that was sent while Redis' host was down is not waited for; see `NO_TAKEOVER_MS`. */
const LONGEST_CONNECT_MS = 2_000;
const SPLIT_RETRY_MS = 10;
const retryStrategy = (times: number): number => Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(times, 10));

/**
 * What this package needs of its connection: no queue that runs commands long after their caller gave up, no second sending,
 * and reconnecting for ever.
 */
const OWN: RedisOptions = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: null,
  // The scripts' answers are numbers, and are told apart as such.
  stringNumbers: false,
  keyPrefix: '',
  disconnectTimeout: 100,
  lazyConnect: true,
  keepAlive: 10_000,
  retryStrategy,
};

/** @throws DqOptionsError when it is none. What it says is not shown, since a URL may have a password. */
export function checkRedis(redis: unknown): RedisSource {
  if (typeof redis === 'string' && /[?&]keyPrefix=/i.test(redis)) {
    throw new DqOptionsError('Expected a Redis URL without keyPrefix: claims have names of their own. Leave it out.');
  }
  const isUrl = typeof redis === 'string' && /^rediss?:\/\/|^unix:\/\/|^\//.test(redis);
  const isObject = typeof redis === 'object' && redis !== null && !Array.isArray(redis);
  if (isUrl || isObject) return redis;
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
  const own = { ...OWN, connectTimeout: Math.min(deadline, LONGEST_CONNECT_MS) };
  if (typeof source === 'string') return new Redis(source, own);
  if (!isInstance(source)) return new Redis({ ...source, ...own });
  if (!source.isCluster) return (source as Redis).duplicate(own);
  const cluster = source as Cluster;
  return cluster.duplicate([], {
    enableOfflineQueue: false,
    lazyConnect: true,
    keyPrefix: '',
    clusterRetryStrategy: retryStrategy,
    // Keys that are on two masters do not come together sooner; see `RedisScripts`.
    retryDelayOnTryAgain: SPLIT_RETRY_MS,
    redisOptions: {
      ...cluster.options.redisOptions,
      maxRetriesPerRequest: null,
      autoResendUnfulfilledCommands: false,
      stringNumbers: false,
      keyPrefix: '',
      // A master that hangs loses its own connection, and the others go on.
      socketTimeout: deadline,
    },
  });
}

/** An instance may come from another copy of ioredis than ours, so its class is not asked. */
function isInstance(source: RedisSource): source is Redis | Cluster {
  return typeof (source as Partial<Redis>).duplicate === 'function';
}
