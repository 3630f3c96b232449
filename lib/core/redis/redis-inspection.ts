import type { Redis } from 'ioredis';
import type { Clock } from '../base/clock.js';
import type { RedisConnection } from './redis-connection.js';
import { NO_INFO } from './redis-memory.js';
import { clocksApart, mastersOf, readClockOffset, readInfo, type Shortcoming } from './redis-readings.js';

/**
 * Reports what makes Redis forget claims: eviction, or no append-only file; and a clock that is not ours. Each master of a Cluster is looked at, since
 * each has claims of some tubes. Claims can do without these looks. Never rejects.
 */
export async function inspectRedis(connection: RedisConnection, clock: Clock): Promise<void> {
  try {
    // They are known when it is ready.
    const masters = await connection.call('an inspection', () => Promise.resolve(mastersOf(connection)), true);
    await Promise.all(masters.map((master) => inspect(master, connection, clock)));
  } catch {
    // Redis is away, which the connection reports.
  }
}

async function inspect(master: Redis, connection: RedisConnection, clock: Clock): Promise<void> {
  const warn = (shortcoming: Shortcoming | undefined): void => {
    if (shortcoming !== undefined) connection.warn(`${shortcoming.found}. ${shortcoming.todo}.`);
  };
  try {
    warn(clocksApart(await readClockOffset(connection, clock, master)));
  } catch {
    // It is away, or does not tell its time, which claims then tell.
  }
  try {
    const info = await readInfo(connection, master);
    warn(info.evicts);
    warn(info.keepsNoFile);
  } catch (error) {
    if (connection.readyFor > 0 && isRefusal(error)) connection.warn(NO_INFO);
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && /NOPERM|unknown command|No permissions/i.test(error.message);
}
