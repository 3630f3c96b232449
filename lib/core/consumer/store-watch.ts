import { LOOK_AFTER_MS } from './beat.js';
import type { TubeParts } from './tube-parts.js';

type WatchParts = Pick<TubeParts, 'settings' | 'store' | 'clock'>;

/** For so long a job that has ended here is worth a look. */
const REMEMBERED_MS = 600_000;

/** Whose tube it is. */
export interface StoreWatchOwner {
  /** The store did not answer. */
  storeFailed(): void;
  /** It does again. */
  storeBack(): void;
}

/**
 * Whether the claim store answers for a tube. While it does not, it is asked at each beat. A store that may lose writes is asked at the start,
 * so that a loss is seen by those too that claim for the first time after it, and every two seconds while there is something that it would
 * have to be told again.
 */
export class StoreWatch {
  readonly #parts: WatchParts;
  readonly #owner: StoreWatchOwner;
  #away = false;
  #closed = false;
  #asking = false;
  #lookAt = 0;
  #rememberUntil = -Infinity;

  constructor(parts: WatchParts, owner: StoreWatchOwner) {
    this.#parts = parts;
    this.#owner = owner;
  }

  get away(): boolean {
    return this.#away;
  }

  /** True when no beat is needed. */
  get idle(): boolean {
    return !this.#away && this.#parts.clock.monotonic() > this.#rememberUntil;
  }

  start(): void {
    if (this.#parts.store.onLoss !== undefined) this.#ask();
  }

  /** True the first time. */
  failed(): boolean {
    if (this.#away || this.#closed) return false;
    this.#away = true;
    return true;
  }

  /** A claim is held, or a job has ended. */
  remember(): void {
    if (this.#parts.store.onLoss !== undefined) this.#rememberUntil = this.#parts.clock.monotonic() + REMEMBERED_MS;
  }

  onBeat(now: number): void {
    if (this.#away || (now <= this.#rememberUntil && now >= this.#lookAt)) this.#ask();
  }

  close(): void {
    this.#closed = true;
  }

  #ask(): void {
    if (this.#asking || this.#closed) return;
    this.#asking = true;
    this.#lookAt = this.#parts.clock.monotonic() + LOOK_AFTER_MS;
    this.#parts.store.ping(this.#parts.settings.name).then(
      () => {
        this.#asking = false;
        if (!this.#away) return;
        this.#away = false;
        if (!this.#closed) this.#owner.storeBack();
      },
      () => {
        this.#asking = false;
        this.#owner.storeFailed();
      },
    );
  }
}
