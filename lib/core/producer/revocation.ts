import { afterReading, type Clock } from '../base/clock.js';
import { isNativeKey, nativeClaimKey } from '../claims/claim-key.js';
import type { ClaimStore, RevokeVerdict } from '../claims/claim-store.js';
import type { Cluster } from '../cluster/cluster.js';
import type { TubeSettings } from '../options/resolved-options.js';
import type { Handle } from '../wire/handle.js';
import { accountRemoved, removeFound } from './copy-removal.js';
import { CopySearch, type FoundCopy } from '../inspector/copy-search.js';

const MD5 = /^[0-9a-f]{32}$/;
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
  readonly #tube: string;
  readonly #format: TubeSettings['format'];
  readonly #store: ClaimStore;
  readonly #clock: Clock;
  readonly #search: CopySearch;

  constructor(handle: Handle, tube: TubeSettings, cluster: Cluster, store: ClaimStore, clock: Clock) {
    this.#tube = tube.name;
    this.#format = tube.format;
    this.#store = store;
    this.#clock = clock;
    this.#search = new CopySearch(handle, tube, cluster);
    const decided = handle.id === undefined ? this.#decideAgreed() : this.#decide(handle.id);
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
    const first = await this.#within(SEARCH_MS, this.#search.first());
    if (first !== undefined) return this.#revoke([first.key], first);
    this.#search.refuseCutOff();
    const absent = (await this.#within(0, this.#search.allAbsent())) === true;
    return this.#revoke(this.#keysOf(id), undefined, absent);
  }

  async #revoke(keys: readonly string[], copy: FoundCopy | undefined, absent = false): Promise<Decision> {
    const request = { copies: copy?.copies ?? 0, dueMs: copy?.dueMs, slot: copy?.slot, absent };
    // A user of Redis who handles native tubes alone need not have a right to the keys of plain jobs.
    const isGuess = (key: string): boolean => copy === undefined && this.#format === 'native' && !isNativeKey(key);
    const verdicts = await Promise.all(
      keys.map((key) => this.#store.revoke(this.#tube, { key, ...request, guess: isGuess(key) })),
    );
    const order = absent ? STRONGEST_OF_ABSENT : STRONGEST;
    const verdict = order.find((one) => verdicts.includes(one)) ?? 'done';
    if (verdict !== 'revoked') return { verdict, deleting: Promise.resolve() };
    const deleting = this.#deleteAll(copy?.key);
    await this.#within(PATIENCE_MS, deleting);
    return { verdict, deleting };
  }

  /**
   * The keys that the claim may have: for a caller's own id that of its admission, which leads to the claim. What looks like an md5
   * may be that of a plain body. The tube's format here does not tell: another service may write it in the other one.
   */
  #keysOf(id: string): readonly string[] {
    const key = nativeClaimKey(this.#tube, id);
    return MD5.test(id) ? [key, id] : [key];
  }

  /** Deletes what was read of the job: of `revoked`, where a copy told its key in time, else of whatever the handle's id names. */
  async #deleteAll(revoked: string | undefined): Promise<void> {
    const removed = await removeFound(this.#search, revoked);
    if (removed === undefined) return;
    const { key, copies, dueMs, slot } = removed.copy;
    try {
      if (revoked === undefined) await this.#store.revoke(this.#tube, { key, copies, dueMs, slot });
    } catch {
      // The tombstone stands; unaccounted copies only make it stay longer.
      return;
    }
    await accountRemoved(this.#tube, removed, this.#store);
  }

  #within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const timer = afterReading(this.#clock, ms, () => resolve(undefined));
      promise.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}
