import type { Testbed } from '../servers/testbed.js';
import { alwaysGrants, oneCopy } from './controls.js';
import type { Scenario } from './scenario.js';
import { underLoad } from './under-load.js';

async function rolling(testbed: Testbed, restart: (at: number) => Promise<void>): Promise<void> {
  await underLoad(testbed, { short: [300, 75], spread: 1 / 2, revokes: 0.02 }, async ({ lasts }) => {
    for (const [at, node] of testbed.servers.nodes.entries()) {
      await testbed.sleep(lasts / 6);
      await testbed.during(`node ${at + 1} killed`, [at], async () => {
        await node.kill();
        await testbed.sleep(lasts / 6);
        await restart(at);
      });
    }
  });
}

const bounds = { 'scheduling p99': 150, 'late p99': 100 };

export const kills: Scenario = {
  id: 'F1',
  title: 'kill -9 of each node in turn and its restart, while jobs are written and come due',
  expect: { bounds },
  control: { ...alwaysGrants, what: 'claims always granted: a job runs from the copy of a node that returns' },
  async play(testbed) {
    await rolling(testbed, async (at) => {
      await testbed.servers.node(at).start();
    });
  },
};

export const diskLost: Scenario = {
  id: 'F1',
  variant: 'disk lost',
  title: 'the same; the second node comes back with an empty disk',
  expect: { bounds },
  control: oneCopy,
  async play(testbed) {
    await rolling(testbed, async (at) => {
      if (at === 1) await testbed.emptyNode(at);
      await testbed.servers.node(at).start();
    });
  },
};
