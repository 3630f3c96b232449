import type { Testbed } from '../servers/testbed.js';
import type { Worker } from '../worker/worker.js';
import { deletesFirst } from './controls.js';
import type { Scenario } from './scenario.js';
import { underLoad } from './under-load.js';

/** One thing that is killed, and what brings it back. */
interface Victim {
  readonly name: string;
  readonly node?: number;
  kill(): Promise<void>;
  bringBack(): Promise<unknown>;
}

function victims(testbed: Testbed, consumers: Worker[]): Victim[] {
  const { nodes, redis } = testbed.servers;
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
      bringBack: async () => consumers.push(await testbed.consumer()),
    },
  ];
}

export const anything: Scenario = {
  id: 'F1',
  variant: 'anything',
  title: 'kill -9 of a node, of Redis or of a consumer, chosen by chance, one after the other',
  expect: { again: ['died'] },
  control: deletesFirst,
  async play(testbed) {
    const acts = [{ share: 0.3, act: { do: 'wait', ms: 200 } }] as const;
    const usual = { full: [3_000, 100], short: [300, 60], spread: 1 / 3, revokes: 0.02, acts } as const;
    const kills = testbed.pick(12, 4);
    await underLoad(testbed, { ...usual, consumers: [{}, {}, {}] }, async ({ lasts, consumers }) => {
      const choices = victims(testbed, consumers);
      for (let left = kills; left > 0; left--) {
        await testbed.sleep((0.3 * lasts) / kills);
        const victim = choices[Math.floor(testbed.random() * choices.length)] as Victim;
        await testbed.during(`${victim.name} killed`, victim.node === undefined ? [] : [victim.node], async () => {
          await victim.kill();
          await testbed.sleep((0.6 * lasts * testbed.random()) / kills);
          await victim.bringBack();
        });
      }
    });
  },
};
