import type { Clock } from '../../lib/core/base/clock.js';
import { replace } from '../replace.js';
import { asking, type Sabotage } from './sabotage.js';

const AHEAD_MS = 1_000;
/** More than any clock of the rows is wrong, and less than any retention. */
const LONG_DUE_MS = 7_200_000;

/** Protections of clocks, and those that are options. */
export const otherSabotages = {
  /** Each job is on one node only. */
  'one-copy': { options: (options) => ({ ...options, copies: 1, minWrites: 1 }) },

  /** Node's own timers: one of more than 2^31-1 ms fires at once. */
  'raw-timeouts': {
    clock: (clock: Clock) =>
      replace(clock, {
        after: (ms, run) => {
          const timeout = setTimeout(run, Math.max(0, ms));
          return { cancel: () => clearTimeout(timeout) };
        },
      }),
  },

  /** Nobody looks at the due time: what a node gives out is run, and nodes count whole seconds. */
  'runs-early': {
    clock: (clock: Clock) => replace(clock, { now: () => clock.now() + AHEAD_MS }),
    ...asking((request) => ({ ...request, dueMs: Math.min(request.dueMs, Date.now() - LONG_DUE_MS) })),
  },

  /** Every node has to acknowledge, and none is ever given up: the slowest sets the pace. */
  'waits-for-all': {
    options: (options) => ({ ...options, minWrites: options.beanstalks.length, commandDeadline: '1h' }),
  },
} as const satisfies Readonly<Record<string, Sabotage>>;
