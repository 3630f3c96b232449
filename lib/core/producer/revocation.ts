import type { Clock } from '../base/clock.js';
import { isNativeKey } from '../claims/claim-key.js';
import type { ClaimStore, RevokeVerdict } from '../claims/claim-store.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { CopySearch, type FoundCopy } from '../inspector/copy-search.js';
import { claimKeysOf, declaredHandle, type LookParts } from '../inspector/declared-handle.js';
import { inTime } from '../base/in-time.js';

/** How long a revoke waits for nodes that do not answer, once it knows enough. */
const PATIENCE_MS = 50;
/** How long it looks for a first copy before it puts a tombstone that does not know the due time. */
const SEARCH_MS = 250;
/** Where an id may be of two claims, the stronger answer holds. */
const STRONGEST: readonly RevokeVerdict[] = ['running', 'dead', 'done', 'revoked'];
/** Without a claim, what no node has is done: that says nothing against the other claim. */
const STRONGEST_OF_ABSENT: readonly RevokeVerdict[] = ['running', 'dead', 'revoked', 'done'];

/** What was decided, and the copies that are still being deleted. */
interface Decision {
  readonly verdict: RevokeVerdict;
  readonly deleting: Promise<void>;
}

/**
 * One revoke. It **reads** every copy that the handle names and can be asked. With the first copy found (or when none is found in
 * time; without an id, when two nodes agree) it **decides**, in the claim store: only where the store says revoked it **deletes** the
 * copies found, on the connection that read them, and **accounts** for them. The tombstone keeps all other copies from running.
 */
export class Revocation {
  /** Settles when nothing of this revoke is under way any more, whatever it resolved to. */
  readonly finished: Promise<void>;
  readonly verdict: Promise<RevokeVerdict>;
  readonly #tube: TubeSettings;
  readonly #store: ClaimStore;
  readonly #clock: Clock;
  readonly #search: CopySearch;

  /** @throws DqHandleError */
  constructor(handle: string, parts: LookParts) {
    const { parsed, tube } = declaredHandle(handle, parts);
    this.#tube = tube;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#search = new CopySearch(parsed, tube, parts.cluster);
    const decided = parsed.id === undefined ? this.#decideAgreed() : this.#decide(parsed.id);
    this.verdict = decided.then(({ verdict }) => verdict);
    this.finished = decided.then(
      ({ deleting }) => deleting,
      async () => {
        await this.#search.all();
      },
    );
  }

  async #decideAgreed(): Promise<Decision> {
    const copy = await this.#search.agreed();
    return copy === 'absent' ? { verdict: 'done', deleting: Promise.resolve() } : this.#revoke([copy.key], copy);
  }

  async #decide(id: string): Promise<Decision> {
    const first = await inTime(this.#clock, SEARCH_MS, this.#search.first(), undefined);
    if (first !== undefined) return this.#revoke([first.key], first);
    this.#search.refuseCutOff();
    const absent = await inTime(this.#clock, 0, this.#search.allAbsent(), false);
    // The tube's format here does not tell which: another service may write it in the other one.
    return this.#revoke(claimKeysOf(this.#tube.name, id), undefined, absent);
  }

  async #revoke(keys: readonly string[], copy: FoundCopy | undefined, absent = false): Promise<Decision> {
    const { name, format } = this.#tube;
    const request = { copies: copy?.copies ?? 0, dueMs: copy?.dueMs, slot: copy?.slot, absent };
    // A user of Redis who handles native tubes alone need not have a right to the keys of plain jobs.
    const isGuess = (key: string): boolean => copy === undefined && format === 'native' && !isNativeKey(key);
    const verdicts = await Promise.all(
      keys.map((key) => this.#store.revoke(name, { key, ...request, guess: isGuess(key) })),
    );
    const order = absent ? STRONGEST_OF_ABSENT : STRONGEST;
    const verdict = order.find((one) => verdicts.includes(one)) ?? 'done';
    if (verdict !== 'revoked') return { verdict, deleting: Promise.resolve() };
    const deleting = this.#deleteAll(copy?.key);
    await inTime(this.#clock, PATIENCE_MS, deleting, undefined);
    return { verdict, deleting };
  }

  /** Deletes what was read of the job: of `revoked`, where a copy told its key in time, else of whatever the handle's id names. */
  async #deleteAll(revoked: string | undefined): Promise<void> {
    const removed = await this.#search.delete(revoked);
    if (removed === undefined) return;
    const { copy, gone } = removed;
    const { key, copies, dueMs, slot } = copy;
    try {
      if (revoked === undefined) await this.#store.revoke(this.#tube.name, { key, copies, dueMs, slot });
      await this.#store.account(this.#tube.name, [{ key, copies, gone }]);
    } catch {
      // The tombstone stands; unaccounted copies only make it stay longer.
    }
  }
}
