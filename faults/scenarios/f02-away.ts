import type { AppOptions } from '../servers/processes.js';
import type { Testbed } from '../servers/testbed.js';
import type { Scenario } from './scenario.js';
import { forgetsEnds, NOT_FELT } from './usual.js';

const TWO_HOURS_MS = 7_200_000;

/** Jobs are written to all nodes; the third is away when they come due, while more are written, and returns when all of them are over. */
async function withAway(testbed: Testbed, app: AppOptions, meanwhile: () => Promise<void>): Promise<void> {
  const [producer, consumers] = await Promise.all([testbed.producer(app), testbed.consumers(2, app)]);
  const [count, perSecond] = testbed.pick([2_000, 250], [200, 100]);
  const written = (count / perSecond) * 1_000;
  const plan = testbed.plan({ count, perSecond, delayMs: [written + 1_000, written + 3_000], revokes: 0.1 });
  const load = producer.load(plan);
  const more = testbed.plan({ count: testbed.pick(600, 60), perSecond: testbed.pick(200, 60), delayMs: [500, 1_500] });
  await testbed.sleep(written + 500);
  await testbed.during('node 3 away', [2], async () => {
    await testbed.servers.node(2).kill();
    await Promise.all([load, producer.load(more)]);
    await testbed.ended(testbed.pick(30_000, 8_000));
    await meanwhile();
    await testbed.freshConsumers(consumers, app);
    await testbed.servers.node(2).start();
  });
}

const returns: Scenario = {
  id: 'F2',
  variant: 'returns',
  title: 'a node returns after all its jobs were run or revoked, with every copy it had',
  expect: { counts: { revoked: { min: 1 } }, bounds: NOT_FELT },
  control: forgetsEnds,
  async play(testbed) {
    await withAway(testbed, {}, () => testbed.sleep(testbed.pick(10_000, 500)));
  },
};

const restored: Scenario = {
  id: 'F2',
  variant: 'restored',
  title:
    'half of the jobs are revoked and half are run; two hours later, by Redis’ clock, a node gets its disk back as it was before: ' +
    'nothing runs again within the `doneRetention`, here 3 hours, and a revoke holds for the retention',
  needs: 'shim',
  servers: { shimmed: true },
  expect: { counts: { revoked: { min: 50 } } },
  control: forgetsEnds,
  async play(testbed) {
    const { servers } = testbed;
    const app: AppOptions = { options: { doneRetention: '3h' } };
    const [producer, consumers] = await Promise.all([testbed.producer(app), testbed.consumers(2, app)]);
    const [count, perSecond] = testbed.pick([2_000, 250], [150, 100]);
    const plan = testbed.plan({ count, perSecond, delayMs: [10_000, 14_000], named: 3 });
    await producer.load(plan);
    const copy = await servers.copyDisk(2);
    const revoked = Array.from({ length: count }, (_, at) => plan.first + at).filter((seq) => seq % 2 === 0);
    await producer.obey({ type: 'revoke', seqs: revoked });
    await testbed.ended(testbed.pick(40_000, 20_000));
    // The store hears once a second which copies are gone.
    await testbed.sleep(2_500);
    servers.shim('redis').stepClock(TWO_HOURS_MS);
    await testbed.freshConsumers(consumers, app);
    await testbed.during('node 3 restored', [2], () => servers.restoreDisk(2, copy));
  },
};

const returnsTooLate: Scenario = {
  id: 'F2',
  variant: 'expired',
  title: 'the same after longer than the retention, and Redis has forgotten the claims: copies are buried as expired',
  needs: 'shim',
  servers: { shimmed: true },
  expect: { counts: { revoked: { min: 1 }, buried: { min: 100 } }, bounds: NOT_FELT },
  control: { ...forgetsEnds, what: 'copies past the retention are run' },
  async play(testbed) {
    await withAway(testbed, { options: { retention: '2s' } }, async () => {
      await testbed.sleep(3_500);
      // Claims outlive the retention by an hour.
      testbed.servers.shim('redis').stepClock(TWO_HOURS_MS);
      await testbed.sleep(500);
    });
  },
};

export const away: readonly Scenario[] = [returns, returnsTooLate, restored];
