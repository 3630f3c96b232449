import { EPOCH_MS, type VirtualTime } from './virtual-time.js';

/** The wall clock of one machine. It may step and drift; the true time does not. */
export class HostClock {
  readonly #time: VirtualTime;
  #offset = 0;
  #drift = 0;
  #driftSince = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** Whole milliseconds, as machines tell them. */
  now(): number {
    return Math.floor(EPOCH_MS + this.#time.now + this.ahead);
  }

  /** How far it is ahead of the true time. */
  get ahead(): number {
    return this.#offset + this.#drift * (this.#time.now - this.#driftSince);
  }

  step(ms: number): void {
    this.#offset += ms;
  }

  /** From now on it gains so much of every millisecond. */
  drift(rate: number): void {
    this.#offset = this.ahead;
    this.#driftSince = this.#time.now;
    this.#drift = rate;
  }

  /** NTP has done its work. */
  correct(): void {
    this.#offset = 0;
    this.#drift = 0;
  }
}
