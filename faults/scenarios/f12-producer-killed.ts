import type { Scenario } from './scenario.js';

export const producerKilled: Scenario = {
  id: 'F12',
  title: 'kill -9 of producers between the acknowledgements of the nodes; others ask again for the same ids',
  servers: { proxied: true },
  expect: {},
  control: {
    what: 'ids are made anew for each call',
    name: 'forgets-ids',
    where: 'producers',
    shows: ['twice'],
  },
  async play(testbed) {
    await testbed.consumers(2);
    // Nodes acknowledge one after the other, so that a kill comes in between for some.
    testbed.servers.wire(1).delay(60, 20);
    testbed.servers.wire(2).delay(120, 40);
    const [count, perSecond, kills] = testbed.pick([2_000, 150, 5], [250, 80, 2]);
    const step = ((count / perSecond) * 1_000) / (kills + 1);
    const plan = testbed.plan({ count, perSecond, delayMs: [0, 4_000], ownIds: true });
    for (let left = kills; left >= 0; left--) {
      const producer = await testbed.producer();
      const load = producer.load({ ...plan, only: testbed.unanswered(plan) });
      if (left === 0) {
        await load;
        break;
      }
      await testbed.sleep(step);
      await testbed.during(`${producer.name} killed`, [], () => producer.kill());
    }
  },
};
