import type { Redis } from 'ioredis';
import { doctorKey } from '../../core/claims/claim-key.js';
import { DqClaimStoreError } from '../../core/errors/connection.errors.js';
import { textOf } from '../../core/errors/shown.js';
import { lacksRight, readFault } from '../../core/redis/redis-fault.js';
import { mastersOf, readClusterInfo, readInfo, type RedisInfo } from '../../core/redis/redis-readings.js';
import { clusterAt, type RedisSource, uncheckedRedis } from '../../core/redis/redis-source.js';
import { newJobId } from '../../core/wire/job-id.js';
import { isClusterNode, StoreLine } from '../base/store-line.js';
import { type Finding, Findings } from './finding.js';
import type { ServerSetting } from './setting.js';
import { findSlots, findTubes } from './store-cluster.js';
import { findRights, findScripts } from './store-rights.js';
import { examineServer, REFUSED } from './store-server.js';

/** Where no tube is named. */
const NO_TUBE = 'dq-doctor';
/** It has answered, and does not let us in, or is something else. */
const REFUSES = /NOAUTH|WRONGPASS|NOPERM|MOVED|DENIED|LOADING|max number of clients|invalid password|not a Redis/;
const GRACE_MS = 500;

/** Redis as it was found. */
export interface SeenStore {
  readonly findings: readonly Finding[];
  /** False where it does not answer, or lets nobody in. */
  readonly isOpen: boolean;
}

/** Looks at Redis. `listed`: the tubes whose slots are tried in a Redis Cluster. */
export function examineStore(setting: ServerSetting, listed: Promise<readonly string[]>): Promise<SeenStore> {
  const findings = new Findings('Redis');
  return withLine(uncheckedRedis(setting.redis), setting, async (line) => {
    const info = await greet(line, findings);
    const said =
      info === REFUSED ? await isClusterNode(line).catch(() => false) : info?.field('cluster_enabled') === '1';
    if (said) return examineCluster(setting, await listed);
    if (info === undefined) return { findings: findings.all, isOpen: false };
    await examineServer(line.connection, info, findings, setting);
    await tryOut(line, findings, setting);
    return { findings: findings.all, isOpen: true };
  });
}

function examineCluster(setting: ServerSetting, tubes: readonly string[]): Promise<SeenStore> {
  const findings = new Findings('Redis Cluster');
  return withLine(clusterAt(setting.redis), setting, async (line) => {
    const info = await answerOf(line, readClusterInfo(line.connection), findings);
    if (info === undefined) return { findings: findings.all, isOpen: false };
    findSlots(info, findings);
    await findTubes(line.connection, tubes, findings, setting);
    await tryOut(line, findings, setting);
    const masters = await Promise.all(
      mastersOf(line.connection).map(async (master) => {
        const own = new Findings(`Redis ${master.options.host}:${master.options.port}`);
        const info = await greet(line, own, master);
        if (info !== undefined) await examineServer(line.connection, info, own, setting, master);
        return own.all;
      }),
    );
    return { findings: [...findings.all, ...masters.flat()], isOpen: true };
  });
}

async function withLine(
  source: RedisSource,
  { ms, clock }: ServerSetting,
  use: (line: StoreLine) => Promise<SeenStore>,
): Promise<SeenStore> {
  const line = new StoreLine(source, ms, clock, Math.min(ms, GRACE_MS));
  try {
    return await use(line);
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
  const info = readInfo(line.connection, server).catch((error: unknown) => {
    if (error instanceof DqClaimStoreError && lacksRight(error.cause)) return REFUSED;
    throw error;
  });
  return answerOf(line, info, findings);
}

/** Undefined where it does not come, which is then found. */
async function answerOf<T>(line: StoreLine, question: Promise<T>, findings: Findings): Promise<T | undefined> {
  try {
    return await line.answer(question);
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const fault = readFault(cause);
    const found = line.reason ?? fault.text;
    const todo = fault.advice ?? 'Start it, and look at the address, the port and firewalls';
    if (REFUSES.test(found) || REFUSES.test(textOf(cause))) {
      findings.error('answers', found, todo);
      findings.unknown('all else', 'it does not let us in');
    } else findings.away(found, todo);
    return undefined;
  }
}
