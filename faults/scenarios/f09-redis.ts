import type { Redis } from 'ioredis';
import { TUBE } from '../servers/processes.js';
import type { Testbed } from '../servers/testbed.js';
import type { Expectation } from '../verdict/expectation.js';
import type { Row, Scenario } from './scenario.js';
import type { Load } from './under-load.js';
import { deletesFirst, takesAnyId } from './usual.js';

/** Jobs come due before, during and after the fault. */
const load: Load = { spread: 1 / 3, revokes: 0.02, acts: [{ share: 0.3, act: { do: 'finish', ms: 50 } }] };
/** About what thirty claims take. */
const EVICTED_BYTES = 5_000;
/** So far a replica is behind. */
const LAG_MS = 2_000;
/** For longer than Redis goes on writing without its replica, and for as long as that replica may be behind. */
const ALONE_MS = 5_000;

/** Redis does not work for a while, and forgets nothing. */
function unwell(
  variant: string,
  title: string,
  how: { readonly ms: readonly [full: number, short: number]; turn(testbed: Testbed, on: boolean): Promise<unknown> },
): Scenario {
  return {
    id: 'F9',
    variant,
    title,
    expect: {},
    control: deletesFirst,
    load,
    async fault(testbed, { lasts }) {
      await testbed.sleep(lasts / 4);
      await testbed.during(`redis ${variant}`, [], async () => {
        await how.turn(testbed, true);
        await testbed.sleep(testbed.pick(...how.ms));
        await how.turn(testbed, false);
      });
    },
  };
}

/** Where claims are forgotten, ends and tombstones are too. */
const FORGETFUL: Expectation = { again: ['store lost', 'revoke lost'] };
/** Who ran a job, or runs it, says so again to a Redis that has taken the place of another; who revoked one does not. */
const REPLACED: Expectation = { again: ['revoke lost'] };

/** A node is away while `forget` makes Redis forget, and returns with copies of jobs that were run before. */
function forgets(
  variant: string,
  title: string,
  own: Pick<Row, 'servers' | 'expect'>,
  forget: (testbed: Testbed) => Promise<unknown>,
): Scenario {
  return {
    id: 'F9',
    variant,
    title,
    ...own,
    control: deletesFirst,
    load,
    async fault(testbed, { lasts }) {
      await testbed.sleep(lasts / 4);
      const stale = testbed.servers.node(2);
      await testbed.during('node 3 away', [2], async () => {
        await stale.kill();
        await testbed.sleep(testbed.pick(3_000, 1_000));
        await testbed.during(`redis ${variant}`, [], () => forget(testbed));
        await testbed.sleep(testbed.pick(3_000, 1_500));
        await stale.start();
      });
    },
  };
}

async function failOver(testbed: Testbed, lagMs: number): Promise<void> {
  await testbed.forgetting(() => testbed.servers.failOver(lagMs), testbed.clock.now());
}

async function evict(testbed: Testbed, redis: Redis): Promise<void> {
  await redis.config('SET', 'maxmemory-policy', 'allkeys-random');
  const until = testbed.clock.now() + testbed.pick(4_000, 1_500);
  while (testbed.clock.now() < until) {
    const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
    await redis.config('SET', 'maxmemory', String(used - EVICTED_BYTES));
    await testbed.sleep(50);
  }
  await redis.config('SET', 'maxmemory', '0');
}

const SLOT_JOBS = { full: 600, short: 60 };
const MOVED_AT_ONCE = 10;

/** The slot is half here and half there for a while: some keys move at a time, while clients go on. */
const slotMoves: Scenario = {
  id: 'F9',
  variant: 'slot moves',
  title:
    'a Redis Cluster moves the slot of a tube to another master while others ask for the ids of its jobs, and while they come due',
  servers: { cluster: true },
  expect: { counts: { rejected: { min: SLOT_JOBS.short } } },
  control: takesAnyId,
  async play(testbed) {
    const [producer, rival] = await Promise.all([testbed.producer(), testbed.producer(), testbed.consumers(2)]);
    const count = testbed.pick(SLOT_JOBS.full, SLOT_JOBS.short);
    const plan = testbed.plan({ count, perSecond: 200, delayMs: [2_000, 8_000], ownIds: true });
    await producer.load(plan);
    const move = await testbed.servers.cluster.beginMove(TUBE);
    const some = async (): Promise<number> => {
      let left = MOVED_AT_ONCE;
      return (await move.moveKeys(() => left-- > 0)).length;
    };
    const asking = testbed.plan({ count, perSecond: testbed.pick(150, 30), delayMs: [0, 1_000], idsOf: plan.first });
    const asked = rival.load(asking);
    await testbed.during('redis slot moves', [], async () => {
      while ((await some()) > 0) await testbed.sleep(testbed.pick(50, 150));
      await asked;
      await move.finish();
    });
    await testbed.ended(testbed.pick(30_000, 15_000));
  },
};

export const redisFaults: readonly Scenario[] = [
  unwell('killed', 'kill -9 of Redis with an append-only file, and its restart', {
    ms: [6_000, 1_500],
    turn: ({ servers }, on) => (on ? servers.redis.kill() : servers.redis.start()),
  }),
  forgets(
    'emptied',
    'kill -9 of Redis, which comes back empty; then a node returns with copies of jobs that were run before',
    { expect: FORGETFUL },
    async (testbed) => {
      await testbed.forgetting(() => testbed.servers.wipe(testbed.servers.redis));
      await testbed.sleep(testbed.pick(3_000, 1_500));
      await testbed.servers.redis.start();
    },
  ),
  unwell('stopped', 'SIGSTOP of Redis for longer than a lease', {
    ms: [12_000, 3_000],
    turn: async ({ servers }, on) => (on ? servers.redis.pause() : servers.redis.resume()),
  }),
  unwell('full', 'Redis is out of memory and refuses every write, then gets more', {
    ms: [6_000, 2_000],
    turn: (testbed, on) => testbed.redis((redis) => redis.config('SET', 'maxmemory', on ? '1' : '0')),
  }),
  unwell('forbids', 'the user of Redis may not run scripts for a while, and everything else', {
    ms: [6_000, 2_000],
    turn: (testbed, on) => {
      const sign = on ? '-' : '+';
      return testbed.redis((redis) => redis.acl('SETUSER', 'default', `${sign}evalsha`, `${sign}eval`));
    },
  }),
  forgets(
    'evicts',
    'Redis is told to evict, and forgets claims at random; then a node returns with copies of jobs that were run before',
    { expect: FORGETFUL },
    (testbed) => testbed.forgetting(() => testbed.redis((redis) => evict(testbed, redis))),
  ),
  forgets(
    'flushed',
    'all keys of Redis are deleted; then a node returns with copies of jobs that were run before',
    { expect: FORGETFUL },
    (testbed) => testbed.forgetting(() => testbed.redis((redis) => redis.flushall())),
  ),
  forgets(
    'failover',
    'Redis fails over to a replica that lacks the last two seconds; then a node returns with copies of jobs that were run before',
    { servers: { proxied: true, replica: true }, expect: REPLACED },
    (testbed) => failOver(testbed, LAG_MS),
  ),
  forgets(
    'min-replicas',
    'Redis loses its replica and, as min-replicas-to-write says, soon refuses every write; then that replica takes its place, and a node ' +
      'returns with copies of jobs that were run before',
    {
      servers: {
        proxied: true,
        replica: true,
        redisArgs: ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '1'],
      },
      expect: REPLACED,
    },
    (testbed) => failOver(testbed, ALONE_MS),
  ),
  slotMoves,
];
