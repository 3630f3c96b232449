import type { Clock, Timer } from './clock.js';

/**
 * Calls `act` once `ms` milliseconds have passed and one more turn has read the sockets: where the event loop stood still, what a
 * deadline waits for may lie in one.
 */
export function afterReading(clock: Clock, ms: number, act: () => void): Timer {
  let cancelled = false;
  const timer = clock.after(ms, () => {
    clock.defer(() => {
      if (!cancelled) act();
    });
  });
  return {
    cancel: () => {
      cancelled = true;
      timer.cancel();
    },
  };
}
