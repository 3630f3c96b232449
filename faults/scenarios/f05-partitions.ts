import { alwaysGrants } from './controls.js';
import type { Scenario } from './scenario.js';
import { underLoad } from './under-load.js';

function partition(direction: 'both' | 'toServer' | 'toClient', title: string): Scenario {
  return {
    id: 'F5',
    variant: direction,
    title,
    servers: { proxied: true },
    expect: { bounds: { 'scheduling p99': 150, 'late p99': 100 } },
    control: {
      ...alwaysGrants,
      what: 'claims always granted: copies that come back by their time to run are run again',
    },
    async play(testbed) {
      // So that copies are held when the partition begins.
      const acts = [{ share: 0.3, act: { do: 'wait', ms: 300 } }] as const;
      await underLoad(testbed, { short: [300, 50], spread: 1 / 2, revokes: 0.02, acts }, async ({ lasts }) => {
        await testbed.sleep(lasts / 6);
        await testbed.during('node 1 cut off', [0], async () => {
          testbed.servers.wire(0).partition(direction);
          await testbed.sleep((lasts * 2) / 3);
          testbed.servers.wire(0).pass();
        });
      });
    },
  };
}

export const partitions: readonly Scenario[] = [
  partition('both', 'no byte gets to a node or back, and nobody is told; then all of them at once'),
  partition('toServer', 'the same, only on the way to the node'),
  partition('toClient', 'the same, only on the way back'),
];
