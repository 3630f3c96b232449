// Redis comes back with less than it was told: emptied, restarted without its file, or with an older one, as a replica that was behind is.
// Consumers know what they run and what has ended with them, and tell it again before anybody is granted a job that was due before.
import { cpSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { DqGiveUp } from '../../lib/core/consumer/outcome.js';
import { RedisMemory } from '../../lib/core/redis/redis-memory.js';
import type { App } from '../support/app.js';
import { Gate } from '../support/gate.js';
import { specBed } from '../support/spec-bed.js';
import { TestBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const DEAD = 5;
const DONE = 95;
const RUNNING = 20;
const JOBS = DEAD + DONE + RUNNING;
/** After so many runs the older file is put aside. */
const IN_OLDER_FILE = 50;
/** Milliseconds. A copy that rests comes up when it is over. */
const LEASE = 10_000;
const WAIT = { timeout: 30_000 };

interface Loss {
  readonly name: string;
  readonly lose: (older: string) => Promise<void>;
}

const bed = specBed(new TestBed());
afterEach(() => void jest.restoreAllMocks());

const fileOf = () => join(bed.cluster.redis.dir, 'appendonlydir');

const LOSSES: readonly Loss[] = [
  {
    name: 'is emptied by FLUSHALL',
    lose: async () => {
      await bed.redis((redis) => redis.flushall());
    },
  },
  {
    name: 'is restarted without its append-only file',
    lose: async () => {
      await bed.cluster.redis.kill();
      await rm(fileOf(), { recursive: true });
      await bed.cluster.redis.restart();
    },
  },
  {
    name: 'is restarted with an older append-only file',
    lose: async (older) => {
      await bed.cluster.redis.kill();
      await rm(fileOf(), { recursive: true });
      cpSync(older, fileOf(), { recursive: true });
      await bed.cluster.redis.restart();
    },
  },
];

/** Claims in Redis that say so: D done, X dead, R running. */
async function claimsThat(say: 'D' | 'X' | 'R'): Promise<number> {
  return (await bed.claims()).filter(({ value }) => value.startsWith(`dq1:${say}:`)).length;
}

/** What the second consumer has run before the loss: one job of its own, or nothing, so that it has never asked for a claim. */
const OWN = { 'has run another job': ['one more'], 'has run nothing yet': [] } as const;
type Second = keyof typeof OWN;

interface Course {
  /** Has run all jobs; the last of them still run. */
  readonly first: App;
  /** Had nothing to do with them, and has room for all. */
  readonly second: App;
  readonly own: readonly string[];
  readonly gate: Gate;
  readonly tube: string;
}

/** Of 120 jobs 100 have ended and 20 run when Redis loses them. Then the node comes back that has a copy of each. */
async function course({ lose }: Loss, kind: Second): Promise<Course> {
  const own = OWN[kind];
  const tube = bed.tube();
  const gate = new Gate();
  const older = join(bed.cluster.redis.dir, 'older');
  const producer = bed.app({ tubes: [tube] }).producer(tube);
  await Promise.all(Array.from({ length: JOBS }, (_, at) => producer.delay(at, 0)));
  await until(async () => (await bed.copiesOnEach(tube)).every(({ ready }) => ready === JOBS));
  await bed.cluster.node(2).kill();

  let began = 0;
  const handler = async (): Promise<void> => {
    began += 1;
    if (began === IN_OLDER_FILE) cpSync(fileOf(), older, { recursive: true });
    if (began <= DEAD) throw new DqGiveUp('not to be done');
    if (began > DEAD + DONE) await gate.opened;
  };
  const first = bed
    .app({ tubes: [tube] })
    .handle(tube, handler, { concurrency: RUNNING, lease: LEASE })
    .start();
  await first.runs.next(JOBS);
  await until(async () => (await claimsThat('D')) === DONE && (await claimsThat('X')) === DEAD);
  expect(await claimsThat('R')).toBe(RUNNING);
  // The first one has no slot left.
  const second = bed
    .app({ tubes: [tube] })
    .handle(tube, undefined, { concurrency: JOBS, lease: LEASE })
    .start();
  for (const data of own) await producer.delay(data, 0);
  await second.runs.next(own.length);
  await until(async () => (await second.runtime.inspector.nodes()).filter(({ reachable }) => reachable).length === 2);

  await lose(older);
  rmSync(older, { recursive: true });
  await bed.cluster.node(2).restart();
  return { first, second, own, gate, tube };
}

/** Lets the handlers end, and waits until nothing is left but dead letters, which are deleted then. */
async function ends({ first, gate, tube }: Course): Promise<void> {
  gate.open();
  await until(
    async () =>
      (await bed.copiesOnEach(tube)).every(({ ready, reserved, delayed }) => ready + reserved + delayed === 0),
    { timeout: 45_000 },
  );
  await first.runtime.inspector.deleteAll(tube);
}

const ranIn = ({ runs }: App): unknown[] => runs.all.map(({ data }) => data);

/** Waits until the node that came back shows none but copies of what runs and of dead letters, or a job has started that must not. */
async function comesToRest({ second, own, tube }: Course): Promise<void> {
  await until(async () => {
    const { ready, reserved, delayed, buried } = await bed.copies(2, tube);
    return (buried === DEAD && ready + reserved + delayed <= RUNNING) || second.runs.all.length > own.length;
  }, WAIT);
}

describe.each(LOSSES)('when Redis $name', (loss) => {
  describe.each(Object.keys(OWN) as Second[])('and a consumer that %s meets the copies', (kind) => {
    it('a job whose handler has finished does not run again, and what runs is not started a second time', async () => {
      const went = await course(loss, kind);
      const { first, second, own, tube } = went;
      await comesToRest(went);
      expect(ranIn(second)).toEqual(own);
      expect(await claimsThat('R')).toBe(RUNNING);
      expect(await first.runtime.inspector.dead(tube)).toHaveLength(DEAD);

      await ends(went);
      expect(ranIn(second)).toEqual(own);
      expect(first.runs.all).toHaveLength(JOBS);
      expect(new Set(ranIn(first)).size).toBe(JOBS);
      expect([...first.eventsOf('result-refused'), ...second.eventsOf('result-refused')]).toEqual([]);
    });
  });

  it('and nobody tells it again, they do run again (control)', async () => {
    jest.spyOn(RedisMemory.prototype, 'onLoss').mockImplementation(() => undefined);
    const went = await course(loss, 'has run another job');
    const { first, second } = went;
    const ended = new Set(ranIn(first).slice(0, DEAD + DONE));
    await until(() => ranIn(second).filter((data) => ended.has(data)).length > 10, WAIT);
    await ends(went);
  });
});
