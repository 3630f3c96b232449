// Several processes with the same @DqCron, on real servers that fail.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { until } from '../support/wait.js';
import { CronProcess, type CronRun, type CronSetup } from './cron-process.js';

let cluster: TestCluster;
let tubes = 0;
const children: CronProcess[] = [];
const killed: CronProcess[] = [];
let lastKill = 0;

beforeAll(async () => {
  cluster = await startCluster();
}, 30_000);
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.kill()));
  killed.length = 0;
  lastKill = 0;
});
afterAll(() => cluster.stop());

function setup(): CronSetup {
  const servers = { beanstalks: cluster.endpoints, redis: cluster.redisUrl };
  return { servers, tube: `crons-${++tubes}`, times: '* * * * * *', options: { missed: 'all' }, own: { lease: '1s' } };
}

async function add(given: CronSetup): Promise<CronProcess> {
  const child = await CronProcess.start(given);
  children.push(child);
  return child;
}

async function kill(): Promise<void> {
  const child = children.shift();
  if (child === undefined) return;
  killed.push(child);
  await child.kill();
  lastKill = Date.now();
}

const runs = (): CronRun[] => [...children, ...killed].flatMap((child) => child.runs);

/**
 * Every slot of a second from the first on, `count` in all, once each. A run whose consumer was killed may have been repeated, in another
 * attempt; where it was killed before it could tell of the first, only the second is known.
 */
async function expectEachOnce(count: number): Promise<void> {
  const slots = (): readonly number[] => {
    const first = Math.min(...runs().map(({ slot }) => slot));
    return Array.from({ length: count }, (_, at) => first + 1_000 * at);
  };
  const known = (): boolean => slots().every((slot) => runs().some((run) => run.slot === slot));
  await until(known, { timeout: 60_000, what: `${count} slots` });
  const all = runs();
  for (const [at, slot] of slots().entries()) {
    const attempts = all.filter((run) => run.slot === slot).map(({ attempt }) => attempt);
    expect({ at, attempts }).toEqual({ at, attempts: slot > lastKill ? [1] : [...new Set(attempts)] });
    expect(Math.max(...attempts)).toBeLessThanOrEqual(1 + killed.length);
  }
  for (const { slot, at } of all) expect(at).toBeGreaterThanOrEqual(slot);
}

describe('a fleet with one @DqCron', () => {
  it('runs each slot once, while its processes are killed and one node dies', async () => {
    const given = setup();
    await Promise.all([add(given), add(given), add(given)]);
    for (let round = 0; round < 3; round++) {
      await sleep(2_500);
      await kill();
      if (round === 1) await cluster.node(2).kill();
      await add(given);
    }
    await expectEachOnce(12);
    await cluster.node(2).start();
  }, 90_000);

  it('runs each slot once, while Redis loses all it knows, twice', async () => {
    const given = setup();
    await Promise.all([add(given), add(given), add(given)]);
    const redis = new Redis(cluster.redisUrl);
    for (let round = 0; round < 2; round++) {
      await sleep(3_300);
      await redis.flushall();
    }
    await redis.quit();
    await expectEachOnce(22);
  }, 90_000);
});
