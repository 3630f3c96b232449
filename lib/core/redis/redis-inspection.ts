import type { Clock } from '../clock.js';
import type { Report } from '../events.js';
import type { RedisConnection } from './redis-connection.js';

/** Clocks further apart than this make jobs late: a claim is granted when both this machine and Redis say it is due. */
const MOST_CLOCK_OFFSET_MS = 1_000;

/** Reports what makes Redis forget claims: eviction, or no append-only file. Never rejects. */
export async function inspectRedis(connection: RedisConnection, clock: Clock, report: Report): Promise<void> {
  const warn = (reason: string): void => report({ type: 'store-warning', reason });
  try {
    const info = await connection.call<string>('an inspection', () => connection.client.info());
    const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
    const policy = field('maxmemory_policy');
    if (policy !== undefined && policy !== 'noeviction') {
      warn(
        `Redis may evict claims (maxmemory-policy ${policy}), and a job whose claim is gone can run again. Set it to noeviction.`,
      );
    }
    if (field('aof_enabled') === '0') {
      warn(
        'Redis keeps no append-only file, so a restart forgets claims and jobs can run again. Set appendonly to yes.',
      );
    }
    const [seconds, micros] = (await connection.call('the time', () => connection.client.time())) as unknown as [
      string,
      string,
    ];
    const offset = Math.round(clock.now() - (Number(seconds) * 1000 + Number(micros) / 1000));
    if (Math.abs(offset) > MOST_CLOCK_OFFSET_MS) {
      warn(
        `The clocks of this machine and of Redis are ${Math.abs(offset)} ms apart; jobs run when both say they are due. Run NTP on both.`,
      );
    }
  } catch {
    // Redis is away or forbids INFO; its loss is reported by the connection itself.
  }
}
