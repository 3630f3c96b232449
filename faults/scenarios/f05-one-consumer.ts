import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { Testbed } from '../servers/testbed.js';
import type { Scenario } from './scenario.js';

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
    control: { what: 'claims always granted', name: 'always-grants', where: 'consumers', shows: ['twice'] },
    async play(testbed) {
      const wires = await ownWires(testbed);
      const own = { beanstalks: wires.nodes.map(({ endpoint }) => endpoint), redis: `redis://${wires.redis.endpoint}` };
      const [producer] = await Promise.all([testbed.producer(), testbed.consumer(own), testbed.consumer()]);
      const [count, perSecond] = testbed.pick([2_400, 100], [250, 50]);
      const lasts = (count / perSecond) * 1_000;
      const acts = [{ share: 0.5, act: { do: 'wait', ms: 200 } }] as const;
      const load = producer.obey({
        type: 'load',
        plan: testbed.plan({ count, perSecond, delayMs: [0, lasts / 3], revokes: 0.02, acts }),
      });
      await testbed.sleep(lasts / 4);
      await testbed.during(`a consumer ${variant}`, [], async () => {
        cut(wires);
        await testbed.sleep(testbed.pick(10_000, 4_000));
        for (const wire of [...wires.nodes, wires.redis]) wire.pass();
      });
      await load;
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
