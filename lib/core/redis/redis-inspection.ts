import type { Clock } from '../base/clock.js';
import type { RedisConnection } from './redis-connection.js';
import { NO_INFO } from './redis-memory.js';

/** Clocks further apart than this make jobs late: a claim is granted when both this machine and Redis say it is due. */
const MOST_CLOCK_OFFSET_MS = 1_000;

/** Reports what makes Redis forget claims: eviction, or no append-only file. Claims can do without these looks. Never rejects. */
export async function inspectRedis(connection: RedisConnection, clock: Clock): Promise<void> {
  try {
    await inspectClock(connection, clock);
  } catch {
    // Redis is away, which the connection reports, or does not tell its time, which claims then tell.
  }
  try {
    await inspectPersistence(connection);
  } catch (error) {
    if (connection.readyFor > 0 && isRefusal(error)) connection.warn(NO_INFO);
  }
}

async function inspectPersistence(connection: RedisConnection): Promise<void> {
  const info = await connection.call<string>('an inspection', () => connection.client.info(), true);
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const policy = field('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    connection.warn(
      `Redis may evict claims (maxmemory-policy ${policy}), and a job whose claim is gone can run again. Set it to noeviction.`,
    );
  }
  if (field('aof_enabled') === '0') {
    connection.warn(
      'Redis keeps no append-only file, so a restart forgets claims and jobs can run again. Set appendonly to yes.',
    );
  }
}

/** Redis read its clock between the question and the answer. How long that took is nobody's clock's fault. */
async function inspectClock(connection: RedisConnection, clock: Clock): Promise<void> {
  let asked = 0;
  const answer = await connection.call(
    'the time',
    () => {
      asked = clock.now();
      return connection.client.time();
    },
    true,
  );
  const answered = clock.now();
  const [seconds, micros] = answer as unknown as [string, string];
  const time = Number(seconds) * 1000 + Number(micros) / 1000;
  const offset = Math.round(Math.max(asked - time, time - answered));
  if (offset > MOST_CLOCK_OFFSET_MS) {
    connection.warn(
      `The clocks of this machine and of Redis are ${offset} ms apart; jobs run when both say they are due. Run NTP on both.`,
    );
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && /NOPERM|unknown command|No permissions/i.test(error.message);
}
