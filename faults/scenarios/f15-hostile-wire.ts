import { startHostileNode } from '../servers/hostile-node.js';
import type { Scenario } from './scenario.js';

export const hostileWire: Scenario = {
  id: 'F15',
  title:
    'one of three nodes sends random bytes, wrong lengths, extra and broken replies, endless lines, or nothing; ' +
    'another one is killed and restarted meanwhile',
  // With one node left that can be trusted, a write may find no second one.
  expect: { counts: { rejected: {} }, bounds: { 'scheduling p99': 150, 'memory MB': 300 } },
  control: {
    what: 'fivebeans as it is: its own replies, no deadlines',
    name: 'bare-fivebeans',
    where: 'producers',
    shows: ['unsettled'],
  },
  async play(testbed) {
    const hostile = await startHostileNode(testbed.random);
    try {
      const beanstalks = [testbed.endpoint(0), hostile.endpoint, testbed.endpoint(2)];
      const [producer] = await Promise.all([testbed.producer({ beanstalks }), testbed.consumers(2, { beanstalks })]);
      const [count, perSecond] = testbed.pick([2_400, 100], [300, 60]);
      await testbed.during('node 2 hostile', [1], async () => {
        const lasts = (count / perSecond) * 1_000;
        const load = producer.load(testbed.plan({ count, perSecond, delayMs: [0, 3_000], revokes: 0.1 }));
        await testbed.sleep(lasts / 2);
        await testbed.during('node 1 killed', [0], async () => {
          await testbed.servers.node(0).kill();
          await testbed.sleep(lasts / 5);
          await testbed.servers.node(0).start();
        });
        await load;
        await testbed.ended(testbed.pick(20_000, 8_000));
      });
    } finally {
      await hostile.close();
    }
  },
};
