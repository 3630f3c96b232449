import { TUBE } from '../servers/processes.js';
import { SlotMove } from '../servers/slot-move.js';
import { takesAnyId } from './controls.js';
import type { Scenario } from './scenario.js';

const COUNT = { full: 600, short: 60 };

export const slotMoves: Scenario = {
  id: 'F9',
  variant: 'slot moves',
  title:
    'a Redis Cluster moves the slot of a tube to another master while others ask for the ids of its jobs, and while they come due',
  servers: { cluster: true },
  expect: { counts: { rejected: { min: COUNT.short } } },
  control: takesAnyId,
  async play(testbed) {
    const [producer, rival] = await Promise.all([testbed.producer(), testbed.producer(), testbed.consumers(2)]);
    const count = testbed.pick(COUNT.full, COUNT.short);
    const plan = testbed.plan({ count, perSecond: 200, delayMs: [2_000, 8_000], ownIds: true });
    await producer.load(plan);
    const move = await SlotMove.begin(testbed.servers.cluster, TUBE);
    try {
      const asking = testbed.plan({ count, perSecond: testbed.pick(150, 30), delayMs: [0, 1_000], idsOf: plan.first });
      const asked = rival.load(asking);
      await testbed.during('redis slot moves', [], async () => {
        while ((await move.some()) > 0) await testbed.sleep(testbed.pick(50, 150));
        await asked;
        await move.end();
      });
    } finally {
      move.close();
    }
    await testbed.ended(testbed.pick(30_000, 15_000));
  },
};
