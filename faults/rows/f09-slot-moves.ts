import { TUBE } from '../world/cast.js';
import { SlotMove } from '../world/slot-move.js';
import type { Row } from './row.js';

const COUNT = { full: 600, short: 60 };

export const slotMoves: Row = {
  id: 'F9',
  variant: 'slot moves',
  title:
    'a Redis Cluster moves the slot of a tube to another master while others ask for the ids of its jobs, and while they come due',
  world: { cluster: true },
  expect: { counts: { rejected: { min: COUNT.short } } },
  control: {
    what: 'an id is free for whoever asks',
    name: 'takes-any-id',
    where: 'producers',
    shows: ['idTwice'],
  },
  async play(stage) {
    const [producer, rival] = await Promise.all([stage.producer(), stage.producer(), stage.consumers(2)]);
    const count = stage.pick(COUNT.full, COUNT.short);
    const plan = stage.plan({ count, perSecond: 200, delayMs: [2_000, 8_000], ownIds: true });
    await producer.obey({ type: 'load', plan });
    const move = await SlotMove.begin(stage.world.cluster, TUBE);
    try {
      const asking = stage.plan({ count, perSecond: stage.pick(150, 30), delayMs: [0, 1_000], idsOf: plan.first });
      const asked = rival.obey({ type: 'load', plan: asking });
      await stage.during('redis slot moves', [], async () => {
        while ((await move.some()) > 0) await stage.sleep(stage.pick(50, 150));
        await asked;
        await move.end();
      });
    } finally {
      move.close();
    }
    await stage.ended(stage.pick(30_000, 15_000));
  },
};
