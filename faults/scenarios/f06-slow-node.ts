import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { Scenario } from './scenario.js';
import { NOT_FELT, waitsForAll } from './usual.js';

/** Shorter than the node takes, or its deadline, and long enough for a machine that stands still for a while. */
const SETTLED_MS = 2_900;

function slow(variant: string, title: string, deadline: `${number}s`, make: (wire: TcpProxy) => void): Scenario {
  const app = { options: { commandDeadline: deadline } };
  return {
    id: 'F6',
    variant,
    title,
    servers: { proxied: true },
    expect: { bounds: NOT_FELT },
    settleWithinMs: SETTLED_MS,
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
  slow('jitter', 'a node answers 3 to 4 s late', '6s', (wire) => wire.delay(1_500, 500)),
  slow('drip', 'a node is reached at one byte a second', '3s', (wire) => wire.drip(1_000)),
  slow('half open', 'a node loses its connections and the clients are not told', '3s', (wire) => {
    wire.halfOpen();
    wire.partition();
  }),
];
