import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { Scenario } from './scenario.js';
import { NOT_FELT, waitsForAll } from './usual.js';

const app = { options: { commandDeadline: '3s' } } as const;

function slow(variant: string, title: string, make: (wire: TcpProxy) => void): Scenario {
  return {
    id: 'F6',
    variant,
    title,
    servers: { proxied: true },
    expect: { bounds: NOT_FELT },
    settleWithinMs: 950,
    control: { ...waitsForAll, what: `${waitsForAll.what}: the slowest sets the pace` },
    load: { short: [250, 50], spread: 1 / 3, producer: app, consumers: [app, app] },
    async fault(testbed, { lasts }) {
      await testbed.sleep(lasts / 6);
      await testbed.during(`node 3 ${variant}`, [2], async () => {
        make(testbed.servers.wire(2));
        await testbed.sleep((lasts * 2) / 3);
        testbed.servers.wire(2).pass();
      });
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
