import type { Scenario } from './scenario.js';

function partition(direction: 'both' | 'toServer' | 'toClient', title: string): Scenario {
  return {
    id: 'F5',
    variant: direction,
    title,
    servers: { proxied: true },
    expect: { bounds: { 'scheduling p99': 150, 'late p99': 100 } },
    control: {
      what: 'claims always granted: copies that come back by their time to run are run again',
      name: 'always-grants',
      where: 'consumers',
      shows: ['twice'],
    },
    async play(testbed) {
      const [producer] = await Promise.all([testbed.producer(), testbed.consumers(2)]);
      const [count, perSecond] = testbed.pick([2_400, 100], [300, 50]);
      const lasts = (count / perSecond) * 1_000;
      const plan = testbed.plan({
        count,
        perSecond,
        delayMs: [0, lasts / 2],
        revokes: 0.02,
        // So that copies are held when the partition begins.
        acts: [{ share: 0.3, act: { do: 'wait', ms: 300 } }],
      });
      const load = producer.obey({ type: 'load', plan });
      await testbed.sleep(lasts / 6);
      await testbed.during('node 1 cut off', [0], async () => {
        testbed.servers.wire(0).partition(direction);
        await testbed.sleep((lasts * 2) / 3);
        testbed.servers.wire(0).pass();
      });
      await load;
    },
  };
}

export const partitions: readonly Scenario[] = [
  partition('both', 'no byte gets to a node or back, and nobody is told; then all of them at once'),
  partition('toServer', 'the same, only on the way to the node'),
  partition('toClient', 'the same, only on the way back'),
];
