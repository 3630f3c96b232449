import { PAUSED_TUBES_KEY, pauseKey } from '../claims/claim-key.js';
import type { KnownPause, PauseClaims, PauseRequest } from '../claims/pause-claims.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import type { RedisParts } from './redis-parts.js';

const VALUE = /^dq1:Z:(\d+):(\d+):(.*)$/s;
const LATE =
  'Expected the call to reach Redis within the command deadline, but it took longer. Nothing was changed; repeat it.';

/** Paused tubes in Redis, one key each. */
export class RedisPauses implements PauseClaims {
  readonly #parts: RedisParts;

  constructor(parts: RedisParts) {
    this.#parts = parts;
  }

  async pause(tube: string, { forMs = 0, reason }: PauseRequest): Promise<KnownPause> {
    const { scripts, connection } = this.#parts;
    // Two slots: the name may stand there without a pause. The other way round only where its master is away, which keeps no tube from being stopped.
    if (connection.isCluster) await scripts.call('dqNotePaused', [PAUSED_TUBES_KEY], [tube]).catch(() => undefined);
    const parameters = [forMs, reason, await this.#goodUntil(tube), tube];
    const answer = (await scripts.call('dqPause', this.#keys(tube), parameters)) as readonly string[];
    const [since, until] = answer;
    if (since === undefined) throw new DqClaimStoreError(LATE);
    return knownPause(since, until, reason);
  }

  async resume(tube: string): Promise<boolean> {
    const parameters = [await this.#goodUntil(tube), tube];
    const answer = await this.#parts.scripts.call('dqResume', this.#keys(tube), parameters);
    if (answer === -1) throw new DqClaimStoreError(LATE);
    return answer === 1;
  }

  async look(tube: string): Promise<KnownPause | undefined> {
    const { connection } = this.#parts;
    const value = await connection.call('a look at a pause', () => connection.client.get(pauseKey(tube)));
    if (value === null) return undefined;
    const [, since, until, reason = ''] = VALUE.exec(value) ?? [];
    // As a later release may write it: it is paused, whatever else it says.
    return knownPause(since, until, reason);
  }

  async tubes(): Promise<readonly string[]> {
    const { connection } = this.#parts;
    const names = await connection.call('a look at pauses', () => connection.client.get(PAUSED_TUBES_KEY));
    return (names ?? '').split('\n').filter((name) => name !== '');
  }

  #keys(tube: string): readonly string[] {
    return this.#parts.connection.isCluster ? [pauseKey(tube)] : [pauseKey(tube), PAUSED_TUBES_KEY];
  }

  /** Whoever pauses may have asked for nothing before; what it gave up must not come true later. */
  async #goodUntil(tube: string): Promise<number> {
    await this.#parts.memory.heardClock(tube);
    return this.#parts.memory.goodUntil(tube);
  }
}

function knownPause(since: string | undefined, until: string | undefined, reason: string): KnownPause {
  const untilMs = Number(until ?? 0);
  return { sinceMs: Number(since ?? 0), untilMs: untilMs === 0 ? undefined : untilMs, reason };
}
