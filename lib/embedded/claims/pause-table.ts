import type { Clock } from '../../core/base/clock.js';
import { pauseKey, tubeOfPauseKey } from '../../core/claims/claim-key.js';
import type { KnownPause, PauseClaims, PauseRequest } from '../../core/claims/pause-claims.js';
import { FOREVER, type TubeEntry } from './claim-record.js';
import type { ExpiringMap } from './expiring-map.js';

type Tell = Parameters<NonNullable<PauseClaims['onChange']>>[1];

/** Paused tubes in memory. */
export class PauseTable {
  readonly #entries: ExpiringMap<TubeEntry>;
  readonly #clock: Clock;
  readonly #tells = new Map<string, Set<Tell>>();

  constructor(entries: ExpiringMap<TubeEntry>, clock: Clock) {
    this.#entries = entries;
    this.#clock = clock;
  }

  pause(tube: string, { forMs, reason }: PauseRequest): KnownPause {
    const now = this.#clock.now();
    const sinceMs = this.look(tube)?.sinceMs ?? now;
    const untilMs = forMs === undefined ? undefined : now + forMs;
    // In the millisecond of its end it is over.
    const keptUntil = untilMs === undefined ? FOREVER : untilMs - 1;
    this.#entries.set(pauseKey(tube), { state: 'pause', sinceMs, untilMs, reason, keptUntil });
    const known = { sinceMs, untilMs, reason };
    this.#tell(tube, known);
    return known;
  }

  resume(tube: string): boolean {
    const isPaused = this.look(tube) !== undefined;
    this.#entries.drop(pauseKey(tube));
    this.#tell(tube, undefined);
    return isPaused;
  }

  tubes(): readonly string[] {
    return [...this.#entries.entries()].flatMap(([key, { state }]) => (state === 'pause' ? tubeOfPauseKey(key) : []));
  }

  look(tube: string): KnownPause | undefined {
    const entry = this.#entries.get(pauseKey(tube), this.#clock.now());
    if (entry?.state !== 'pause') return undefined;
    const { sinceMs, untilMs, reason } = entry;
    return { sinceMs, untilMs, reason };
  }

  /** See {@link PauseClaims.onChange}. */
  onChange(tube: string, tell: Tell): () => void {
    const tells = this.#tells.get(tube) ?? new Set<Tell>();
    this.#tells.set(tube, tells.add(tell));
    return () => void tells.delete(tell);
  }

  #tell(tube: string, known: KnownPause | undefined): void {
    for (const tell of this.#tells.get(tube) ?? []) tell(known);
  }
}
