import { setTimeout as sleep } from 'node:timers/promises';
import { RawClient } from '../../test/support/raw-client.js';
import { Neighbour } from '../servers/neighbour.js';
import { TUBE } from '../servers/processes.js';
import type { Testbed } from '../servers/testbed.js';
import type { Scenario } from './scenario.js';
import { runsEarly } from './usual.js';

/** An operator at every node, for as long as the load lasts. */
async function withOperator(
  testbed: Testbed,
  perSecond: number,
  act: (client: RawClient, at: number) => Promise<void>,
): Promise<void> {
  const [producer] = await Promise.all([testbed.producer(), testbed.consumers(2)]);
  const [count, rate] = testbed.pick([2_400, 100], [300, 60]);
  const lasts = (count / rate) * 1_000;
  const ending = new AbortController();
  const load = producer.load(testbed.plan({ count, perSecond: rate, delayMs: [500, lasts], revokes: 0.02 }));
  const working = testbed.servers.nodes.map(async (node, at) => {
    const client = await RawClient.connect(node.port);
    while (!ending.signal.aborted) {
      await act(client, at);
      await sleep(1_000 / perSecond);
    }
    await client.close();
  });
  await load;
  ending.abort();
  await Promise.all(working);
}

const kicks: Scenario = {
  id: 'F17',
  variant: 'kick',
  title: 'an operator kicks delayed jobs, pauses the tube and deletes copies on one node',
  expect: {},
  control: runsEarly,
  async play(testbed) {
    await withOperator(testbed, 4, async (client, at) => {
      const next = await client.peekNext('delayed', TUBE);
      if (at === 2) {
        if (next !== undefined) await client.delete(next.id);
        await client.pauseTube(TUBE, 1);
        return;
      }
      if (next !== undefined) await client.kickJob(next.id);
      await client.kick(TUBE, 20);
    });
  },
};

const FOREIGN = [
  'hello',
  '{"seq":',
  '',
  '1700000000/',
  '99999999999999999999/x',
  '1767225600000000000/\u0001{"v":9}\nx',
  '\0'.repeat(64),
];
const EACH = 2;

const foreignBodies: Scenario = {
  id: 'F17',
  variant: 'foreign',
  title: 'bodies in the tube that are no jobs: buried, never deleted',
  expect: { counts: { foreign: FOREIGN.length * EACH * 3 } },
  control: {
    what: 'what would be buried is deleted',
    name: 'deletes-buried',
    where: 'consumers',
    shows: ['foreign'],
  },
  async play(testbed) {
    const left = testbed.servers.nodes.map(() => Array.from({ length: EACH }, () => FOREIGN).flat());
    await withOperator(testbed, 10, async (client, at) => {
      const body = left[at]?.pop();
      if (body !== undefined) await client.put(body, { tube: TUBE });
    });
  },
};

const SHUTDOWN_MS = 1_000;

const goBeside: Scenario = {
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
    const long = { share: 1, act: { do: 'finish', ms: 60_000 } } as const;
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

export const neighbours: readonly Scenario[] = [kicks, foreignBodies, goBeside];
