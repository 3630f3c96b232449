import type { Redis } from 'ioredis';
import type { RedisConnection } from '../../core/redis/redis-connection.js';
import { clocksApart, readClockOffset } from '../../core/redis/redis-readings.js';
import type { Findings } from './finding.js';
import type { ServerSetting } from './setting.js';
import { refusalOf } from './store-persistence.js';

const PROBES = 5;

/** Each probe tells by how much the clocks are apart at least; the shortest trip tells most. */
export async function findClock(
  connection: RedisConnection,
  findings: Findings,
  { clock, signal }: ServerSetting,
  server?: Redis,
): Promise<void> {
  const check = 'clock';
  try {
    let offset = 0;
    for (let at = 0; at < PROBES && !signal.aborted; at++)
      offset = Math.max(offset, await readClockOffset(connection, clock, server));
    const apart = clocksApart(offset);
    if (apart === undefined)
      findings.ok(check, `less than a second from this machine's${offset > 0 ? `, at least ${offset} ms` : ''}`);
    else findings.warn(check, apart.found, apart.todo);
  } catch (error) {
    findings.unknown(check, refusalOf(error));
  }
}
