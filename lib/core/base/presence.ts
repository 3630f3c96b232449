import type { Clock, Timer } from './clock.js';

/** What a thing's owner wants to hear of it. */
export interface PresenceTold {
  /** It is lost, or still is and here is another reason. `reached`: it has answered before. */
  lost(reason: string, reached: boolean): void;
  /** It is back. `awayMs`: from the first loss that was told. `losses`: how often it went in that time; more than one: it flapped. */
  back(awayMs: number, losses: number): void;
  /** It is there for other uses, and not for this one, which has failed for two seconds. */
  partly?(use: string, reason: string): void;
}

/** A return is told at once; when the loss before it came sooner than this after another return, only once it has lasted for as long. */
const QUIET_MS = 10_000;
/** A use that fails while others succeed may be one of many that die one after the other. */
const PARTLY_AFTER_MS = 2_000;
/** Of one absence. */
const MOST_REASONS = 5;

/**
 * Whether one thing that can be lost is there, and when that is told: a node, all nodes, the claim store, a file.
 *
 * **Signs.** Whatever the thing is used for has a name, its **use**. A use that failed is a sign of loss, and the same use that succeeds
 * is the sign of return: nothing else is, however well it goes. With `needs: 'all'` one failing use is a loss, and all that failed must
 * succeed. With `needs: 'any'` the thing is lost when a use fails and none is known to succeed; while another one does, it is there
 * partly.
 *
 * **Telling.** A loss is told at once, and each further kind of reason once in an absence, for the first is often a mere symptom. A
 * return is told at once too. But what is lost again within ten seconds of a return flaps: its next return is told when it has lasted for
 * ten seconds, with the number of losses, and those in between are silent.
 */
export class Presence {
  readonly #clock: Clock;
  readonly #needs: 'all' | 'any';
  readonly #told: PresenceTold;
  readonly #failing = new Map<string, string>();
  readonly #succeeding = new Set<string>();
  #reached = false;
  #lost = false;
  /** What was told last, and the absence that it is about. */
  #toldLost = false;
  readonly #kinds = new Set<string>();
  #losses = 0;
  #lostAt = 0;
  #backAt: number | undefined;
  #settling: Timer | undefined;
  #partly: Timer | undefined;
  /** When the failure of a use was told while others succeed, and whether that use has succeeded since. */
  readonly #partlyTold = new Map<string, { readonly at: number; over: boolean }>();
  #closed = false;

  constructor(clock: Clock, needs: 'all' | 'any', told: PresenceTold) {
    this.#clock = clock;
    this.#needs = needs;
    this.#told = told;
  }

  get lost(): boolean {
    return this.#lost;
  }

  get reached(): boolean {
    return this.#reached;
  }

  /** What failed, and has not succeeded since. */
  get failing(): readonly string[] {
    return [...this.#failing.keys()];
  }

  failed(use: string, { kind, reason, extent = 'use' }: Sign): void {
    if (this.#closed) return;
    this.#failing.set(use, reason);
    if (extent === 'all') this.#succeeding.clear();
    else if (extent === 'use') this.#succeeding.delete(use);
    if (this.#needs === 'any' && this.#succeeding.size > 0) {
      this.#partly ??= this.#clock.after(PARTLY_AFTER_MS, () => this.#tellPartly());
      return;
    }
    this.#tellLost(kind, reason);
  }

  succeeded(use: string): void {
    this.#reached = true;
    this.#failing.delete(use);
    this.#succeeding.add(use);
    const told = this.#partlyTold.get(use);
    if (told !== undefined) told.over = true;
    if (this.#needs === 'any' || this.#failing.size === 0) this.#return();
  }

  /** Nothing is used for that any more. What failed goes on to count: it has not succeeded. */
  unused(use: string): void {
    this.#succeeding.delete(use);
  }

  close(): void {
    this.#closed = true;
    this.#settling?.cancel();
    this.#partly?.cancel();
  }

  #tellLost(kind: string, reason: string): void {
    if (!this.#lost) {
      this.#lost = true;
      this.#losses++;
      this.#settling?.cancel();
      this.#settling = undefined;
    }
    if (!this.#toldLost) {
      this.#toldLost = true;
      this.#lostAt = this.#clock.monotonic();
      this.#losses = 1;
      this.#kinds.clear();
    }
    if (this.#kinds.has(kind) || this.#kinds.size >= MOST_REASONS) return;
    this.#kinds.add(kind);
    this.#told.lost(reason, this.#reached);
  }

  #return(): void {
    if (!this.#lost || this.#closed) return;
    this.#lost = false;
    const awayMs = Math.round(this.#clock.monotonic() - this.#lostAt);
    const flaps = this.#backAt !== undefined && this.#lostAt - this.#backAt < QUIET_MS;
    if (!flaps) this.#tellBack(awayMs);
    else this.#settling = this.#clock.after(QUIET_MS, () => this.#tellBack(awayMs));
  }

  #tellBack(awayMs: number): void {
    this.#settling = undefined;
    this.#toldLost = false;
    this.#backAt = this.#clock.monotonic();
    this.#told.back(awayMs, this.#losses);
  }

  #tellPartly(): void {
    this.#partly = undefined;
    if (this.#lost || this.#succeeding.size === 0) return;
    const at = this.#clock.monotonic();
    for (const [use, reason] of this.#failing) {
      const before = this.#partlyTold.get(use);
      if (before !== undefined && (!before.over || at - before.at < QUIET_MS)) continue;
      this.#partlyTold.set(use, { at, over: false });
      this.#told.partly?.(use, reason);
    }
  }
}

/** What speaks for a loss. */
export interface Sign {
  /** Reasons of one kind are told once. */
  readonly kind: string;
  readonly reason: string;
  /**
   * What it speaks for: this use, all uses, or only the one that was new, while others go on.
   * @default 'use'
   */
  readonly extent?: 'new' | 'use' | 'all';
}
