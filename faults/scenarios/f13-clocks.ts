import type { AppOptions } from '../servers/processes.js';
import type { Testbed } from '../servers/testbed.js';
import { runsEarly } from './controls.js';
import type { Scenario } from './scenario.js';
import { underLoad } from './under-load.js';

const HOUR_MS = 3_600_000;

/** A load during which clocks are moved; between two steps an equal part of it is left. */
async function withClocks(
  testbed: Testbed,
  apps: { readonly producer?: AppOptions; readonly consumers?: readonly AppOptions[] },
  steps: readonly (() => void)[],
): Promise<void> {
  await underLoad(testbed, { spread: 1, revokes: 0.02, ...apps }, async ({ lasts }) => {
    await testbed.during('clocks wrong', [], async () => {
      for (const step of steps) {
        await testbed.sleep(lasts / steps.length);
        step();
      }
    });
  });
}

function row(own: Pick<Scenario, 'variant' | 'title' | 'expect' | 'play'>): Scenario {
  return { id: 'F13', needs: 'shim', servers: { shimmed: true }, control: runsEarly, ...own };
}

export const nodeClocks = row({
  variant: 'nodes',
  title: 'clock of a node an hour forward for good, of another an hour back and right again',
  expect: { bounds: { 'late p99': 100 } },
  async play(testbed) {
    const { servers } = testbed;
    await withClocks(testbed, {}, [
      () => servers.nodeShim(0).stepClock(HOUR_MS),
      () => servers.nodeShim(1).stepClock(-HOUR_MS),
      // Delays given to a node with a wrong clock end when that clock says so: it must not go back by an hour in the end.
      () => servers.nodeShim(1).stepClock(0),
    ]);
  },
});

export const consumerClocks = row({
  variant: 'consumers',
  title: 'clock of a consumer an hour forward, of another 5 s back, then both right again',
  expect: {},
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
});

export const producerClock = row({
  variant: 'producer',
  title: 'clock of a producer 3 s forward, then 3 s back; due times are by its clock',
  expect: {},
  async play(testbed) {
    const { servers } = testbed;
    await withClocks(testbed, { producer: { shim: 'app-1', wrongClock: true } }, [
      () => servers.shim('app-1').stepClock(3_000),
      () => servers.shim('app-1').stepClock(-3_000),
      () => servers.shim('app-1').stepClock(0),
    ]);
  },
});

export const redisClock = row({
  variant: 'redis',
  title: 'clock of Redis an hour forward, right again, 5 s back',
  // Every lease is over at once when its clock goes forward.
  expect: { again: ['lease lost'] },
  async play(testbed) {
    const redis = testbed.servers.shim('redis');
    await withClocks(testbed, {}, [
      () => redis.stepClock(HOUR_MS),
      () => redis.stepClock(0),
      () => redis.stepClock(-5_000),
      () => redis.stepClock(0),
    ]);
  },
});

const FIVE_PERCENT = 50_000;

export const drift = row({
  variant: 'drift',
  title: 'clock of a node 5 % fast, of another 5 % slow, of a consumer 5 % fast',
  expect: {},
  async play(testbed) {
    const { servers } = testbed;
    servers.nodeShim(0).bendClock(FIVE_PERCENT);
    servers.nodeShim(1).bendClock(-FIVE_PERCENT);
    await withClocks(testbed, { consumers: [{ shim: 'app-1' }, {}] }, [
      () => servers.shim('app-1').bendClock(FIVE_PERCENT),
      () => undefined,
    ]);
  },
});
