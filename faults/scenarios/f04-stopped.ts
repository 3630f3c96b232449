import type { Scenario } from './scenario.js';
import { NOT_FELT, waitsForAll } from './usual.js';

export const stopped: Scenario = {
  id: 'F4',
  title: 'SIGSTOP of a node: it accepts connections and answers nothing',
  expect: { bounds: NOT_FELT },
  control: waitsForAll,
  load: { full: [4_000, 100], short: [600, 75], spread: 1 / 2, revokes: 0.02 },
  async fault(testbed, { lasts }) {
    await testbed.sleep(lasts / 8);
    await testbed.during('node 2 stopped', [1], async () => {
      const node = testbed.servers.node(1);
      await node.pause();
      await testbed.sleep((lasts * 3) / 4);
      node.resume();
    });
  },
};
