import type { Scenario } from './scenario.js';

export const allKilled: Scenario = {
  id: 'F3',
  title: 'kill -9 of all nodes at once, and their restart, while jobs are written and come due',
  // Nobody can take a job while all nodes are away, and says so.
  expect: { counts: { rejected: {} } },
  control: {
    what: 'nodes without a log',
    servers: { binlog: false },
    shows: ['lost'],
  },
  async play(testbed) {
    const [producer] = await Promise.all([testbed.producer(), testbed.consumers(2)]);
    const [count, perSecond] = testbed.pick([2_400, 100], [300, 75]);
    const lasts = (count / perSecond) * 1_000;
    const load = producer.obey({ type: 'load', plan: testbed.plan({ count, perSecond, delayMs: [0, lasts / 2] }) });
    await testbed.sleep(lasts / 2);
    await testbed.during('all nodes killed', [0, 1, 2], async () => {
      await Promise.all(testbed.servers.nodes.map((node) => node.kill()));
      await testbed.sleep(testbed.pick(3_000, 500));
      await Promise.all(testbed.servers.nodes.map((node) => node.start()));
    });
    await load;
  },
};
