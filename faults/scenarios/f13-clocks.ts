import type { AppOptions } from '../servers/processes.js';
import type { Testbed } from '../servers/testbed.js';
import type { ControlUse, Scenario } from './scenario.js';

const HOUR_MS = 3_600_000;
const control: ControlUse = {
  what: 'nobody looks at the due time but the nodes',
  name: 'runs-early',
  where: 'consumers',
  shows: ['early'],
};

interface Processes {
  readonly producer?: AppOptions;
  readonly consumers?: readonly AppOptions[];
}

/** A load during which clocks are moved three times; each time a third of it is left. */
async function withClocks(
  testbed: Testbed,
  { producer: app, consumers = [{}, {}] }: Processes,
  steps: readonly (() => void)[],
): Promise<void> {
  const [producer] = await Promise.all([
    testbed.producer(app),
    ...consumers.map((consumer) => testbed.consumer(consumer)),
  ]);
  const [count, perSecond] = testbed.pick([2_400, 100], [300, 60]);
  const lasts = (count / perSecond) * 1_000;
  const load = producer.obey({
    type: 'load',
    plan: testbed.plan({ count, perSecond, delayMs: [0, lasts], revokes: 0.02 }),
  });
  await testbed.during('clocks wrong', [], async () => {
    for (const step of steps) {
      await testbed.sleep(lasts / steps.length);
      step();
    }
  });
  await load;
}

export const nodeClocks: Scenario = {
  id: 'F13',
  variant: 'nodes',
  title: 'clock of a node an hour forward for good, of another an hour back and right again',
  needs: 'shim',
  servers: { shimmed: true },
  expect: { bounds: { 'late p99': 100 } },
  control,
  async play(testbed) {
    const { servers } = testbed;
    await withClocks(testbed, {}, [
      () => servers.nodeShim(0).stepClock(HOUR_MS),
      () => servers.nodeShim(1).stepClock(-HOUR_MS),
      // Delays given to a node with a wrong clock end when that clock says so: it must not go back by an hour in the end.
      () => servers.nodeShim(1).stepClock(0),
    ]);
  },
};

export const consumerClocks: Scenario = {
  id: 'F13',
  variant: 'consumers',
  title: 'clock of a consumer an hour forward, of another 5 s back, then both right again',
  needs: 'shim',
  servers: { shimmed: true },
  expect: {},
  control,
  async play(testbed) {
    const { servers } = testbed;
    await withClocks(testbed, { consumers: [{ shim: 'app-1' }, { shim: 'app-2' }] }, [
      () => servers.shim('app-1').stepClock(HOUR_MS),
      () => servers.shim('app-2').stepClock(-5_000),
      () => {
        servers.shim('app-1').stepClock(0);
        servers.shim('app-2').stepClock(0);
      },
    ]);
  },
};

export const producerClock: Scenario = {
  id: 'F13',
  variant: 'producer',
  title: 'clock of a producer 3 s forward, then 3 s back; due times are by its clock',
  needs: 'shim',
  servers: { shimmed: true },
  expect: {},
  control,
  async play(testbed) {
    const { servers } = testbed;
    await withClocks(testbed, { producer: { shim: 'app-1', wrongClock: true } }, [
      () => servers.shim('app-1').stepClock(3_000),
      () => servers.shim('app-1').stepClock(-3_000),
      () => servers.shim('app-1').stepClock(0),
    ]);
  },
};

export const redisClock: Scenario = {
  id: 'F13',
  variant: 'redis',
  title: 'clock of Redis an hour forward, right again, 5 s back',
  needs: 'shim',
  servers: { shimmed: true },
  // Every lease is over at once when its clock goes forward.
  expect: { again: ['lease lost'] },
  control,
  async play(testbed) {
    const redis = testbed.servers.shim('redis');
    await withClocks(testbed, {}, [
      () => redis.stepClock(HOUR_MS),
      () => redis.stepClock(0),
      () => redis.stepClock(-5_000),
      () => redis.stepClock(0),
    ]);
  },
};

const FIVE_PERCENT = 50_000;

export const drift: Scenario = {
  id: 'F13',
  variant: 'drift',
  title: 'clock of a node 5 % fast, of another 5 % slow, of a consumer 5 % fast',
  needs: 'shim',
  servers: { shimmed: true },
  expect: {},
  control,
  async play(testbed) {
    const { servers } = testbed;
    servers.nodeShim(0).bendClock(FIVE_PERCENT);
    servers.nodeShim(1).bendClock(-FIVE_PERCENT);
    await withClocks(testbed, { consumers: [{ shim: 'app-1' }, {}] }, [
      () => servers.shim('app-1').bendClock(FIVE_PERCENT),
      () => undefined,
    ]);
  },
};
