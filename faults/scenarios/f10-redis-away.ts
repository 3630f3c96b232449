import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { Testbed } from '../servers/testbed.js';
import type { Row, Scenario } from './scenario.js';

const FORTY_MINUTES_MS = 2_400_000;

/** Redis goes away with no job due yet, and returns long after all are. */
function away(
  own: Pick<Row, 'variant' | 'title' | 'needs' | 'servers'>,
  go: (wire: TcpProxy) => Promise<void> | void,
  meanwhile: (testbed: Testbed) => Promise<void>,
): Scenario {
  return {
    id: 'F10',
    servers: { proxied: true },
    ...own,
    expect: {},
    control: {
      what: 'a claim that cannot be asked for counts as taken, as in dq',
      name: 'takes-silence-for-no',
      where: 'consumers',
      shows: ['lost'],
    },
    async play(testbed) {
      const { redisWire } = testbed.servers;
      const app = own.needs === 'shim' ? { shim: 'apps' } : {};
      const [producer] = await Promise.all([testbed.producer(app), testbed.consumers(2, app)]);
      const [count, perSecond] = testbed.pick([2_000, 500], [200, 100]);
      const written = (count / perSecond) * 1_000;
      await producer.load(testbed.plan({ count, perSecond, delayMs: [written, written + 2_000] }));
      await testbed.during('redis away', [], async () => {
        await go(redisWire);
        await testbed.sleep(written + 2_500);
        await meanwhile(testbed);
        await redisWire.listen();
        redisWire.pass();
      });
      await testbed.ended(testbed.pick(30_000, 8_000));
    },
  };
}

async function refuse(wire: TcpProxy): Promise<void> {
  await wire.refuse();
  wire.cut();
}

async function aMinute(testbed: Testbed): Promise<void> {
  await testbed.sleep(testbed.pick(55_000, 1_000));
}

export const redisAway: readonly Scenario[] = [
  away({ variant: 'refuses', title: 'Redis cannot be reached when jobs come due, for a minute' }, refuse, aMinute),
  away(
    { variant: 'silent', title: 'packets to and from Redis vanish when jobs come due, for a minute' },
    (wire) => wire.blackHole(),
    aMinute,
  ),
  away(
    {
      variant: '40 min',
      title: 'the same for 40 minutes, by setting every clock forward (late figures leave those minutes out)',
      needs: 'shim',
      servers: { proxied: true, shimmed: true },
    },
    refuse,
    async (testbed) => {
      testbed.servers.stepClocks(FORTY_MINUTES_MS);
      await testbed.sleep(testbed.pick(6_000, 2_000));
    },
  ),
];
