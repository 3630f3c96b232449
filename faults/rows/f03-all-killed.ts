import type { Row } from './row.js';

export const allKilled: Row = {
  id: 'F3',
  title: 'kill -9 of all nodes at once, and their restart, while jobs are written and come due',
  // Nobody can take a job while all nodes are away, and says so.
  expect: { counts: { rejected: {} } },
  control: {
    what: 'nodes without a log',
    world: { binlog: false },
    shows: ['lost'],
  },
  async play(stage) {
    const [producer] = await Promise.all([stage.producer(), stage.consumers(2)]);
    const [count, perSecond] = stage.pick([2_400, 100], [300, 75]);
    const lasts = (count / perSecond) * 1_000;
    const load = producer.obey({ type: 'load', plan: stage.plan({ count, perSecond, delayMs: [0, lasts / 2] }) });
    await stage.sleep(lasts / 2);
    await stage.during('all nodes killed', [0, 1, 2], async () => {
      await Promise.all(stage.world.nodes.map((node) => node.kill()));
      await stage.sleep(stage.pick(3_000, 500));
      await Promise.all(stage.world.nodes.map((node) => node.start()));
    });
    await load;
  },
};
