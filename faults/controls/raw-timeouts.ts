import { type Control, replace } from './control.js';

/** Node's own timers: one of more than 2^31-1 ms fires at once. */
export const rawTimeouts: Control = {
  clock: (clock) =>
    replace(clock, {
      after: (ms, run) => {
        const timeout = setTimeout(run, Math.max(0, ms));
        return { cancel: () => clearTimeout(timeout) };
      },
    }),
};
