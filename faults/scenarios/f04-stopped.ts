import type { Scenario } from './scenario.js';

export const stopped: Scenario = {
  id: 'F4',
  title: 'SIGSTOP of a node: it accepts connections and answers nothing',
  expect: { bounds: { 'scheduling p99': 150, 'late p99': 100 } },
  control: {
    what: 'every node has to acknowledge, no deadline',
    name: 'waits-for-all',
    where: 'producers',
    shows: ['unsettled'],
  },
  async play(testbed) {
    const [producer] = await Promise.all([testbed.producer(), testbed.consumers(2)]);
    const [count, perSecond] = testbed.pick([4_000, 100], [600, 75]);
    const lasts = (count / perSecond) * 1_000;
    const load = producer.obey({
      type: 'load',
      plan: testbed.plan({ count, perSecond, delayMs: [0, lasts / 2], revokes: 0.02 }),
    });
    await testbed.sleep(lasts / 8);
    await testbed.during('node 2 stopped', [1], async () => {
      const node = testbed.servers.node(1);
      await node.pause();
      await testbed.sleep((lasts * 3) / 4);
      node.resume();
    });
    await load;
  },
};
