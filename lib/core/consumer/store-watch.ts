import type { ClaimStore } from '../claims/claim-store.js';
import type { Clock, Timer } from '../clock.js';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 1_000;

/** Whether the claim store answers for a tube. After a failure it asks until it does, then calls `onBack`. */
export class StoreWatch {
  #away = false;
  #closed = false;
  #timer: Timer | undefined;

  constructor(
    readonly tube: string,
    readonly store: ClaimStore,
    readonly clock: Clock,
    readonly onBack: () => void,
  ) {}

  get away(): boolean {
    return this.#away;
  }

  /** True the first time. */
  failed(): boolean {
    if (this.#away || this.#closed) return false;
    this.#away = true;
    this.#ask(FIRST_WAIT_MS);
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #ask(wait: number): void {
    if (this.#closed) return;
    this.#timer = this.clock.after(wait, () => {
      this.store.ping(this.tube).then(
        () => {
          this.#away = false;
          if (!this.#closed) this.onBack();
        },
        () => this.#ask(Math.min(wait * 2, LONGEST_WAIT_MS)),
      );
    });
  }
}
