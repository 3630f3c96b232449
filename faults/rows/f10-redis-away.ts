import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { Stage } from '../world/stage.js';
import type { ControlUse, Row } from './row.js';

const control: ControlUse = {
  what: 'a claim that cannot be asked for counts as taken, as in dq',
  name: 'takes-silence-for-no',
  where: 'consumers',
  shows: ['lost'],
};

/** Redis goes away with no job due yet, and returns long after all are. */
async function away(
  stage: Stage,
  go: (wire: TcpProxy) => Promise<void> | void,
  meanwhile: () => Promise<void>,
  shim?: string,
): Promise<void> {
  const app = shim === undefined ? {} : { shim };
  const [producer] = await Promise.all([stage.producer(app), stage.consumers(2, app)]);
  const [count, perSecond] = stage.pick([2_000, 500], [200, 100]);
  const written = (count / perSecond) * 1_000;
  await producer.obey({ type: 'load', plan: stage.plan({ count, perSecond, delayMs: [written, written + 2_000] }) });
  await stage.during('redis away', [], async () => {
    await go(stage.world.redisWire);
    await stage.sleep(written + 2_500);
    await meanwhile();
    await stage.world.redisWire.listen();
    stage.world.redisWire.pass();
  });
  await stage.ended(stage.pick(30_000, 8_000));
}

async function refuse(wire: TcpProxy): Promise<void> {
  await wire.refuse();
  wire.cut();
}

export const redisRefuses: Row = {
  id: 'F10',
  variant: 'refuses',
  title: 'Redis cannot be reached when jobs come due, for a minute',
  world: { proxied: true },
  expect: {},
  control,
  async play(stage) {
    await away(stage, refuse, () => stage.sleep(stage.pick(55_000, 1_000)));
  },
};

export const redisSilent: Row = {
  id: 'F10',
  variant: 'silent',
  title: 'packets to and from Redis vanish when jobs come due, for a minute',
  world: { proxied: true },
  expect: {},
  control,
  async play(stage) {
    await away(
      stage,
      (wire) => wire.blackHole(),
      () => stage.sleep(stage.pick(55_000, 1_000)),
    );
  },
};

const FORTY_MINUTES_MS = 2_400_000;

export const redisAwayLong: Row = {
  id: 'F10',
  variant: '40 min',
  title: 'the same for 40 minutes, by setting every clock forward (late figures leave those minutes out)',
  needs: 'shim',
  world: { proxied: true, shimmed: true },
  expect: {},
  control,
  async play(stage) {
    await away(
      stage,
      refuse,
      async () => {
        for (const name of ['apps', 'redis', 'node-1', 'node-2', 'node-3'])
          stage.world.shim(name).stepClock(FORTY_MINUTES_MS);
        await stage.sleep(stage.pick(6_000, 2_000));
      },
      'apps',
    );
  },
};
