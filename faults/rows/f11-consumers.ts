import type { Worker } from '../worker/worker.js';
import type { Stage } from '../world/stage.js';
import type { Row } from './row.js';

/** A load whose handlers take their time, under three consumers that `fault` ends and replaces. */
async function among(
  stage: Stage,
  fault: (consumers: Worker[]) => Promise<void>,
  acts: NonNullable<Parameters<Stage['plan']>[0]['acts']> = [{ share: 0.5, act: { do: 'wait', ms: 200 } }],
): Promise<void> {
  const [producer, consumers] = await Promise.all([stage.producer(), stage.consumers(3)]);
  const [count, perSecond] = stage.pick([2_400, 100], [300, 60]);
  const lasts = (count / perSecond) * 1_000;
  const load = producer.obey({
    type: 'load',
    plan: stage.plan({ count, perSecond, delayMs: [0, lasts / 3], revokes: 0.02, acts }),
  });
  await stage.sleep(lasts / 6);
  await fault(consumers);
  await load;
}

export const consumersKilled: Row = {
  id: 'F11',
  variant: 'killed',
  title: 'kill -9 of consumers in the middle of handlers',
  expect: { again: ['died'] },
  control: {
    what: 'a job counts as done as soon as it is claimed',
    name: 'settles-first',
    where: 'consumers',
    shows: ['lost'],
  },
  async play(stage) {
    await among(stage, async (consumers) => {
      for (const consumer of consumers) {
        await stage.sleep(stage.pick(4_000, 800));
        await stage.during(`${consumer.name} killed`, [], async () => {
          await consumer.kill();
          await stage.sleep(stage.pick(1_000, 200));
          await stage.consumer();
        });
      }
    });
  },
};

export const loopHeld: Row = {
  id: 'F11',
  variant: 'held',
  title: 'an event loop held for longer than ttr and lease',
  expect: { again: ['lease lost'] },
  control: {
    what: 'claims always granted',
    name: 'always-grants',
    where: 'consumers',
    shows: ['duplicated'],
  },
  async play(stage) {
    const held = stage.pick(9_000, 6_500);
    await among(stage, async ([first]) => {
      await stage.during('event loop held', [], async () => {
        await first?.obey({ type: 'block', ms: held });
      });
    });
  },
};

export const suspended: Row = {
  id: 'F11',
  variant: 'suspended',
  title: 'SIGSTOP of a consumer for longer than ttr and lease',
  expect: { again: ['lease lost'] },
  control: {
    what: 'claims always granted',
    name: 'always-grants',
    where: 'consumers',
    shows: ['duplicated'],
  },
  async play(stage) {
    const held = stage.pick(9_000, 6_500);
    await among(stage, async ([first]) => {
      await stage.during('consumer suspended', [], async () => {
        first?.pause();
        await stage.sleep(held);
        first?.resume();
      });
    });
  },
};

export const deployed: Row = {
  id: 'F11',
  variant: 'closed',
  title: 'orderly close and replacement of consumers, some handlers running for longer than the shutdown deadline',
  expect: { again: ['given back'] },
  control: {
    what: 'a copy is deleted when it is reserved, as dq does it',
    name: 'deletes-first',
    where: 'consumers',
    shows: ['lost'],
  },
  async play(stage) {
    await among(
      stage,
      async (consumers) => {
        for (const consumer of consumers) {
          await stage.during(`${consumer.name} closing`, [], async () => {
            await Promise.all([consumer.close(), stage.consumer()]);
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

export const poison: Row = {
  id: 'F11',
  variant: 'poison',
  title: 'jobs that kill their process each time, among others',
  expect: { counts: { dead: POISON }, again: ['died'] },
  control: {
    what: 'a job counts as done as soon as it is claimed',
    name: 'settles-first',
    where: 'consumers',
    shows: ['lost', 'dead'],
  },
  async play(stage) {
    const attempts = { handler: { attempts: ATTEMPTS } };
    const [producer] = await Promise.all([stage.producer(), stage.consumers(2, attempts)]);
    const [count, perSecond] = stage.pick([2_000, 100], [200, 60]);
    const replacing = stage.cast.replaceTheDead(() => stage.consumer(attempts));
    await Promise.all([
      producer.obey({ type: 'load', plan: stage.plan({ count, perSecond, delayMs: [0, 3_000] }) }),
      producer.obey({
        type: 'load',
        plan: stage.plan({
          count: POISON,
          perSecond: 2,
          delayMs: [500, 1_500],
          acts: [{ share: 1, act: { do: 'die' } }],
        }),
      }),
    ]);
    await stage.drained();
    await replacing.end();
  },
};
