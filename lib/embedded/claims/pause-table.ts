import type { Clock } from '../../core/base/clock.js';
import type { KnownPause, PauseRequest } from '../../core/claims/pause-claims.js';

/** Paused tubes in memory. */
export class PauseTable {
  readonly #pauses = new Map<string, KnownPause>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  pause(tube: string, { forMs, reason }: PauseRequest): KnownPause {
    const now = this.#clock.now();
    const sinceMs = this.look(tube)?.sinceMs ?? now;
    const known = { sinceMs, untilMs: forMs === undefined ? undefined : now + forMs, reason };
    this.#pauses.set(tube, known);
    return known;
  }

  resume(tube: string): boolean {
    const isPaused = this.look(tube) !== undefined;
    this.#pauses.delete(tube);
    return isPaused;
  }

  look(tube: string): KnownPause | undefined {
    const known = this.#pauses.get(tube);
    return known !== undefined && this.#clock.now() < (known.untilMs ?? Infinity) ? known : undefined;
  }
}
