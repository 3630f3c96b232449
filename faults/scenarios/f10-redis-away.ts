import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { Testbed } from '../servers/testbed.js';
import type { ControlUse, Scenario } from './scenario.js';

const control: ControlUse = {
  what: 'a claim that cannot be asked for counts as taken, as in dq',
  name: 'takes-silence-for-no',
  where: 'consumers',
  shows: ['lost'],
};

/** Redis goes away with no job due yet, and returns long after all are. */
async function away(
  testbed: Testbed,
  go: (wire: TcpProxy) => Promise<void> | void,
  meanwhile: () => Promise<void>,
  shim?: string,
): Promise<void> {
  const app = shim === undefined ? {} : { shim };
  const [producer] = await Promise.all([testbed.producer(app), testbed.consumers(2, app)]);
  const [count, perSecond] = testbed.pick([2_000, 500], [200, 100]);
  const written = (count / perSecond) * 1_000;
  await producer.load(testbed.plan({ count, perSecond, delayMs: [written, written + 2_000] }));
  await testbed.during('redis away', [], async () => {
    await go(testbed.servers.redisWire);
    await testbed.sleep(written + 2_500);
    await meanwhile();
    await testbed.servers.redisWire.listen();
    testbed.servers.redisWire.pass();
  });
  await testbed.ended(testbed.pick(30_000, 8_000));
}

async function refuse(wire: TcpProxy): Promise<void> {
  await wire.refuse();
  wire.cut();
}

export const redisRefuses: Scenario = {
  id: 'F10',
  variant: 'refuses',
  title: 'Redis cannot be reached when jobs come due, for a minute',
  servers: { proxied: true },
  expect: {},
  control,
  async play(testbed) {
    await away(testbed, refuse, () => testbed.sleep(testbed.pick(55_000, 1_000)));
  },
};

export const redisSilent: Scenario = {
  id: 'F10',
  variant: 'silent',
  title: 'packets to and from Redis vanish when jobs come due, for a minute',
  servers: { proxied: true },
  expect: {},
  control,
  async play(testbed) {
    await away(
      testbed,
      (wire) => wire.blackHole(),
      () => testbed.sleep(testbed.pick(55_000, 1_000)),
    );
  },
};

const FORTY_MINUTES_MS = 2_400_000;

export const redisAwayLong: Scenario = {
  id: 'F10',
  variant: '40 min',
  title: 'the same for 40 minutes, by setting every clock forward (late figures leave those minutes out)',
  needs: 'shim',
  servers: { proxied: true, shimmed: true },
  expect: {},
  control,
  async play(testbed) {
    await away(
      testbed,
      refuse,
      async () => {
        for (const name of ['apps', 'redis', 'node-1', 'node-2', 'node-3'])
          testbed.servers.shim(name).stepClock(FORTY_MINUTES_MS);
        await testbed.sleep(testbed.pick(6_000, 2_000));
      },
      'apps',
    );
  },
};
