import type { Redis } from 'ioredis';
import { doctorKey } from '../../core/claims/claim-key.js';
import { DqClaimStoreError } from '../../core/errors/connection.errors.js';
import { lacksRight } from '../../core/redis/redis-fault.js';
import { NO_INFO } from '../../core/redis/redis-memory.js';
import { mastersOf, readInfo, RedisInfo } from '../../core/redis/redis-readings.js';
import { clusterAt, type RedisSource, uncheckedRedis } from '../../core/redis/redis-source.js';
import { newJobId } from '../../core/wire/job-id.js';
import { type Finding, Findings } from './finding.js';
import type { ServerSetting } from './setting.js';
import { findClock } from './store-clock.js';
import { findSlots } from './store-cluster.js';
import { StoreLine } from './store-line.js';
import { findMemory, findPersistence, findRole, findVersion } from './store-persistence.js';
import { findRights, findScripts } from './store-rights.js';

const SUBJECT = 'Redis';
/** Where no tube is named. */
const NO_TUBE = 'dq-doctor';
const REFUSED = new RedisInfo('');

/** Redis as it was found. */
export interface SeenStore {
  readonly findings: readonly Finding[];
  /** How others reach it; undefined when it does not answer, or lets nobody in. */
  readonly source: RedisSource | undefined;
}

/** Looks at Redis. `listed`: the tubes that the nodes have, whose slots are tried in a Redis Cluster. */
export async function examineStore(setting: ServerSetting, listed: Promise<readonly string[]>): Promise<SeenStore> {
  const findings = new Findings(SUBJECT);
  const source = uncheckedRedis(setting.redis);
  const line = new StoreLine(source, setting);
  try {
    const info = await greet(line, findings);
    if (info === undefined) return { findings: findings.all, source: undefined };
    if (info.field('cluster_enabled') === '1') return await examineCluster(setting, await listed);
    await examineServer(line, info, findings, setting);
    await tryOut(line, findings, setting);
    return { findings: findings.all, source };
  } finally {
    await line.close();
  }
}

async function examineCluster(setting: ServerSetting, listed: readonly string[]): Promise<SeenStore> {
  const findings = new Findings('Redis Cluster');
  const source = clusterAt(setting.redis);
  const line = new StoreLine(source, setting);
  try {
    const tubes = setting.tubes.length > 0 ? setting.tubes : listed;
    if (!(await findSlots(line, tubes, findings, setting))) return { findings: findings.all, source: undefined };
    await tryOut(line, findings, setting);
    const masters = await Promise.all(
      mastersOf(line.connection).map(async (master) => {
        const own = new Findings(`Redis ${master.options.host}:${master.options.port}`);
        const info = await greet(line, own, master);
        if (info !== undefined) await examineServer(line, info, own, setting, master);
        return own.all;
      }),
    );
    return { findings: [...findings.all, ...masters.flat()], source };
  } finally {
    await line.close();
  }
}

/** Uses what claims use, on a key that is nobody's. */
async function tryOut({ connection }: StoreLine, findings: Findings, setting: ServerSetting): Promise<void> {
  const key = doctorKey(setting.tubes[0] ?? NO_TUBE, newJobId());
  if (!setting.signal.aborted) await findRights(connection, key, findings);
  if (!setting.signal.aborted) await findScripts(connection, key, findings, setting.clock);
}

/** What it says of itself; nothing where it refuses to. Undefined where it does not answer. */
function greet(line: StoreLine, findings: Findings, server?: Redis): Promise<RedisInfo | undefined> {
  return line.greet(readInfo(line.connection, server), findings, (error) =>
    error instanceof DqClaimStoreError && lacksRight(error.cause) ? REFUSED : undefined,
  );
}

async function examineServer(
  line: StoreLine,
  info: RedisInfo,
  findings: Findings,
  setting: ServerSetting,
  server?: Redis,
): Promise<void> {
  if (info === REFUSED) {
    findings.ok('answers', 'it does');
    findings.unknown(
      'version, role, memory, persistence',
      'it refuses INFO',
      NO_INFO.replace(/^.*(Allow .*?)\.$/s, '$1'),
    );
  } else {
    findings.ok('answers', `Redis ${info.field('redis_version') ?? ''}`.trim());
    findVersion(info, findings);
    findRole(info, findings);
    await findPersistence(line.connection, info, findings, server);
    findMemory(info, findings);
  }
  await findClock(line.connection, findings, setting, server);
}
