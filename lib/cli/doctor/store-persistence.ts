import type { Redis } from 'ioredis';
import { visible } from '../../core/errors/shown.js';
import type { RedisConnection } from '../../core/redis/redis-connection.js';
import { readFault } from '../../core/redis/redis-fault.js';
import { type RedisInfo, readSetting } from '../../core/redis/redis-readings.js';
import type { Findings } from './finding.js';
import { isAtLeast } from './version.js';

/** The first with all commands of the scripts. */
const OLDEST = '6.2';
const MOST_SHARE = 0.8;
const MIB = 1_048_576;

export function findVersion(info: RedisInfo, findings: Findings): void {
  const version = info.field('redis_version');
  const newEnough = version === undefined ? undefined : isAtLeast(version, OLDEST);
  if (version === undefined || newEnough === undefined) findings.unknown('version', 'it does not say');
  else if (newEnough) findings.ok('version', `${OLDEST} or newer`);
  else {
    findings.error(
      'version',
      `Redis ${visible(version)} lacks commands that claims need`,
      `Install ${OLDEST} or newer`,
    );
  }
}

export function findRole(info: RedisInfo, findings: Findings): void {
  const role = info.field('role');
  if (role === undefined) {
    findings.unknown('role', 'it does not say');
    return;
  }
  if (role !== 'master') {
    findings.error(
      'role',
      'it is a replica: claims cannot be written there',
      'Give the master, or the sentinels, which know it',
    );
    return;
  }
  const replicas = info.count('connected_slaves') ?? 0;
  findings.ok('role', replicas === 0 ? 'a master without replicas' : `a master with ${replicas} connected`);
  if (replicas === 0) return;
  // It tells how many are good only where it is told to count them.
  const good = info.count('min_slaves_good_slaves');
  if (good !== undefined) findings.ok('failover', `it writes only while enough replicas hear it: ${good} do`);
  else {
    findings.warn(
      'failover',
      'it also writes while no replica hears it, so a failover may take the last moments back',
      'Set min-replicas-to-write to 1',
    );
  }
}

export async function findPersistence(
  connection: RedisConnection,
  info: RedisInfo,
  findings: Findings,
  server?: Redis,
): Promise<void> {
  const without = info.keepsNoFile;
  if (info.field('aof_enabled') === undefined) findings.unknown('append-only file', 'it does not say');
  else if (without !== undefined) findings.error('append-only file', without.found, without.todo);
  else {
    findings.ok('append-only file', 'on');
    await findSync(connection, findings, server);
    findStatus(info, 'aof_last_write_status', 'last write', 'Redis cannot write its append-only file', findings);
    findStatus(
      info,
      'aof_last_bgrewrite_status',
      'last rewrite',
      'the last rewrite of its file failed, so it grows',
      findings,
    );
  }
  findStatus(info, 'rdb_last_bgsave_status', 'last snapshot', 'the last snapshot failed', findings);
}

/** How often what was written reaches the disk. */
async function findSync(connection: RedisConnection, findings: Findings, server?: Redis): Promise<void> {
  const check = 'appendfsync';
  try {
    const value = await readSetting(connection, check, server);
    if (value === undefined) findings.unknown(check, 'it does not say');
    else if (value === 'no') {
      findings.warn(
        check,
        'no: a machine that loses power forgets up to half a minute of claims',
        'Set it to everysec',
      );
    } else findings.ok(check, visible(value));
  } catch (error) {
    findings.unknown(check, refusalOf(error), 'Allow +config|get, or look at it there: everysec is right');
  }
}

function findStatus(info: RedisInfo, field: string, check: string, failed: string, findings: Findings): void {
  const status = info.field(field);
  if (status === undefined) findings.unknown(check, 'it does not say');
  else if (status === 'ok') findings.ok(check, 'ok');
  else findings.error(check, `${failed} (${field}:${visible(status)})`, 'Look into its log, and at its disk');
}

export function findMemory(info: RedisInfo, findings: Findings): void {
  const evicts = info.evicts;
  if (info.field('maxmemory_policy') === undefined) findings.unknown('eviction', 'it does not say');
  else if (evicts === undefined) findings.ok('eviction', 'noeviction');
  else findings.error('eviction', evicts.found, evicts.todo);
  const [used, most, machine] = [info.count('used_memory'), info.count('maxmemory'), info.count('total_system_memory')];
  const limit = most === undefined || most === 0 ? machine : most;
  const name = most === undefined || most === 0 ? 'of its machine' : 'of maxmemory';
  if (used === undefined || limit === undefined || limit === 0) findings.unknown('memory', 'it does not say');
  else {
    const found = `${Math.ceil(used / MIB)} MiB used of ${Math.floor(limit / MIB)} MiB ${name}`;
    if (used <= limit * MOST_SHARE) findings.ok('memory', found);
    else findings.warn('memory', `${found}: when it is full, no job starts`, 'Give it more, or look at what fills it');
  }
}

/** What Redis said to a question that claims can do without. */
export function refusalOf(error: unknown): string {
  return readFault(error instanceof Error && error.cause !== undefined ? error.cause : error).text;
}
