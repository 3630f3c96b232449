import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { Scenario } from './scenario.js';

function slow(variant: string, title: string, make: (wire: TcpProxy) => void): Scenario {
  return {
    id: 'F6',
    variant,
    title,
    servers: { proxied: true },
    expect: { bounds: { 'scheduling p99': 150, 'late p99': 100 } },
    settleWithinMs: 950,
    control: {
      what: 'every node has to acknowledge, no deadline: the slowest sets the pace',
      name: 'waits-for-all',
      where: 'producers',
      shows: ['unsettled'],
    },
    async play(testbed) {
      const options = { options: { commandDeadline: '3s' } };
      const [producer] = await Promise.all([testbed.producer(options), testbed.consumers(2, options)]);
      const [count, perSecond] = testbed.pick([2_400, 100], [250, 50]);
      const lasts = (count / perSecond) * 1_000;
      const load = producer.obey({ type: 'load', plan: testbed.plan({ count, perSecond, delayMs: [0, lasts / 3] }) });
      await testbed.sleep(lasts / 6);
      await testbed.during(`node 3 ${variant}`, [2], async () => {
        make(testbed.servers.wire(2));
        await testbed.sleep((lasts * 2) / 3);
        testbed.servers.wire(2).pass();
      });
      await load;
    },
  };
}

export const slowNode: readonly Scenario[] = [
  slow('jitter', 'a node answers 1 to 2 s late', (wire) => wire.delay(500, 500)),
  slow('drip', 'a node is reached at one byte a second', (wire) => wire.drip(1_000)),
  slow('half open', 'a node loses its connections and the clients are not told', (wire) => {
    wire.halfOpen();
    wire.partition();
  }),
];
