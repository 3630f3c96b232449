import { alwaysGrants, NOT_FELT } from './usual.js';
import type { Scenario } from './scenario.js';

export const calm: Scenario = {
  id: 'F0',
  title: 'no fault; a tenth of the jobs due in one second',
  expect: { bounds: NOT_FELT },
  control: alwaysGrants,
  async play(testbed) {
    const [producer] = await Promise.all([testbed.producer(), testbed.consumers(2)]);
    const [count, perSecond] = testbed.pick([9_000, 400], [300, 100]);
    const crowd = testbed.pick(1_000, 50);
    const lasts = (count / perSecond) * 1_000;
    const dueFrom = Math.ceil(testbed.clock.now() + lasts);
    await Promise.all([
      producer.load(testbed.plan({ count, perSecond, delayMs: [0, lasts / 2], revokes: 0.02 })),
      producer.load(testbed.plan({ count: crowd, perSecond, delayMs: [0, 0], dueFrom })),
    ]);
  },
};
