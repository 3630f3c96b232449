import { type Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';

/** Milliseconds until a connect is given up, unless the user says so: longer than `NO_TAKEOVER_MS` allows for would be late. */
const CONNECT_MS = 2_000;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;
/** Node would not wait at all for a longer one. */
const LONGEST_TIMER_MS = 2_147_483_647;
/** Keys of a Cluster that are on two masters do not come together sooner for a longer wait; see `RedisScripts`. */
const SPLIT_RETRY_MS = 10;

type RetryStrategy = (times: number) => number;
type DNSLookup = NonNullable<ClusterOptions['dnsLookup']>;
type Given = Readonly<Record<string, unknown>>;

/** Options that have one value here, and why. What a user says is refused where it differs: nothing is overruled in silence. */
const FIXED: readonly (readonly [keyof RedisOptions, unknown, string])[] = [
  ['enableOfflineQueue', false, 'a claim that waited in a queue would be made after its caller had given it up'],
  ['autoResendUnfulfilledCommands', false, 'a claim that is sent again could undo what was decided meanwhile'],
  [
    'maxRetriesPerRequest',
    null,
    'a call fails when its commandDeadline is over, however many attempts to connect that takes',
  ],
  ['stringNumbers', false, 'the scripts of claims answer in numbers'],
  ['lazyConnect', true, 'the connection is opened when the application starts, or a job needs it'],
  ['readOnly', false, 'claims are written'],
  ['monitor', false, 'a connection that monitors takes no commands'],
  ['role', 'master', 'claims are written, which a replica refuses'],
];
/** Claims have names of their own, and those of plain jobs are the ones that Go consumers lock. */
const OWN = { keyPrefix: '', ...(Object.fromEntries(FIXED.map(([name, value]) => [name, value])) as RedisOptions) };

/** @throws DqOptionsError for what claims cannot do with, and for a host that is none and might show a password */
export function checkRedisOptions(options: RedisOptions): void {
  for (const [name, value, why] of FIXED) {
    const asked = options[name];
    if (asked === undefined || asked === value) continue;
    throw new DqOptionsError(
      `Expected redis without ${name}, or with ${String(value)}, got ${shown(asked)}: ${why}. Leave it out.`,
    );
  }
  if ('url' in options) {
    throw new DqOptionsError(
      'Expected ioredis options in redis, which have no url. Give the URL instead of all options.',
    );
  }
  const { retryStrategy } = options;
  if (retryStrategy !== undefined && typeof retryStrategy !== 'function') {
    throw new DqOptionsError(
      `Expected retryStrategy in redis to be a function, got ${shown(retryStrategy)}: a lost Redis is tried until it is back. Leave it out.`,
    );
  }
  const sentinels = Array.isArray(options.sentinels) ? options.sentinels : [];
  for (const host of [options.host, ...sentinels.map((sentinel) => sentinel?.host)]) {
    if (typeof host !== 'string' || !/[/@\s]/.test(host)) continue;
    throw new DqOptionsError(
      'Expected host in redis to be a name or an address alone, got something like a URL; it is not shown, since it may have a ' +
        'password. Give a URL instead of all options, or host, port, username and password each by itself.',
    );
  }
}

/** The options of our own client, from those that the user asks for. `deadline`: milliseconds that Redis may take to answer. */
export function clientOptions(asked: RedisOptions, deadline: number): RedisOptions {
  return {
    ...asked,
    ...socketOptions(asked, deadline),
    // One that accepts and says nothing would be waited for without an end, and the others never be asked.
    sentinelCommandTimeout: asked.sentinelCommandTimeout ?? Math.min(deadline, CONNECT_MS),
    sentinelRetryStrategy: retrying(asked.sentinelRetryStrategy),
    retryStrategy: retrying(asked.retryStrategy),
    ...OWN,
  };
}

function socketOptions(asked: RedisOptions, deadline: number): RedisOptions {
  return {
    connectTimeout: asked.connectTimeout ?? Math.min(deadline, CONNECT_MS),
    keepAlive: asked.keepAlive ?? 10_000,
    disconnectTimeout: asked.disconnectTimeout ?? 100,
  };
}

/**
 * What a duplicate of a user's instance has in another way. How that client queues, sends again and gives up is for its own commands.
 * What has ioredis' default was not asked for.
 */
export function duplicateOptions(redis: Redis, deadline: number): RedisOptions {
  const usual = (Redis as unknown as { readonly defaultOptions: Given }).defaultOptions;
  const asked = Object.entries(redis.options).filter(
    ([name, value]) => value !== undefined && !isSame(value, usual[name]),
  );
  return clientOptions(Object.fromEntries(asked) as RedisOptions, deadline);
}

/** A function of another copy of ioredis is another one with the same text. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (typeof one === 'function' && typeof other === 'function' && String(one) === String(other));
}

/** The same of a Cluster. */
export function clusterOptions({ options }: Cluster, deadline: number): ClusterOptions {
  const { clusterRetryStrategy, dnsLookup, redisOptions } = options;
  return {
    enableOfflineQueue: false,
    lazyConnect: true,
    keyPrefix: '',
    // ioredis would ask one master, by chance, whether all are well, and begin anew where that one is gone. Claims find out themselves.
    enableReadyCheck: false,
    dnsLookup: dnsLookup && apartFrom(dnsLookup),
    clusterRetryStrategy: retrying(clusterRetryStrategy),
    retryDelayOnTryAgain: SPLIT_RETRY_MS,
    // A replica may not have heard yet that a tube is paused.
    scaleReads: 'master',
    redisOptions: {
      ...redisOptions,
      ...socketOptions(redisOptions ?? {}, deadline),
      maxRetriesPerRequest: null,
      autoResendUnfulfilledCommands: false,
      stringNumbers: false,
      keyPrefix: '',
      // A master that hangs loses its own connection, and the others go on.
      socketTimeout: redisOptions?.socketTimeout ?? deadline,
    },
  };
}

/**
 * A name without an address stays a name, and what comes of it is that one node's. Of a machine that is gone an orchestrator takes the name away,
 * and ioredis would connect to none of the others.
 */
function apartFrom(asked: DNSLookup): DNSLookup {
  return (hostname, done) =>
    asked(hostname, (error, address, family) => {
      if (error) done(null, hostname);
      else done(null, address, family);
    });
}

/** The user's waits, and never an end: without claims no job would run until the next start. What it throws would end the process. */
function retrying(asked: ((times: number, reason?: Error) => number | void | null) | null | undefined): RetryStrategy {
  return (times) => {
    const usual = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(times, 10));
    if (typeof asked !== 'function') return usual;
    try {
      const wait = asked(times);
      return typeof wait === 'number' && wait >= 0 && wait <= LONGEST_TIMER_MS ? wait : LONGEST_RETRY_MS;
    } catch {
      return LONGEST_RETRY_MS;
    }
  };
}
