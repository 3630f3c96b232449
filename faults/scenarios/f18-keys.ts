import type { Scenario } from './scenario.js';
import { deletesFirst } from './usual.js';

const noTombstone = {
  what: 'what lost its key runs when its copy is met',
  name: 'no-key-tombstone',
  where: 'consumers',
} as const;

/** Of ten keys three are cancelled, three replaced, three postponed, and one is left as it is. */
const keysAway: Scenario = {
  id: 'F18',
  variant: 'away',
  title:
    'a node with copies of jobs with keys is away while most keys are cancelled, replaced or postponed, and returns when all is done: ' +
    'each key runs its last word once, none of the cancelled',
  expect: { counts: { completed: { min: 70 } } },
  control: { ...noTombstone, shows: ['superseded ran', 'cancelled ran'] },
  async play(testbed) {
    const [producer, consumers] = await Promise.all([testbed.producer(), testbed.consumers(2)]);
    const [keys, dueMs] = testbed.pick([1_000, 20_000], [100, 6_000]);
    const share = keys * 0.3;
    const load = testbed.plan({ count: keys, perSecond: keys, delayMs: [dueMs, dueMs] });
    const { tube } = load;
    const moved = Math.ceil(testbed.clock.now()) + dueMs + 2_000;
    await producer.say({ say: 'place', load, firstKey: 0 });
    await testbed.during('node 3 away', [2], async () => {
      await testbed.servers.node(2).kill();
      const next = testbed.plan({ count: share, perSecond: share, delayMs: [dueMs / 2, dueMs / 2] });
      await producer.say({ say: 'cancel', tube, firstKey: 0, count: share });
      await producer.say({ say: 'place', load: next, firstKey: share });
      await producer.say({ say: 'move', tube, firstKey: 2 * share, count: share, dueMs: moved });
      await testbed.eventually(() => testbed.history.of('end').length >= keys - share, 3 * dueMs);
      await testbed.freshConsumers(consumers);
      await testbed.servers.node(2).start();
    });
  },
};

/** Calls that were under way when a process or Redis was killed are told to be open, or never answered. */
const open = { rejected: { max: Infinity }, completed: { min: 1 } } as const;

const keysReplaced: Scenario = {
  id: 'F18',
  variant: 'keys',
  title:
    'two producers replace the jobs of the same keys all the time, and are killed between the acknowledgements of the nodes',
  servers: { proxied: true },
  expect: { counts: open },
  control: { ...noTombstone, shows: ['superseded ran', 'both ran'] },
  async play(testbed) {
    await testbed.consumers(2);
    // Nodes acknowledge one after the other, so that a kill comes in between for some.
    testbed.servers.wire(1).delay(60, 20);
    testbed.servers.wire(2).delay(120, 40);
    const [keys, rounds] = testbed.pick([200, 25], [40, 5]);
    for (let round = 0; round < rounds; round++) {
      const producers = await Promise.all([testbed.producer(), testbed.producer()]);
      const isLast = round === rounds - 1;
      const replaced = producers.map(async (producer) => {
        for (let times = 0; times < 2; times++) {
          const load = testbed.plan({ count: keys, perSecond: keys, delayMs: [11_000, 12_000] });
          await producer.say({ say: 'place', load, firstKey: 0 });
        }
      });
      if (!isLast) {
        await testbed.sleep(150 + 350 * testbed.random());
        await Promise.all(producers.map((producer) => producer.kill()));
      }
      await Promise.all(replaced);
    }
  },
};

const keysRedis: Scenario = {
  id: 'F18',
  variant: 'redis',
  title: 'kill -9 of Redis with an append-only file while keys are replaced, cancelled and moved',
  expect: { counts: open },
  control: { ...deletesFirst, shows: ['key lost'] },
  async play(testbed) {
    const [producer] = await Promise.all([testbed.producer(), testbed.consumers(2)]);
    const [keys, rounds] = testbed.pick([200, 40], [50, 16]);
    const say = async (): Promise<void> => {
      for (let round = 0; round < rounds; round++) {
        const firstKey = round * keys;
        const load = testbed.plan({ count: keys, perSecond: keys, delayMs: [500, 2_500] });
        const next = testbed.plan({ count: keys * 0.4, perSecond: keys, delayMs: [300, 1_500] });
        const dueMs = Math.ceil(testbed.clock.now()) + 3_000;
        const word = { tube: load.tube, count: keys * 0.2 };
        await producer.say({ say: 'place', load, firstKey });
        await Promise.all([
          producer.say({ say: 'cancel', ...word, firstKey }),
          producer.say({ say: 'move', ...word, firstKey: firstKey + keys * 0.2, dueMs }),
          producer.say({ say: 'place', load: next, firstKey: firstKey + keys * 0.4 }),
        ]);
        await testbed.sleep(250);
      }
    };
    const said = say();
    await testbed.sleep(testbed.pick(5_000, 1_500));
    await testbed.killRedis(testbed.pick(6_000, 1_500));
    await said;
  },
};

export const keys: readonly Scenario[] = [keysAway, keysReplaced, keysRedis];
