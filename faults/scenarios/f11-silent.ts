import { countCopies } from '../servers/leftovers.js';
import type { Testbed } from '../servers/testbed.js';
import type { Scenario } from './scenario.js';

/** Longer than the row: no copy comes back because its time to run is over, which beanstalkd forgets now and then. */
const TTR = '10m';
const HANDLER_MS = 6_000;
const LOOK_MS = 100;
const REST_WITHIN_MS = 5_000;
/** A reserve that waited when its process was stopped is over by then, and takes no job any more. */
const DEAF_AFTER_MS = 2_000;

export const silent: Scenario = {
  id: 'F11',
  variant: 'silent',
  title:
    'SIGSTOP of a consumer in the middle of handlers, for good, with every connection open and every copy of their jobs',
  expect: { again: ['lease lost', 'died'] },
  control: {
    what: 'no copy of a job that runs is put back to rest',
    name: 'never-rests',
    where: 'consumers',
    shows: ['lost'],
  },
  async play(testbed) {
    const app = { tube: { ttr: TTR } };
    const [producer, first] = await Promise.all([testbed.producer(app), testbed.consumer(app)]);
    const [count, perSecond] = testbed.pick([2_380, 100], [190, 60]);
    const running = testbed.pick(10, 4);
    const acts = [{ share: 1, act: { do: 'wait', ms: HANDLER_MS } }] as const;
    await producer.load(testbed.plan({ count: running, perSecond: 20, delayMs: [0, 500], acts }));
    await resting(testbed, running);
    await testbed.during('consumer silent', [], async () => {
      first.pause();
      await testbed.sleep(DEAF_AFTER_MS);
      const others = await testbed.consumers(2, app);
      await producer.load(testbed.plan({ count, perSecond, delayMs: [0, 3_000] }));
      // Two consumers take them over, each one at a time.
      await testbed.ended(running * HANDLER_MS + 15_000);
      // What has not run by now must not be set free by the end of the silent one, and pass for well.
      if (testbed.unfinished().length > 0) await Promise.all(others.map((consumer) => consumer.close()));
      await first.kill();
    });
  },
};

/** Waits until so many copies rest; not for ever, since with the control none does. */
async function resting(testbed: Testbed, count: number): Promise<void> {
  for (let waited = 0; waited < REST_WITHIN_MS; waited += LOOK_MS) {
    const counts = await Promise.all(testbed.servers.nodes.map((node) => countCopies(node)));
    if (counts.reduce((sum, { delayed }) => sum + delayed, 0) >= count) return;
    await testbed.sleep(LOOK_MS);
  }
}
