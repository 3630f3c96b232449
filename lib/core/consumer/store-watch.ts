import type { ClaimStore } from '../claims/claim-store.js';
import type { Clock, Timer } from '../base/clock.js';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 1_000;
/** Others wait for `NO_TAKEOVER_MS` until what a store has lost was told to it again. */
const LOOK_EVERY_MS = 2_000;
/** For so long a job that has ended here is worth a look. */
const REMEMBERED_MS = 600_000;

/** Whose tube it is. */
export interface StoreWatchOwner {
  /** Something runs here, or is about to. */
  readonly holdsClaims: boolean;
  /** The store did not answer. */
  storeFailed(): void;
  /** It does again. */
  storeBack(): void;
}

/**
 * Whether the claim store answers for a tube. After a failure it asks until it does. A store that may lose writes is asked at the start,
 * and every two seconds while there is something that it would have to be told again.
 */
export class StoreWatch {
  readonly #tube: string;
  readonly #store: ClaimStore;
  readonly #clock: Clock;
  readonly #owner: StoreWatchOwner;
  #away = false;
  #closed = false;
  #timer: Timer | undefined;
  /** The wait that was last, while a failure soon follows each return. */
  #wait = 0;
  #backAt = -Infinity;
  #looking: Timer | undefined;
  #ended = false;
  #rememberUntil = 0;

  constructor(tube: string, store: ClaimStore, clock: Clock, owner: StoreWatchOwner) {
    this.#tube = tube;
    this.#store = store;
    this.#clock = clock;
    this.#owner = owner;
  }

  get away(): boolean {
    return this.#away;
  }

  /** True the first time. */
  failed(): boolean {
    if (this.#away || this.#closed) return false;
    this.#away = true;
    // What answers a trial, and fails at once after it, is not to be tried in a circle.
    const soon = this.#clock.monotonic() - this.#backAt < LONGEST_WAIT_MS;
    this.#ask(soon ? Math.min(this.#wait * 2, LONGEST_WAIT_MS) : FIRST_WAIT_MS);
    return true;
  }

  /** A store that may lose writes is asked what it knows, so that a loss is seen by those too that claim for the first time after it. */
  start(): void {
    if (this.#store.onLoss !== undefined) this.#look();
  }

  /** A claim was granted, or a job has ended. */
  remember(): void {
    this.#ended = true;
    if (this.#looking === undefined && this.#store.onLoss !== undefined && !this.#closed) this.#lookLater();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#looking?.cancel();
  }

  #ask(wait: number): void {
    if (this.#closed) return;
    this.#wait = wait;
    this.#timer = this.#clock.after(wait, () => {
      this.#store.ping(this.#tube).then(
        () => {
          this.#away = false;
          this.#backAt = this.#clock.monotonic();
          if (!this.#closed) this.#owner.storeBack();
        },
        () => this.#ask(Math.min(wait * 2, LONGEST_WAIT_MS)),
      );
    });
  }

  #lookLater(): void {
    this.#looking = this.#clock.after(LOOK_EVERY_MS, () => {
      this.#looking = undefined;
      if (this.#closed) return;
      const now = this.#clock.monotonic();
      if (this.#ended) this.#rememberUntil = now + REMEMBERED_MS;
      this.#ended = false;
      if (now > this.#rememberUntil && !this.#owner.holdsClaims) return;
      this.#lookLater();
      if (!this.#away) this.#look();
    });
  }

  #look(): void {
    this.#store.ping(this.#tube).catch(() => this.#owner.storeFailed());
  }
}
