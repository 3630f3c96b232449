import type { Cluster, Redis } from 'ioredis';
import type { Clock } from '../base/clock.js';
import type { RedisConnection } from './redis-connection.js';

/** Clocks further apart than this make jobs late: a claim is granted when both this machine and Redis say it is due. */
const MOST_CLOCK_OFFSET_MS = 1_000;

/** What is wrong, and what to do about it; without full stops. */
export interface Shortcoming {
  readonly found: string;
  readonly todo: string;
}

/** What a Redis says of itself. */
export class RedisInfo {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  field(name: string): string | undefined {
    return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(this.#text)?.[1];
  }

  /** Undefined when it does not say a number. */
  count(name: string): number | undefined {
    const value = this.field(name);
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
  }

  /** That it may throw claims away. */
  get evicts(): Shortcoming | undefined {
    const policy = this.field('maxmemory_policy');
    if (policy === undefined || policy === 'noeviction') return undefined;
    return {
      found: `Redis may evict claims (maxmemory-policy ${policy}), and a job whose claim is gone can run again`,
      todo: 'Set it to noeviction',
    };
  }

  /** That a restart forgets claims. */
  get keepsNoFile(): Shortcoming | undefined {
    if (this.field('aof_enabled') !== '0') return undefined;
    return {
      found: 'Redis keeps no append-only file, so a restart forgets claims and jobs can run again',
      todo: 'Set appendonly to yes',
    };
  }
}

/** A single Redis, or each master of a Cluster. */
export function mastersOf({ client }: RedisConnection): readonly Redis[] {
  return client.isCluster ? (client as Cluster).nodes('master') : [client as Redis];
}

/** Claims can do without it. @throws DqClaimStoreError */
export async function readInfo(
  connection: RedisConnection,
  server: Pick<Redis, 'info'> = connection.client,
): Promise<RedisInfo> {
  return new RedisInfo(await connection.call('an inspection', () => server.info(), true));
}

/** What a Cluster says of itself: the master that answers first, since one that ioredis chooses may be gone. @throws DqClaimStoreError */
export async function readClusterInfo(connection: RedisConnection): Promise<RedisInfo> {
  const ask = (): Promise<string> => firstOf(mastersOf(connection).map((master) => master.cluster('INFO')));
  return new RedisInfo(await connection.call('a look at the Cluster', ask, true));
}

/** A setting, where Redis tells it; undefined where it does not have it. @throws DqClaimStoreError, also when it refuses */
export async function readSetting(
  connection: RedisConnection,
  name: string,
  server: Pick<Redis, 'config'> = connection.client,
): Promise<string | undefined> {
  const answer = await connection.call('a look at its settings', () => server.config('GET', name), true);
  const [, value] = answer as readonly (string | undefined)[];
  return value;
}

/**
 * Milliseconds by which the clocks of this machine and of Redis are at least apart. Redis read its clock between the question and the answer;
 * how long that took is nobody's clock's fault.
 * @throws DqClaimStoreError
 */
export async function readClockOffset(
  connection: RedisConnection,
  clock: Clock,
  server: Pick<Redis, 'time'> = connection.client,
): Promise<number> {
  let asked = 0;
  const answer = await connection.call(
    'the time',
    () => {
      asked = clock.now();
      return server.time();
    },
    true,
  );
  const answered = clock.now();
  const [seconds, micros] = answer as unknown as [string, string];
  const time = Number(seconds) * 1000 + Number(micros) / 1000;
  return Math.max(0, Math.round(Math.max(asked - time, time - answered)));
}

/** That jobs come late, since the clocks are so many milliseconds apart. */
export function clocksApart(offset: number): Shortcoming | undefined {
  if (offset <= MOST_CLOCK_OFFSET_MS) return undefined;
  return {
    found: `The clocks of this machine and of Redis are ${offset} ms apart; jobs run when both say they are due`,
    todo: 'Run NTP on both',
  };
}

/** The first answer; where there is none, the first error. */
async function firstOf<T>(answers: readonly Promise<T>[]): Promise<T> {
  try {
    return await Promise.any(answers);
  } catch (error) {
    throw (error as AggregateError).errors[0] ?? error;
  }
}
