import type { KnownPause } from '../claims/pause-claims.js';
import { BEAT_MS, LOOK_AFTER_MS } from './beat.js';
import type { TubeParts } from './tube-parts.js';

type GateParts = Pick<TubeParts, 'settings' | 'store' | 'clock' | 'report'>;

/** For so long a job that has ended here is worth a look. */
const REMEMBERED_MS = 600_000;

/** Whose tube it is. */
export interface TubeGateOwner {
  /** The store did not answer: `failed()` is expected. */
  storeFailed(): void;
  /** It has shut: nothing is to be kept here that does not run. */
  shut(): void;
  /** The store answers again. */
  storeBack(): void;
  /** It is open again. */
  opened(): void;
}

/** Since when a tube is known to be paused, of the monotonic clock. `told`: its event has come. */
interface Pause {
  readonly since: number;
  told: boolean;
}

/**
 * Whether jobs of a tube may begin here. It is shut while the claim store is **away**, or the tube is **paused**, or both.
 *
 * A store that is away is asked at each beat; a pause, at every second beat, which is each second. Whether there is one is asked at the start, and when the store is back; in
 * between the first claim that is not granted tells, or the store itself where it is in this process. A store that may lose writes is asked at the start, so that a loss is seen by those too that
 * claim for the first time after it, and every two seconds while there is something that it would have to be told again.
 */
export class TubeGate {
  readonly #parts: GateParts;
  readonly #owner: TubeGateOwner;
  #away = false;
  #pause: Pause | undefined;
  /** Whether there is a pause is to be asked, since nothing is known of it yet, or any more. */
  #unsure = true;
  #asking = false;
  /** How often the store has told of a pause or a resume by itself. What it was asked before the last one is over. */
  #changes = 0;
  #closed = false;
  #unwatch: (() => void) | undefined;
  /** When the store is looked at again, and the pause. */
  #storeAt = 0;
  #pauseAt = 0;
  #rememberUntil = -Infinity;

  constructor(parts: GateParts, owner: TubeGateOwner) {
    this.#parts = parts;
    this.#owner = owner;
  }

  get open(): boolean {
    return !this.#away && this.#pause === undefined;
  }

  /** The store does not answer. */
  get away(): boolean {
    return this.#away;
  }

  get paused(): boolean {
    return this.#pause !== undefined;
  }

  /** True when no beat is needed. */
  get idle(): boolean {
    return this.open && this.#parts.clock.monotonic() > this.#rememberUntil;
  }

  start(): void {
    const { store, settings } = this.#parts;
    this.#unwatch = store.pauses.onChange?.(settings.name, (known) => this.#told(known));
    this.#ask(store.onLoss !== undefined);
  }

  /** The store did not answer. */
  failed(): void {
    if (this.#closed || this.#away) return;
    const wasOpen = this.open;
    this.#away = true;
    this.#unsure = true;
    if (wasOpen) this.#owner.shut();
  }

  /** A claim was answered `paused`. Why and until when is asked. */
  refused(): void {
    if (this.#closed || this.paused) return;
    const wasOpen = this.open;
    this.#pause = this.#pauseFromNow();
    this.#pauseAt = 0;
    if (wasOpen) this.#owner.shut();
    this.#ask();
  }

  /** A claim is held, or a job has ended. */
  remember(): void {
    if (this.#parts.store.onLoss !== undefined) this.#rememberUntil = this.#parts.clock.monotonic() + REMEMBERED_MS;
  }

  onBeat(now: number): void {
    const isLookDue = now <= this.#rememberUntil && now >= this.#storeAt;
    if (this.#away || isLookDue || this.#isPauseDue(now)) this.#ask(isLookDue);
  }

  close(): void {
    this.#closed = true;
    this.#unwatch?.();
  }

  #told(known: KnownPause | undefined): void {
    if (this.#closed) return;
    this.#changes++;
    this.#saw(known);
  }

  #isPauseDue(now: number): boolean {
    return this.paused && now >= this.#pauseAt;
  }

  #ask(looksAtStore = false): void {
    if (this.#asking || this.#closed) return;
    this.#asking = true;
    const changes = this.#changes;
    this.#askBoth(looksAtStore).then(
      (answer) => {
        this.#asking = false;
        if (answer !== undefined && !this.#closed && changes === this.#changes) this.#saw(answer.pause);
      },
      () => {
        this.#asking = false;
        this.#owner.storeFailed();
      },
    );
  }

  /** Undefined where there was no need to ask for a pause. */
  async #askBoth(looksAtStore: boolean): Promise<{ readonly pause: KnownPause | undefined } | undefined> {
    const { store, settings, clock } = this.#parts;
    const now = clock.monotonic();
    const asksPause = this.#unsure || this.#isPauseDue(now);
    if (this.#away || looksAtStore) {
      this.#storeAt = now + LOOK_AFTER_MS;
      await store.ping(settings.name);
    }
    if (!asksPause) return undefined;
    this.#pauseAt = now + 2 * BEAT_MS;
    return { pause: await store.pauses.look(settings.name) };
  }

  /** The store answers, and says whether the tube is paused. */
  #saw(known: KnownPause | undefined): void {
    const { open: wasOpen, away: wasAway } = this;
    this.#away = false;
    this.#unsure = false;
    if (known === undefined) this.#resumed();
    else this.#paused(known);
    if (wasAway) this.#owner.storeBack();
    if (wasOpen && !this.open) this.#owner.shut();
    else if (!wasOpen && this.open) this.#owner.opened();
  }

  #paused({ reason, untilMs }: KnownPause): void {
    const pause = (this.#pause ??= this.#pauseFromNow());
    if (pause.told) return;
    pause.told = true;
    this.#parts.report({
      type: 'tube-paused',
      tube: this.#parts.settings.name,
      reason: reason === '' ? undefined : reason,
      until: untilMs === undefined ? undefined : new Date(untilMs),
    });
  }

  #resumed(): void {
    const pause = this.#pause;
    this.#pause = undefined;
    if (pause?.told !== true) return;
    const pausedMs = Math.round(this.#parts.clock.monotonic() - pause.since);
    this.#parts.report({ type: 'tube-resumed', tube: this.#parts.settings.name, pausedMs });
  }

  #pauseFromNow(): Pause {
    return { since: this.#parts.clock.monotonic(), told: false };
  }
}
