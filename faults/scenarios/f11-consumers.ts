import type { Worker } from '../worker/worker.js';
import type { Testbed } from '../servers/testbed.js';
import { alwaysGrants, deletesFirst, settlesFirst } from './controls.js';
import type { Scenario } from './scenario.js';
import { underLoad } from './under-load.js';

/** A load whose handlers take their time, under three consumers that `fault` ends and replaces. */
async function among(
  testbed: Testbed,
  fault: (consumers: Worker[]) => Promise<void>,
  acts: NonNullable<Parameters<Testbed['plan']>[0]['acts']> = [{ share: 0.5, act: { do: 'wait', ms: 200 } }],
): Promise<void> {
  const shape = { spread: 1 / 3, revokes: 0.02, acts, consumers: [{}, {}, {}] };
  await underLoad(testbed, shape, async ({ lasts, consumers }) => {
    await testbed.sleep(lasts / 6);
    await fault(consumers);
  });
}

export const consumersKilled: Scenario = {
  id: 'F11',
  variant: 'killed',
  title: 'kill -9 of consumers in the middle of handlers',
  expect: { again: ['died'] },
  control: settlesFirst,
  async play(testbed) {
    await among(testbed, async (consumers) => {
      for (const consumer of consumers) {
        await testbed.sleep(testbed.pick(4_000, 800));
        await testbed.during(`${consumer.name} killed`, [], async () => {
          await consumer.kill();
          await testbed.sleep(testbed.pick(1_000, 200));
          await testbed.consumer();
        });
      }
    });
  },
};

export const loopHeld: Scenario = {
  id: 'F11',
  variant: 'held',
  title: 'an event loop held for longer than ttr and lease',
  expect: { again: ['lease lost'] },
  control: alwaysGrants,
  async play(testbed) {
    await among(testbed, async ([first]) => {
      await testbed.during('event loop held', [], async () => {
        await first?.obey({ type: 'block', ms: testbed.pick(9_000, 6_500) });
      });
    });
  },
};

export const suspended: Scenario = {
  id: 'F11',
  variant: 'suspended',
  title: 'SIGSTOP of a consumer for longer than ttr and lease',
  expect: { again: ['lease lost'] },
  control: alwaysGrants,
  async play(testbed) {
    await among(testbed, async ([first]) => {
      await testbed.during('consumer suspended', [], async () => {
        first?.pause();
        await testbed.sleep(testbed.pick(9_000, 6_500));
        first?.resume();
      });
    });
  },
};

export const deployed: Scenario = {
  id: 'F11',
  variant: 'closed',
  title: 'orderly close and replacement of consumers, some handlers running for longer than the shutdown deadline',
  expect: { again: ['given back'] },
  control: deletesFirst,
  async play(testbed) {
    await among(
      testbed,
      async (consumers) => {
        for (const consumer of consumers) {
          await testbed.during(`${consumer.name} closing`, [], async () => {
            await Promise.all([consumer.close(), testbed.consumer()]);
          });
        }
      },
      [
        { share: 0.5, act: { do: 'wait', ms: 200 } },
        { share: 0.02, act: { do: 'wait', ms: 4_500 } },
      ],
    );
  },
};

const POISON = 3;
const ATTEMPTS = 3;

export const poison: Scenario = {
  id: 'F11',
  variant: 'poison',
  title: 'jobs that kill their process each time, among others',
  expect: { counts: { dead: POISON }, again: ['died'] },
  control: { ...settlesFirst, shows: ['lost', 'dead'] },
  async play(testbed) {
    const attempts = { handler: { attempts: ATTEMPTS } };
    const [producer] = await Promise.all([testbed.producer(), testbed.consumers(2, attempts)]);
    const [count, perSecond] = testbed.pick([2_000, 100], [200, 60]);
    const replacing = testbed.processes.replaceTheDead(() => testbed.consumer(attempts));
    const acts = [{ share: 1, act: { do: 'die' } }] as const;
    await Promise.all([
      producer.load(testbed.plan({ count, perSecond, delayMs: [0, 3_000] })),
      producer.load(testbed.plan({ count: POISON, perSecond: 2, delayMs: [500, 1_500], acts })),
    ]);
    await testbed.drained();
    await replacing.end();
  },
};
