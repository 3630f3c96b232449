import type { Testbed } from '../servers/testbed.js';
import type { Scenario } from './scenario.js';

async function rolling(testbed: Testbed, restart: (at: number) => Promise<void>): Promise<void> {
  const [producer] = await Promise.all([testbed.producer(), testbed.consumers(2)]);
  const [count, perSecond] = testbed.pick([2_400, 100], [300, 75]);
  const step = ((count / perSecond) * 1_000) / 6;
  const load = producer.obey({
    type: 'load',
    plan: testbed.plan({ count, perSecond, delayMs: [0, 3 * step], revokes: 0.02 }),
  });
  for (const [at, node] of testbed.servers.nodes.entries()) {
    await testbed.sleep(step);
    await testbed.during(`node ${at + 1} killed`, [at], async () => {
      await node.kill();
      await testbed.sleep(step);
      await restart(at);
    });
  }
  await load;
}

const bounds = { 'scheduling p99': 150, 'late p99': 100 };

export const kills: Scenario = {
  id: 'F1',
  title: 'kill -9 of each node in turn and its restart, while jobs are written and come due',
  expect: { bounds },
  control: {
    what: 'claims always granted: a job runs from the copy of a node that returns',
    name: 'always-grants',
    where: 'consumers',
    shows: ['twice'],
  },
  async play(testbed) {
    await rolling(testbed, (at) =>
      testbed.servers
        .node(at)
        .start()
        .then(() => undefined),
    );
  },
};

export const diskLost: Scenario = {
  id: 'F1',
  variant: 'disk lost',
  title: 'the same; the second node comes back with an empty disk',
  expect: { bounds },
  control: { what: 'one copy of each job', name: 'one-copy', where: 'producers', shows: ['lost'] },
  async play(testbed) {
    await rolling(testbed, async (at) => {
      if (at === 1) await testbed.emptyNode(at);
      await testbed.servers.node(at).start();
    });
  },
};
