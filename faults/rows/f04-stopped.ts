import type { Row } from './row.js';

export const stopped: Row = {
  id: 'F4',
  title: 'SIGSTOP of a node: it accepts connections and answers nothing',
  expect: { bounds: { 'scheduling p99': 150, 'late p99': 100 } },
  control: {
    what: 'every node has to acknowledge, no deadline',
    name: 'waits-for-all',
    where: 'producers',
    shows: ['stuck'],
  },
  async play(stage) {
    const [producer] = await Promise.all([stage.producer(), stage.consumers(2)]);
    const [count, perSecond] = stage.pick([4_000, 100], [600, 75]);
    const lasts = (count / perSecond) * 1_000;
    const load = producer.obey({
      type: 'load',
      plan: stage.plan({ count, perSecond, delayMs: [0, lasts / 2], revokes: 0.02 }),
    });
    await stage.sleep(lasts / 8);
    await stage.during('node 2 stopped', [1], async () => {
      const node = stage.world.node(1);
      await node.pause();
      await stage.sleep((lasts * 3) / 4);
      node.resume();
    });
    await load;
  },
};
