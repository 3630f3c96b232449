import type { Row } from './row.js';

export const producerKilled: Row = {
  id: 'F12',
  title: 'kill -9 of producers between the acknowledgements of the nodes; others ask again for the same ids',
  world: { proxied: true },
  expect: {},
  control: {
    what: 'ids are made anew for each call',
    name: 'forgets-ids',
    where: 'producers',
    shows: ['duplicated'],
  },
  async play(stage) {
    await stage.consumers(2);
    // Nodes acknowledge one after the other, so that a kill comes in between for some.
    stage.world.wire(1).delay(60, 20);
    stage.world.wire(2).delay(120, 40);
    const [count, perSecond, kills] = stage.pick([2_000, 150, 5], [250, 80, 2]);
    const step = ((count / perSecond) * 1_000) / (kills + 1);
    const plan = stage.plan({ count, perSecond, delayMs: [0, 4_000], ownIds: true });
    for (let left = kills; left >= 0; left--) {
      const producer = await stage.producer();
      const load = producer.obey({ type: 'load', plan: { ...plan, only: stage.unanswered(plan) } });
      if (left === 0) {
        await load;
        break;
      }
      await stage.sleep(step);
      await stage.during(`${producer.name} killed`, [], () => producer.kill());
    }
  },
};
