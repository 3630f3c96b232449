import type { Scenario } from './scenario.js';

/** A node that refused is asked again within this time. */
const BACK_MS = 5_500;

export const reusedIds: Scenario = {
  id: 'F14',
  title: 'two nodes restarted without a log, so that numbers are given out again; then old handles are revoked',
  servers: { binlog: false, proxied: true },
  expect: { counts: { revoked: { min: 150 } } },
  control: {
    what: 'a number is believed to name the same job for ever',
    name: 'trusts-numbers',
    where: 'producers',
    shows: ['lost'],
  },
  async play(testbed) {
    // A revoke that a busy machine makes late is told so, and its job stays: that is not what this row is about.
    const patient = { options: { commandDeadline: '3s' } } as const;
    const [producer] = await Promise.all([testbed.producer(patient), testbed.consumers(2)]);
    const count = testbed.pick(1_000, 150);
    // Due long after they are revoked, and soon enough for a copy that no handle names to meet its tombstone while the row lasts.
    const old = testbed.plan({ count, perSecond: 500, delayMs: [20_000, 24_000], named: 3 });
    await producer.load(old);
    const wait = BACK_MS + 3_000;
    // The third node keeps the old jobs and gets none of the new ones, which then have the old ones' numbers on both others.
    const third = testbed.servers.wire(2);
    await testbed.during('node 3 refuses', [2], async () => {
      await third.refuse();
      third.cut();
      for (const at of [0, 1]) await testbed.servers.node(at).restart();
      await testbed.sleep(500);
      await producer.load(testbed.plan({ count, perSecond: 500, delayMs: [wait, wait + 2_000] }));
      await third.listen();
    });
    await testbed.sleep(BACK_MS);
    await producer.obey({ type: 'revoke', seqs: Array.from({ length: count }, (_, at) => old.first + at) });
  },
};
