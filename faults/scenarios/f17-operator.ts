import { setTimeout as sleep } from 'node:timers/promises';
import { RawClient } from '../../test/support/raw-client.js';
import { TUBE } from '../servers/processes.js';
import type { Testbed } from '../servers/testbed.js';
import { runsEarly } from './controls.js';
import type { Scenario } from './scenario.js';

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

export const kicks: Scenario = {
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

export const foreignBodies: Scenario = {
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
