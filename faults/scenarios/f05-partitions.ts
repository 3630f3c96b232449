import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { Scenario } from './scenario.js';
import { underLoad } from './under-load.js';
import { alwaysGrants, NOT_FELT } from './usual.js';

function partition(direction: 'both' | 'toServer' | 'toClient', title: string): Scenario {
  return {
    id: 'F5',
    variant: direction,
    title,
    servers: { proxied: true },
    expect: { bounds: NOT_FELT },
    control: {
      ...alwaysGrants,
      what: 'claims always granted: copies that come back by their time to run are run again',
    },
    // So that copies are held when the partition begins.
    load: { short: [300, 50], spread: 1 / 2, revokes: 0.02, acts: [{ share: 0.3, act: { do: 'finish', ms: 300 } }] },
    async fault(testbed, { lasts }) {
      await testbed.sleep(lasts / 6);
      await testbed.during('node 1 cut off', [0], async () => {
        testbed.servers.wire(0).partition(direction);
        await testbed.sleep((lasts * 2) / 3);
        testbed.servers.wire(0).pass();
      });
    },
  };
}

/** One consumer alone is cut off: it has wires of its own to everything. */
function cutOff(variant: string, title: string, cut: (nodes: readonly TcpProxy[], redis: TcpProxy) => void): Scenario {
  return {
    id: 'F5',
    variant,
    title,
    // A result that cannot be told until the lease is over counts as lost.
    expect: { again: ['lease lost'] },
    control: alwaysGrants,
    async play(testbed) {
      const { servers } = testbed;
      const nodes = await Promise.all(servers.nodes.map((node) => servers.ownWire(node)));
      const redis = await servers.ownWire(servers.redis);
      const own = { beanstalks: nodes.map(({ endpoint }) => endpoint), redis: `redis://${redis.endpoint}` };
      const acts = [{ share: 0.5, act: { do: 'finish', ms: 200 } }] as const;
      const shape = { short: [250, 50], spread: 1 / 3, revokes: 0.02, acts, consumers: [own, {}] } as const;
      await underLoad(testbed, shape, async ({ lasts }) => {
        await testbed.sleep(lasts / 4);
        await testbed.during(`a consumer ${variant}`, [], async () => {
          cut(nodes, redis);
          await testbed.sleep(testbed.pick(10_000, 4_000));
          for (const wire of [...nodes, redis]) wire.pass();
        });
      });
    },
  };
}

export const partitions: readonly Scenario[] = [
  partition('both', 'no byte gets to a node or back, and nobody is told; then all of them at once'),
  partition('toServer', 'the same, only on the way to the node'),
  partition('toClient', 'the same, only on the way back'),
  cutOff('without Redis', 'one consumer hears nothing of Redis for longer than a lease', (_nodes, redis) =>
    redis.partition(),
  ),
  cutOff('without nodes', 'one consumer hears nothing of two nodes for longer than ttr', (nodes) => {
    for (const wire of nodes.slice(0, 2)) wire.partition();
  }),
];
