import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { Stage } from '../world/stage.js';
import type { Row } from './row.js';

/** Everything that one consumer alone has between itself and the servers. */
async function ownWires({ world }: Stage): Promise<{ readonly nodes: readonly TcpProxy[]; readonly redis: TcpProxy }> {
  const nodes = await Promise.all(world.nodes.map((node) => world.ownWire(node)));
  return { nodes, redis: await world.ownWire(world.redis) };
}

function cutOff(variant: string, title: string, cut: (wires: Awaited<ReturnType<typeof ownWires>>) => void): Row {
  return {
    id: 'F5',
    variant,
    title,
    // A result that cannot be told until the lease is over counts as lost.
    expect: { again: ['lease lost'] },
    control: { what: 'claims always granted', name: 'always-grants', where: 'consumers', shows: ['duplicated'] },
    async play(stage) {
      const wires = await ownWires(stage);
      const own = { beanstalks: wires.nodes.map(({ endpoint }) => endpoint), redis: `redis://${wires.redis.endpoint}` };
      const [producer] = await Promise.all([stage.producer(), stage.consumer(own), stage.consumer()]);
      const [count, perSecond] = stage.pick([2_400, 100], [250, 50]);
      const lasts = (count / perSecond) * 1_000;
      const acts = [{ share: 0.5, act: { do: 'wait', ms: 200 } }] as const;
      const load = producer.obey({
        type: 'load',
        plan: stage.plan({ count, perSecond, delayMs: [0, lasts / 3], revokes: 0.02, acts }),
      });
      await stage.sleep(lasts / 4);
      await stage.during(`a consumer ${variant}`, [], async () => {
        cut(wires);
        await stage.sleep(stage.pick(10_000, 4_000));
        for (const wire of [...wires.nodes, wires.redis]) wire.pass();
      });
      await load;
    },
  };
}

export const oneConsumer: readonly Row[] = [
  cutOff('without Redis', 'one consumer hears nothing of Redis for longer than a lease', ({ redis }) =>
    redis.partition(),
  ),
  cutOff('without nodes', 'one consumer hears nothing of two nodes for longer than ttr', ({ nodes }) => {
    for (const wire of nodes.slice(0, 2)) wire.partition();
  }),
];
