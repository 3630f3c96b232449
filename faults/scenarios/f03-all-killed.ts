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
  load: { short: [300, 75], spread: 1 / 2 },
  async fault(testbed, { lasts }) {
    await testbed.sleep(lasts / 2);
    await testbed.during('all nodes killed', [0, 1, 2], async () => {
      await Promise.all(testbed.servers.nodes.map((node) => node.kill()));
      await testbed.sleep(testbed.pick(3_000, 500));
      await Promise.all(testbed.servers.nodes.map((node) => node.start()));
    });
  },
};
