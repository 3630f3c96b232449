import type { Clock, Timer } from '../base/clock.js';

export const BEAT_MS = 500;
/** What goes on is looked after so often: held copies are touched, jobs that run elsewhere asked for, a store that may lose writes is looked at. */
export const LOOK_AFTER_MS = 2_000;

/** What a beat does, and for how long it goes on. */
export interface BeatOwner {
  /** Looks after what is here. `now` is of the monotonic clock. */
  onBeat(now: number): void;
  /** The wall clock was set: what waits here waits for moments of the old one. */
  onClockStep(): void;
  /** True when nothing is here that would have to be looked after. */
  readonly idle: boolean;
}

/** A consumer's heartbeat: every half second while it holds anything, and not at all when it does not. */
export class Beat {
  readonly #clock: Clock;
  readonly #owner: BeatOwner;
  readonly #later = (): void => this.#beat();
  #timer: Timer | undefined;
  /** By how much the wall clock is ahead of the monotonic one. */
  #offset = 0;
  #stopped = false;

  constructor(clock: Clock, owner: BeatOwner) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /** Something came. */
  start(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    this.#offset = this.#clock.now() - this.#clock.monotonic();
    this.#timer = this.#clock.after(BEAT_MS, this.#later);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #beat(): void {
    this.#timer = this.#owner.idle ? undefined : this.#clock.after(BEAT_MS, this.#later);
    const now = this.#clock.monotonic();
    this.#owner.onBeat(now);
    const offset = this.#clock.now() - now;
    const step = Math.abs(offset - this.#offset);
    this.#offset = offset;
    // NTP corrects smaller differences by going slower or faster.
    if (step > BEAT_MS) this.#owner.onClockStep();
  }
}
