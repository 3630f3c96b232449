import type { Redis } from 'ioredis';
import { visible } from '../../core/errors/shown.js';
import type { RedisConnection } from '../../core/redis/redis-connection.js';
import { readFault } from '../../core/redis/redis-fault.js';
import { NO_INFO } from '../../core/redis/redis-memory.js';
import { clocksApart, readClockOffset, RedisInfo, readSetting } from '../../core/redis/redis-readings.js';
import type { Findings } from './finding.js';
import type { ServerSetting } from './setting.js';
import { isAtLeast } from './version.js';

/** The first with all commands of the scripts. */
const OLDEST = '6.2';
const MOST_SHARE = 0.8;
const MIB = 1_048_576;
const CLOCK_PROBES = 5;
/** Of a server that does not say what it is. */
export const REFUSED = new RedisInfo('');

/** Looks at one server: a single Redis, or a master of a Cluster. */
export async function examineServer(
  connection: RedisConnection,
  info: RedisInfo,
  findings: Findings,
  setting: ServerSetting,
  server?: Redis,
): Promise<void> {
  if (info === REFUSED) {
    findings.ok('answers', 'it does');
    const todo = NO_INFO.replace(/^.*(Allow .*?)\.$/s, '$1');
    findings.unknown('version, role, memory, persistence', 'it refuses INFO', todo);
  } else {
    const version = info.field('redis_version');
    findings.ok('answers', `Redis ${version ?? ''}`.trim());
    findings.rate('version', isAtLeast(version ?? '', OLDEST), {
      ok: `${OLDEST} or newer`,
      error: `Redis ${visible(version ?? '')} lacks commands that claims need`,
      todo: `Install ${OLDEST} or newer`,
    });
    findRole(info, findings);
    await findPersistence(connection, info, findings, server);
    findMemory(info, findings);
  }
  await findClock(connection, findings, setting, server);
}

function findRole(info: RedisInfo, findings: Findings): void {
  const role = info.field('role');
  const replicas = info.count('connected_slaves') ?? 0;
  findings.rate('role', role === undefined ? undefined : role === 'master', {
    ok: replicas === 0 ? 'a master without replicas' : `a master with ${replicas} connected`,
    error: 'it is a replica: claims cannot be written there',
    todo: 'Give the master, or the sentinels, which know it',
  });
  if (role !== 'master' || replicas === 0) return;
  // It tells how many are good only where it is told to count them.
  const good = info.count('min_slaves_good_slaves');
  findings.rate('failover', good !== undefined, {
    ok: `it writes only while enough replicas hear it: ${good} do`,
    warn: 'it also writes while no replica hears it, so a failover may take the last moments back',
    todo: 'Set min-replicas-to-write to 1',
  });
}

async function findPersistence(
  connection: RedisConnection,
  info: RedisInfo,
  findings: Findings,
  server?: Redis,
): Promise<void> {
  const check = 'append-only file';
  const without = info.keepsNoFile;
  const isOn = info.field('aof_enabled') === undefined ? undefined : without === undefined;
  findings.rate(check, isOn, { ok: 'on', error: without?.found ?? '', todo: without?.todo });
  if (isOn === true) {
    await findSync(connection, findings, server);
    findStatus(info, 'aof_last_write_status', 'last write', 'Redis cannot write its append-only file', findings);
    const failed = 'the last rewrite of its file failed, so it grows';
    findStatus(info, 'aof_last_bgrewrite_status', 'last rewrite', failed, findings);
  }
  findStatus(info, 'rdb_last_bgsave_status', 'last snapshot', 'the last snapshot failed', findings);
}

/** How often what was written reaches the disk. */
async function findSync(connection: RedisConnection, findings: Findings, server?: Redis): Promise<void> {
  const check = 'appendfsync';
  try {
    const value = await readSetting(connection, check, server);
    findings.rate(check, value === undefined ? undefined : value !== 'no', {
      ok: visible(value ?? ''),
      warn: 'no: a machine that loses power forgets up to half a minute of claims',
      todo: 'Set it to everysec',
    });
  } catch (error) {
    findings.unknown(check, refusalOf(error), 'Allow +config|get, or look at it there: everysec is right');
  }
}

function findStatus(info: RedisInfo, field: string, check: string, failed: string, findings: Findings): void {
  const status = info.field(field);
  findings.rate(check, status === undefined ? undefined : status === 'ok', {
    ok: 'ok',
    error: `${failed} (${field}:${visible(status ?? '')})`,
    todo: 'Look into its log, and at its disk',
  });
}

function findMemory(info: RedisInfo, findings: Findings): void {
  const { evicts } = info;
  const isSafe = info.field('maxmemory_policy') === undefined ? undefined : evicts === undefined;
  findings.rate('eviction', isSafe, { ok: 'noeviction', error: evicts?.found ?? '', todo: evicts?.todo });
  const used = info.count('used_memory');
  const [most = 0, machine = 0] = [info.count('maxmemory'), info.count('total_system_memory')];
  const [limit, name] = most === 0 ? [machine, 'of its machine'] : [most, 'of maxmemory'];
  const found = `${Math.ceil((used ?? 0) / MIB)} MiB used of ${Math.floor(limit / MIB)} MiB ${name}`;
  findings.rate('memory', used === undefined || limit === 0 ? undefined : used <= limit * MOST_SHARE, {
    ok: found,
    warn: `${found}: when it is full, no job starts`,
    todo: 'Give it more, or look at what fills it',
  });
}

/** Each probe tells by how much the clocks are apart at least; the shortest trip tells most. */
async function findClock(
  connection: RedisConnection,
  findings: Findings,
  { clock, signal }: ServerSetting,
  server?: Redis,
): Promise<void> {
  const check = 'clock';
  try {
    let offset = 0;
    for (let at = 0; at < CLOCK_PROBES && !signal.aborted; at++)
      offset = Math.max(offset, await readClockOffset(connection, clock, server));
    const apart = clocksApart(offset);
    if (apart === undefined)
      findings.ok(check, `less than a second from this machine's${offset > 0 ? `, at least ${offset} ms` : ''}`);
    else findings.warn(check, apart.found, apart.todo);
  } catch (error) {
    findings.unknown(check, refusalOf(error));
  }
}

/** What Redis said to a question that claims can do without. */
export function refusalOf(error: unknown): string {
  return readFault(error instanceof Error && error.cause !== undefined ? error.cause : error).text;
}
