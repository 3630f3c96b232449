import { startHostileNode } from '../world/hostile-node.js';
import type { Row } from './row.js';

export const hostileWire: Row = {
  id: 'F15',
  title:
    'one of three nodes sends random bytes, wrong lengths, extra and broken replies, endless lines, or nothing; ' +
    'another one is killed and restarted meanwhile',
  // With one node left that can be trusted, a write may find no second one.
  expect: { counts: { rejected: {} }, bounds: { 'scheduling p99': 150, 'memory MB': 300 } },
  control: {
    what: 'fivebeans as it is: its own replies, no deadlines',
    name: 'bare-fivebeans',
    where: 'producers',
    shows: ['stuck'],
  },
  async play(stage) {
    const hostile = await startHostileNode(stage.random);
    try {
      const beanstalks = [stage.endpoint(0), hostile.endpoint, stage.endpoint(2)];
      const [producer] = await Promise.all([stage.producer({ beanstalks }), stage.consumers(2, { beanstalks })]);
      const [count, perSecond] = stage.pick([2_400, 100], [300, 60]);
      await stage.during('node 2 hostile', [1], async () => {
        const lasts = (count / perSecond) * 1_000;
        const load = producer.obey({
          type: 'load',
          plan: stage.plan({ count, perSecond, delayMs: [0, 3_000], revokes: 0.1 }),
        });
        await stage.sleep(lasts / 2);
        await stage.during('node 1 killed', [0], async () => {
          await stage.world.node(0).kill();
          await stage.sleep(lasts / 5);
          await stage.world.node(0).start();
        });
        await load;
        await stage.ended(stage.pick(20_000, 8_000));
      });
    } finally {
      await hostile.close();
    }
  },
};
