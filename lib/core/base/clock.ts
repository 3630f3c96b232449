/** A pending call, to be taken back. Cancelling twice, or after it ran, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time and turns, given by constructor so that tests and the simulation can hold both in hand. */
export interface Clock {
  /** Wall clock: milliseconds since 1970. It may step. Due times are read on it. */
  now(): number;
  /** Milliseconds from any start; never steps back. Deadlines and durations are read on it. */
  monotonic(): number;
  /** Calls `run` once, not before `ms` milliseconds have passed. */
  after(ms: number, run: () => void): Timer;
  /** Calls `run` once this turn's events are handled: what one turn gathers leaves together. */
  defer(run: () => void): void;
}

/** Node's setTimeout fires at once above this (2^31-1 ms, about 25 days), so longer waits are chained. */
const LONGEST_TIMEOUT = 2_147_483_647;

class SystemTimer implements Timer {
  #timeout: NodeJS.Timeout | undefined;

  constructor(ms: number, run: () => void) {
    this.#wait(Math.max(0, ms), run);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #wait(ms: number, run: () => void): void {
    this.#timeout =
      ms > LONGEST_TIMEOUT
        ? setTimeout(() => this.#wait(ms - LONGEST_TIMEOUT, run), LONGEST_TIMEOUT)
        : setTimeout(run, ms);
  }
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => new SystemTimer(ms, run),
  defer: (run) => {
    setImmediate(run);
  },
};

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
