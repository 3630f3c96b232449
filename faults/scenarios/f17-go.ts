import { Neighbour } from '../servers/neighbour.js';
import type { Scenario } from './scenario.js';

const SHUTDOWN_MS = 1_000;

export const goBeside: Scenario = {
  id: 'F17',
  variant: 'go',
  title:
    'a Go consumer reads a plain tube too, and ours closes: with jobs whose handlers outlast the shutdown deadline, and with jobs that were ' +
    'granted and have not begun',
  servers: { proxied: true },
  expect: { again: ['given back'] },
  control: {
    what: 'what is given back keeps its claim',
    name: 'keeps-claims',
    where: 'consumers',
    shows: ['lost'],
  },
  async play(testbed) {
    const wire = await testbed.servers.ownWire(testbed.servers.redis);
    const tube = { format: 'plain' } as const;
    const count = testbed.pick(400, 40);
    // A Go consumer runs what comes up, up to a second before it is due.
    const producer = await testbed.producer({ tube, wrongClock: true });
    const consumer = await testbed.consumer({
      tube,
      redis: `redis://${wire.endpoint}`,
      options: { shutdownDeadline: SHUTDOWN_MS },
      handler: { concurrency: 2 * count },
    });
    const long = { share: 1, act: { do: 'wait', ms: 60_000 } } as const;
    await producer.load(testbed.plan({ count, perSecond: 200, delayMs: [0, 0], acts: [long] }));
    await testbed.eventually(() => testbed.history.of('start').length === count, 10_000);
    const dueFrom = Math.ceil(testbed.clock.now() + (1_000 * count) / 200 + 2_000);
    await producer.load(testbed.plan({ count, perSecond: 200, delayMs: [0, 0], dueFrom }));
    await testbed.sleep(dueFrom + 300 - testbed.clock.now());
    // Redis grants what comes due now, and the consumer does not hear of it.
    wire.partition('toClient');
    await testbed.sleep(400);
    const neighbour = await Neighbour.start(testbed);
    try {
      const closing = consumer.close(2 * 60_000);
      wire.pass();
      await closing;
      await testbed.eventually(
        () => {
          neighbour.tell();
          return testbed.unfinished().length === 0;
        },
        testbed.pick(30_000, 12_000),
      );
    } finally {
      await neighbour.stop();
    }
  },
};
