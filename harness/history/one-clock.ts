const LOOKS = 20;

/**
 * The clock of a run: the kernel's monotonic clock, which all processes of a machine share and no fault here touches, shown as
 * wall-clock milliseconds. The run's first process fixes the difference once; the others are told.
 */
export class OneClock {
  constructor(readonly originMs: number) {}

  /**
   * Looks at both clocks when the wall clock ticks, several times: a process that is held up in between finds the difference
   * too small, never too large.
   */
  static fix(): OneClock {
    return new OneClock(Math.max(...Array.from({ length: LOOKS }, () => differenceAtTick())));
  }

  now(): number {
    return this.originMs + monotonicMs();
  }
}

function differenceAtTick(): number {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  return now - monotonicMs();
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
