import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { Testbed } from '../servers/testbed.js';
import { alwaysGrants } from './controls.js';
import type { Scenario } from './scenario.js';
import { underLoad } from './under-load.js';

/** Everything that one consumer alone has between itself and the servers. */
async function ownWires({
  servers,
}: Testbed): Promise<{ readonly nodes: readonly TcpProxy[]; readonly redis: TcpProxy }> {
  const nodes = await Promise.all(servers.nodes.map((node) => servers.ownWire(node)));
  return { nodes, redis: await servers.ownWire(servers.redis) };
}

function cutOff(variant: string, title: string, cut: (wires: Awaited<ReturnType<typeof ownWires>>) => void): Scenario {
  return {
    id: 'F5',
    variant,
    title,
    // A result that cannot be told until the lease is over counts as lost.
    expect: { again: ['lease lost'] },
    control: alwaysGrants,
    async play(testbed) {
      const wires = await ownWires(testbed);
      const own = { beanstalks: wires.nodes.map(({ endpoint }) => endpoint), redis: `redis://${wires.redis.endpoint}` };
      const acts = [{ share: 0.5, act: { do: 'wait', ms: 200 } }] as const;
      const shape = { short: [250, 50], spread: 1 / 3, revokes: 0.02, acts, consumers: [own, {}] } as const;
      await underLoad(testbed, shape, async ({ lasts }) => {
        await testbed.sleep(lasts / 4);
        await testbed.during(`a consumer ${variant}`, [], async () => {
          cut(wires);
          await testbed.sleep(testbed.pick(10_000, 4_000));
          for (const wire of [...wires.nodes, wires.redis]) wire.pass();
        });
      });
    },
  };
}

export const oneConsumer: readonly Scenario[] = [
  cutOff('without Redis', 'one consumer hears nothing of Redis for longer than a lease', ({ redis }) =>
    redis.partition(),
  ),
  cutOff('without nodes', 'one consumer hears nothing of two nodes for longer than ttr', ({ nodes }) => {
    for (const wire of nodes.slice(0, 2)) wire.partition();
  }),
];
