import type { Stage } from '../world/stage.js';
import type { Worker } from '../worker/worker.js';
import type { Row } from './row.js';

/** One thing that is killed, and what brings it back. */
interface Victim {
  readonly name: string;
  readonly node?: number;
  kill(): Promise<void>;
  bringBack(): Promise<unknown>;
}

function victims(stage: Stage, consumers: Worker[]): Victim[] {
  const { nodes, redis } = stage.world;
  return [
    ...nodes.map((node, at) => ({
      name: `node ${at + 1}`,
      node: at,
      kill: () => node.kill(),
      bringBack: () => node.start(),
    })),
    { name: 'redis', kill: () => redis.kill(), bringBack: () => redis.start() },
    {
      name: 'a consumer',
      kill: async () => consumers.shift()?.kill(),
      bringBack: async () => consumers.push(await stage.consumer()),
    },
  ];
}

export const anything: Row = {
  id: 'F1',
  variant: 'anything',
  title: 'kill -9 of a node, of Redis or of a consumer, chosen by chance, one after the other',
  expect: { again: ['died'] },
  control: {
    what: 'a copy is deleted when it is reserved, as dq does it',
    name: 'deletes-first',
    where: 'consumers',
    shows: ['lost'],
  },
  async play(stage) {
    const [producer, consumers] = await Promise.all([stage.producer(), stage.consumers(3)]);
    const [count, perSecond, kills] = stage.pick([3_000, 100, 12], [300, 60, 4]);
    const lasts = (count / perSecond) * 1_000;
    const load = producer.obey({
      type: 'load',
      plan: stage.plan({
        count,
        perSecond,
        delayMs: [0, lasts / 3],
        revokes: 0.02,
        acts: [{ share: 0.3, act: { do: 'wait', ms: 200 } }],
      }),
    });
    const choices = victims(stage, consumers);
    for (let left = kills; left > 0; left--) {
      await stage.sleep((0.3 * lasts) / kills);
      const victim = choices[Math.floor(stage.random() * choices.length)] as Victim;
      await stage.during(`${victim.name} killed`, victim.node === undefined ? [] : [victim.node], async () => {
        await victim.kill();
        await stage.sleep((0.6 * lasts * stage.random()) / kills);
        await victim.bringBack();
      });
    }
    await load;
  },
};
