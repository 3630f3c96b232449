import type { Scenario } from './scenario.js';

export const paused: Scenario = {
  id: 'F20',
  variant: 'pause',
  title:
    'a tube is paused while its jobs come due, Redis with an append-only file is killed and restarted meanwhile, and the tube is resumed: ' +
    'no run begins while it is paused, each runs once after',
  expect: {},
  control: {
    what: 'a pause is acknowledged, and nobody is told of it',
    name: 'forgets-pauses',
    where: 'producers',
    shows: ['started while paused'],
  },
  async play(testbed) {
    const [producer] = await Promise.all([testbed.producer(), testbed.consumers(3)]);
    const [count, perSecond] = testbed.pick([4_000, 500], [600, 200]);
    const lasts = (count / perSecond) * 1_000;
    // Some come due before, most while it is paused; handlers that run go on.
    const acts = [{ share: 0.2, act: { do: 'finish', ms: 300 } }] as const;
    const plan = testbed.plan({ count, perSecond, delayMs: [0, 1_000], acts });
    const load = producer.load(plan);
    await testbed.sleep(lasts / 4);
    const { tube } = plan;
    for (let round = 0; round < testbed.pick(3, 1); round++) {
      await producer.obey({ type: 'gate', tube, word: 'pause' });
      await testbed.killRedis(testbed.pick(6_000, 1_500));
      await testbed.sleep(testbed.pick(4_000, 2_500));
      await producer.obey({ type: 'gate', tube, word: 'resume' });
      await testbed.sleep(testbed.pick(1_500, 500));
    }
    await load;
  },
};
