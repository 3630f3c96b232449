import type { Stage } from '../world/stage.js';
import type { Row } from './row.js';

async function rolling(stage: Stage, restart: (at: number) => Promise<void>): Promise<void> {
  const [producer] = await Promise.all([stage.producer(), stage.consumers(2)]);
  const [count, perSecond] = stage.pick([2_400, 100], [300, 75]);
  const step = ((count / perSecond) * 1_000) / 6;
  const load = producer.obey({
    type: 'load',
    plan: stage.plan({ count, perSecond, delayMs: [0, 3 * step], revokes: 0.02 }),
  });
  for (const [at, node] of stage.world.nodes.entries()) {
    await stage.sleep(step);
    await stage.during(`node ${at + 1} killed`, [at], async () => {
      await node.kill();
      await stage.sleep(step);
      await restart(at);
    });
  }
  await load;
}

const bounds = { 'scheduling p99': 150, 'late p99': 100 };

export const kills: Row = {
  id: 'F1',
  title: 'kill -9 of each node in turn and its restart, while jobs are written and come due',
  expect: { bounds },
  control: {
    what: 'claims always granted: a job runs from the copy of a node that returns',
    name: 'always-grants',
    where: 'consumers',
    shows: ['duplicated'],
  },
  async play(stage) {
    await rolling(stage, (at) =>
      stage.world
        .node(at)
        .start()
        .then(() => undefined),
    );
  },
};

export const diskLost: Row = {
  id: 'F1',
  variant: 'disk lost',
  title: 'the same; the second node comes back with an empty disk',
  expect: { bounds },
  control: { what: 'one copy of each job', name: 'one-copy', where: 'producers', shows: ['lost'] },
  async play(stage) {
    await rolling(stage, async (at) => {
      if (at === 1) await stage.emptyNode(at);
      await stage.world.node(at).start();
    });
  },
};
