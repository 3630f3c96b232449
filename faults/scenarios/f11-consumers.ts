import { countCopies } from '../servers/leftovers.js';
import type { Testbed } from '../servers/testbed.js';
import type { Worker } from '../worker/worker.js';
import type { Row, Scenario } from './scenario.js';
import type { Load } from './under-load.js';
import { alwaysGrants, deletesFirst, settlesFirst } from './usual.js';

const SHORT = { share: 0.5, act: { do: 'finish', ms: 200 } } as const;

/** A load whose handlers take their time, under three consumers that `fault` ends and replaces. */
function among(
  own: Omit<Row, 'id'>,
  fault: (testbed: Testbed, consumers: Worker[]) => Promise<void>,
  acts: Load['acts'] = [SHORT],
): Scenario {
  return {
    id: 'F11',
    ...own,
    load: { spread: 1 / 3, revokes: 0.02, acts, consumers: [{}, {}, {}] },
    async fault(testbed, { lasts, consumers }) {
      await testbed.sleep(lasts / 6);
      await fault(testbed, consumers);
    },
  };
}

/** Longer than the row: no copy comes back because its time to run is over, which beanstalkd forgets now and then. */
const TTR = '10m';
const HANDLER_MS = 9_000;
const LOOK_MS = 100;
const REST_WITHIN_MS = 7_000;
/** A reserve that waited when its process was stopped is over by then, and takes no job any more. */
const DEAF_AFTER_MS = 2_000;

const silent: Scenario = {
  id: 'F11',
  variant: 'silent',
  title:
    'SIGSTOP of a consumer in the middle of handlers, for good, with every connection open and every copy of their jobs',
  expect: { again: ['lease lost', 'died'] },
  control: {
    what: 'no copy of a job that runs is put back to rest',
    name: 'never-rests',
    where: 'consumers',
    shows: ['lost'],
  },
  async play(testbed) {
    const app = { tube: { ttr: TTR } };
    const [producer, first] = await Promise.all([testbed.producer(app), testbed.consumer(app)]);
    const [count, perSecond] = testbed.pick([2_380, 100], [190, 60]);
    const running = testbed.pick(10, 4);
    const acts = [{ share: 1, act: { do: 'finish', ms: HANDLER_MS } }] as const;
    await producer.load(testbed.plan({ count: running, perSecond: 20, delayMs: [0, 500], acts }));
    await resting(testbed, running);
    await testbed.during('consumer silent', [], async () => {
      first.pause();
      await testbed.sleep(DEAF_AFTER_MS);
      const others = await testbed.consumers(2, app);
      await producer.load(testbed.plan({ count, perSecond, delayMs: [0, 3_000] }));
      // Two consumers take them over, each one at a time.
      await testbed.ended(running * HANDLER_MS + 15_000);
      // What has not run by now must not be set free by the end of the silent one, and pass for well.
      if (testbed.unfinished().length > 0) await Promise.all(others.map((consumer) => consumer.close()));
      await first.kill();
    });
  },
};

/** Waits until so many copies rest; not for ever, since with the control none does. */
async function resting(testbed: Testbed, count: number): Promise<void> {
  for (let waited = 0; waited < REST_WITHIN_MS; waited += LOOK_MS) {
    const counts = await Promise.all(testbed.servers.nodes.map((node) => countCopies(node)));
    if (counts.reduce((sum, { delayed }) => sum + delayed, 0) >= count) return;
    await testbed.sleep(LOOK_MS);
  }
}

const POISON = 3;
const ATTEMPTS = 3;

const poison: Scenario = {
  id: 'F11',
  variant: 'poison',
  title: 'jobs that kill their process each time, among others',
  expect: { counts: { dead: POISON }, again: ['died'] },
  control: { ...settlesFirst, shows: ['lost', 'dead'] },
  async play(testbed) {
    const attempts = { handler: { attempts: ATTEMPTS } };
    const [producer] = await Promise.all([testbed.producer(), testbed.consumers(2, attempts)]);
    const [count, perSecond] = testbed.pick([2_000, 100], [200, 60]);
    const replacing = testbed.replaceTheDead(() => testbed.consumer(attempts));
    const acts = [{ share: 1, act: { do: 'die', times: Number.MAX_SAFE_INTEGER } }] as const;
    await Promise.all([
      producer.load(testbed.plan({ count, perSecond, delayMs: [0, 3_000] })),
      producer.load(testbed.plan({ count: POISON, perSecond: 2, delayMs: [500, 1_500], acts })),
    ]);
    await testbed.drained();
    await replacing.end();
  },
};

export const consumers: readonly Scenario[] = [
  among(
    {
      variant: 'killed',
      title: 'kill -9 of consumers in the middle of handlers',
      expect: { again: ['died'] },
      control: settlesFirst,
    },
    async (testbed, consumers) => {
      for (const consumer of consumers) {
        await testbed.sleep(testbed.pick(4_000, 800));
        await testbed.during(`${consumer.name} killed`, [], async () => {
          await consumer.kill();
          await testbed.sleep(testbed.pick(1_000, 200));
          await testbed.consumer();
        });
      }
    },
  ),
  among(
    {
      variant: 'held',
      title: 'an event loop held for longer than ttr and lease',
      expect: { again: ['lease lost'] },
      control: alwaysGrants,
    },
    async (testbed, [first]) => {
      await testbed.during('event loop held', [], async () => {
        await first?.obey({ type: 'block', ms: testbed.pick(9_000, 6_500) });
      });
    },
  ),
  among(
    {
      variant: 'suspended',
      title: 'SIGSTOP of a consumer for longer than ttr and lease',
      expect: { again: ['lease lost'] },
      control: alwaysGrants,
    },
    async (testbed, [first]) => {
      await testbed.during('consumer suspended', [], async () => {
        first?.pause();
        await testbed.sleep(testbed.pick(9_000, 6_500));
        first?.resume();
      });
    },
  ),
  silent,
  among(
    {
      variant: 'closed',
      title: 'orderly close and replacement of consumers, some handlers running for longer than the shutdown deadline',
      expect: { again: ['given back'] },
      control: deletesFirst,
    },
    async (testbed, consumers) => {
      for (const consumer of consumers) {
        await testbed.during(`${consumer.name} closing`, [], async () => {
          await Promise.all([consumer.close(), testbed.consumer()]);
        });
      }
    },
    [SHORT, { share: 0.02, act: { do: 'finish', ms: 4_500 } }],
  ),
  poison,
];
