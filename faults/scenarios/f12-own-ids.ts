import type { LoadPlan } from '../worker/job-plan.js';
import type { Testbed } from '../servers/testbed.js';
import type { Scenario } from './scenario.js';
import { takesAnyId } from './usual.js';

const producerKilled: Scenario = {
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

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** As long as an id is taken whose job is over: the retention, 7 days, and some. */
const RETAINED_MS = 8 * DAY_MS;
/** Longer than that. */
const WAIT_MS = 9 * DAY_MS;
const SIZE = { full: 200, short: 20 };

/** Jobs of three kinds: done at once, failed once, asked to run again once. */
interface Kinds {
  readonly done: LoadPlan;
  readonly failed: LoadPlan;
  readonly again: LoadPlan;
}

function load(testbed: Testbed): Kinds {
  const usual = {
    count: testbed.pick(SIZE.full, SIZE.short),
    perSecond: 100,
    delayMs: [0, 500],
    ownIds: true,
  } as const;
  const until = testbed.clock.now() + testbed.pick(60_000, 20_000);
  return {
    done: testbed.plan(usual),
    failed: testbed.plan({ ...usual, acts: [{ share: 1, act: { do: 'fail', times: 1 } }] }),
    again: testbed.plan({ ...usual, acts: [{ share: 1, act: { do: 'again', until, ms: WAIT_MS } }] }),
  };
}

/** The same ids are asked for by others, one call each. */
async function askAgain(testbed: Testbed, plans: readonly LoadPlan[]): Promise<void> {
  const rival = await testbed.producer({ shim: 'apps' });
  for (const { first, count } of plans) {
    const plan = testbed.plan({ count, perSecond: 200, delayMs: [0, 500], idsOf: first });
    await rival.load(plan);
  }
}

const repeated: Scenario = {
  id: 'F12',
  variant: 'repeated',
  title:
    'others ask for the ids of jobs that are done, or wait to be run again: at once, two hours later, and later than the retention (by ' +
    'setting clocks forward)',
  needs: 'shim',
  servers: { shimmed: true },
  expect: { again: ['retry'], counts: { rejected: { min: 8 * SIZE.short } } },
  control: takesAnyId,
  async play(testbed) {
    const { servers } = testbed;
    const app = { shim: 'apps', handler: { backoff: { type: 'fixed', delay: WAIT_MS } } } as const;
    const [producer] = await Promise.all([testbed.producer(app), testbed.consumers(2, app)]);
    const { done, failed, again } = load(testbed);
    for (const plan of [done, failed, again]) await producer.load(plan);
    const all = 3 * done.count;
    await testbed.eventually(() => testbed.history.of('end').length >= all, testbed.pick(30_000, 15_000));
    await askAgain(testbed, [done, failed, again]);
    // Claims of what is done are let go an hour after its last copy.
    await testbed.sleep(3_000);
    servers.shim('redis').stepClock(2 * HOUR_MS);
    await askAgain(testbed, [done, failed, again]);
    servers.shim('redis').stepClock(RETAINED_MS);
    await askAgain(testbed, [failed, again]);
    await testbed.sleep(Math.max(0, untilOf(again) - testbed.clock.now()));
    servers.stepClocks(WAIT_MS + HOUR_MS);
    await testbed.ended(testbed.pick(60_000, 20_000));
  },
};

function untilOf({ acts }: LoadPlan): number {
  const act = acts?.[0]?.act;
  return act?.do === 'again' ? (act.until ?? 0) : 0;
}

export const ownIds: readonly Scenario[] = [producerKilled, repeated];
