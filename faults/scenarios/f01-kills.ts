import type { Testbed } from '../servers/testbed.js';
import type { Worker } from '../worker/worker.js';
import type { Scenario } from './scenario.js';
import type { Load, UnderLoad } from './under-load.js';
import { alwaysGrants, deletesFirst, NOT_FELT, oneCopy } from './usual.js';

const load: Load = { short: [300, 75], spread: 1 / 2, revokes: 0.02 };

/** Kills each node in turn; what `lose` says becomes of its disk before it is back. */
async function rolling(testbed: Testbed, { lasts }: UnderLoad, lose?: (at: number) => Promise<void>): Promise<void> {
  for (const [at, node] of testbed.servers.nodes.entries()) {
    await testbed.sleep(lasts / 6);
    await testbed.during(`node ${at + 1} killed`, [at], async () => {
      await node.kill();
      await testbed.sleep(lasts / 6);
      await lose?.(at);
      await node.start();
    });
  }
}

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

export const kills: readonly Scenario[] = [
  {
    id: 'F1',
    title: 'kill -9 of each node in turn and its restart, while jobs are written and come due',
    expect: { bounds: NOT_FELT },
    control: { ...alwaysGrants, what: 'claims always granted: a job runs from the copy of a node that returns' },
    load,
    fault: rolling,
  },
  {
    id: 'F1',
    variant: 'disk lost',
    title: 'the same; the second node comes back with an empty disk',
    expect: { bounds: NOT_FELT },
    control: oneCopy,
    load,
    fault: (testbed, under) =>
      rolling(testbed, under, async (at) => {
        if (at === 1) await testbed.emptyNode(at);
      }),
  },
  {
    id: 'F1',
    variant: 'anything',
    title: 'kill -9 of a node, of Redis or of a consumer, chosen by chance, one after the other',
    expect: { again: ['died'] },
    control: deletesFirst,
    load: {
      full: [3_000, 100],
      spread: 1 / 3,
      revokes: 0.02,
      acts: [{ share: 0.3, act: { do: 'finish', ms: 200 } }],
      consumers: [{}, {}, {}],
    },
    async fault(testbed, { lasts, consumers }) {
      const kills = testbed.pick(12, 4);
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
    },
  },
];
