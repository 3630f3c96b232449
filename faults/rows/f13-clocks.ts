import type { AppOptions } from '../world/cast.js';
import type { Stage } from '../world/stage.js';
import type { ControlUse, Row } from './row.js';

const HOUR_MS = 3_600_000;
const control: ControlUse = {
  what: 'nobody looks at the due time but the nodes',
  name: 'runs-early',
  where: 'consumers',
  shows: ['early'],
};

interface Cast {
  readonly producer?: AppOptions;
  readonly consumers?: readonly AppOptions[];
}

/** A load during which clocks are moved three times; each time a third of it is left. */
async function withClocks(
  stage: Stage,
  { producer: app, consumers = [{}, {}] }: Cast,
  steps: readonly (() => void)[],
): Promise<void> {
  const [producer] = await Promise.all([stage.producer(app), ...consumers.map((consumer) => stage.consumer(consumer))]);
  const [count, perSecond] = stage.pick([2_400, 100], [300, 60]);
  const lasts = (count / perSecond) * 1_000;
  const load = producer.obey({
    type: 'load',
    plan: stage.plan({ count, perSecond, delayMs: [0, lasts], revokes: 0.02 }),
  });
  await stage.during('clocks wrong', [], async () => {
    for (const step of steps) {
      await stage.sleep(lasts / steps.length);
      step();
    }
  });
  await load;
}

export const nodeClocks: Row = {
  id: 'F13',
  variant: 'nodes',
  title: 'clock of a node an hour forward for good, of another an hour back and right again',
  needs: 'shim',
  world: { shimmed: true },
  expect: { bounds: { 'late p99': 100 } },
  control,
  async play(stage) {
    const { world } = stage;
    await withClocks(stage, {}, [
      () => world.nodeShim(0).stepClock(HOUR_MS),
      () => world.nodeShim(1).stepClock(-HOUR_MS),
      // Delays given to a node with a wrong clock end when that clock says so: it must not go back by an hour in the end.
      () => world.nodeShim(1).stepClock(0),
    ]);
  },
};

export const consumerClocks: Row = {
  id: 'F13',
  variant: 'consumers',
  title: 'clock of a consumer an hour forward, of another 5 s back, then both right again',
  needs: 'shim',
  world: { shimmed: true },
  expect: {},
  control,
  async play(stage) {
    const { world } = stage;
    await withClocks(stage, { consumers: [{ shim: 'app-1' }, { shim: 'app-2' }] }, [
      () => world.shim('app-1').stepClock(HOUR_MS),
      () => world.shim('app-2').stepClock(-5_000),
      () => {
        world.shim('app-1').stepClock(0);
        world.shim('app-2').stepClock(0);
      },
    ]);
  },
};

export const producerClock: Row = {
  id: 'F13',
  variant: 'producer',
  title: 'clock of a producer 3 s forward, then 3 s back; due times are by its clock',
  needs: 'shim',
  world: { shimmed: true },
  expect: {},
  control,
  async play(stage) {
    const { world } = stage;
    await withClocks(stage, { producer: { shim: 'app-1', wrongClock: true } }, [
      () => world.shim('app-1').stepClock(3_000),
      () => world.shim('app-1').stepClock(-3_000),
      () => world.shim('app-1').stepClock(0),
    ]);
  },
};

export const redisClock: Row = {
  id: 'F13',
  variant: 'redis',
  title: 'clock of Redis an hour forward, right again, 5 s back',
  needs: 'shim',
  world: { shimmed: true },
  // Every lease is over at once when its clock goes forward.
  expect: { again: ['lease lost'] },
  control,
  async play(stage) {
    const redis = stage.world.shim('redis');
    await withClocks(stage, {}, [
      () => redis.stepClock(HOUR_MS),
      () => redis.stepClock(0),
      () => redis.stepClock(-5_000),
      () => redis.stepClock(0),
    ]);
  },
};

const FIVE_PERCENT = 50_000;

export const drift: Row = {
  id: 'F13',
  variant: 'drift',
  title: 'clock of a node 5 % fast, of another 5 % slow, of a consumer 5 % fast',
  needs: 'shim',
  world: { shimmed: true },
  expect: {},
  control,
  async play(stage) {
    const { world } = stage;
    world.nodeShim(0).bendClock(FIVE_PERCENT);
    world.nodeShim(1).bendClock(-FIVE_PERCENT);
    await withClocks(stage, { consumers: [{ shim: 'app-1' }, {}] }, [
      () => world.shim('app-1').bendClock(FIVE_PERCENT),
      () => undefined,
    ]);
  },
};
