import type { Servers } from '../servers/servers.js';
import type { Row, Scenario } from './scenario.js';
import type { Load } from './under-load.js';
import { runsEarly } from './usual.js';

const HOUR_MS = 3_600_000;
const FIVE_PERCENT = 50_000;

/** A load during which clocks are moved; before each step an equal part of it goes by. */
function clock(
  own: Pick<Row, 'variant' | 'title'> & Partial<Row>,
  apps: Pick<Load, 'producer' | 'consumers'>,
  steps: (servers: Servers) => readonly (() => void)[],
): Scenario {
  return {
    id: 'F13',
    needs: 'shim',
    servers: { shimmed: true },
    expect: {},
    control: runsEarly,
    ...own,
    load: { spread: 1, revokes: 0.02, ...apps },
    async fault(testbed, { lasts }) {
      await testbed.during('clocks wrong', [], async () => {
        const all = steps(testbed.servers);
        for (const step of all) {
          await testbed.sleep(lasts / all.length);
          step();
        }
      });
    },
  };
}

export const clocks: readonly Scenario[] = [
  clock(
    {
      variant: 'nodes',
      title: 'clock of a node an hour forward for good, of another an hour back and right again',
      expect: { bounds: { 'late p99': 100 } },
    },
    {},
    (servers) => [
      () => servers.nodeShim(0).stepClock(HOUR_MS),
      () => servers.nodeShim(1).stepClock(-HOUR_MS),
      // Delays given to a node with a wrong clock end when that clock says so: it must not go back by an hour in the end.
      () => servers.nodeShim(1).stepClock(0),
    ],
  ),
  clock(
    {
      variant: 'consumers',
      title: 'clock of a consumer an hour forward, of another 5 s back, then both right again',
    },
    { consumers: [{ shim: 'app-1' }, { shim: 'app-2' }] },
    (servers) => [
      () => servers.shim('app-1').stepClock(HOUR_MS),
      () => servers.shim('app-2').stepClock(-5_000),
      () => {
        servers.shim('app-1').stepClock(0);
        servers.shim('app-2').stepClock(0);
      },
    ],
  ),
  clock(
    { variant: 'producer', title: 'clock of a producer 3 s forward, then 3 s back; due times are by its clock' },
    { producer: { shim: 'app-1', wrongClock: true } },
    (servers) => [3_000, -3_000, 0].map((ms) => () => servers.shim('app-1').stepClock(ms)),
  ),
  clock(
    {
      variant: 'redis',
      title: 'clock of Redis an hour forward, right again, 5 s back',
      // Every lease is over at once when its clock goes forward.
      expect: { again: ['lease lost'] },
    },
    {},
    (servers) => [HOUR_MS, 0, -5_000, 0].map((ms) => () => servers.shim('redis').stepClock(ms)),
  ),
  clock(
    { variant: 'drift', title: 'clock of a node 5 % fast, of another 5 % slow, of a consumer 5 % fast' },
    { consumers: [{ shim: 'app-1' }, {}] },
    (servers) => {
      servers.nodeShim(0).bendClock(FIVE_PERCENT);
      servers.nodeShim(1).bendClock(-FIVE_PERCENT);
      return [() => servers.shim('app-1').bendClock(FIVE_PERCENT), () => undefined];
    },
  ),
];
