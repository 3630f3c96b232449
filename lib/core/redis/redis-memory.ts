import { trialKey } from '../claims/claim-key.js';
import { NO_TAKEOVER_MS, type StoreClock } from '../claims/store-clock.js';
import type { Clock } from '../base/clock.js';
import { newJobId } from '../wire/job-id.js';
import type { RedisConnection } from './redis-connection.js';
import type { Mark, RedisScripts } from './redis-scripts.js';

/** Longer than any job waits; with each look it begins anew. */
const KEEP_MARK_MS = 365 * 86_400_000;
/** This process and Redis do not read their clocks at one moment. */
const MARGIN_MS = 1_000;

const LOST =
  'Redis has lost recent writes, or may have: it was emptied or restarted, or another server has taken its place. It was told again what ' +
  `runs here and what has ended. Jobs that were due before start up to ${NO_TAKEOVER_MS / 1000} s later, so that other consumers can do the same.`;
export const NO_INFO =
  'Redis refuses INFO to its user. So nothing checks whether it may evict claims or keeps no append-only file, and each new connection ' +
  'counts as if Redis had lost recent writes: jobs then start up to 5 s later. Allow +info.';

/**
 * What Redis still remembers, as the mark of each tube tells; see LOOK. A tube's mark is **unknown** at first, and again after each new
 * connection, a claim that met another mark, or a command that missed its claim. Then it is looked for before the next claim. When it is
 * another one than before, whoever holds claims of the tube tells them again before that.
 */
export class RedisMemory {
  readonly #connection: Pick<RedisConnection, 'askNoInfo' | 'epoch' | 'tell' | 'warn'>;
  readonly #scripts: Pick<RedisScripts, 'callLate'>;
  readonly #clock: Clock;
  readonly #known = new Map<string, Mark>();
  /** Tubes whose mark has to be looked for. */
  readonly #doubted = new Set<string>();
  /** Tubes of which a loss was found, and not all was told again. */
  readonly #lost = new Set<string>();
  readonly #tellers = new Map<string, () => Promise<void>>();
  readonly #looks = new Map<string, Promise<Mark>>();
  /** The last connection on which INFO was refused. */
  #noInfo = -1;

  constructor(
    connection: Pick<RedisConnection, 'askNoInfo' | 'epoch' | 'tell' | 'warn'>,
    scripts: Pick<RedisScripts, 'callLate'>,
    clock: Clock,
  ) {
    this.#connection = connection;
    this.#scripts = scripts;
    this.#clock = clock;
  }

  /** See {@link ClaimStore.onLoss}. */
  onLoss(tube: string, tellAgain: () => Promise<void>): void {
    this.#tellers.set(tube, tellAgain);
  }

  /** The mark to claim with, undefined when it has to be looked for. */
  mark(tube: string): Mark | undefined {
    const known = this.#known.get(tube);
    if (known?.epoch !== this.#connection.epoch || this.#doubted.has(tube) || this.#lost.has(tube)) return undefined;
    return known;
  }

  /** A claim met another mark, or a command missed its claim. */
  doubt(tube: string): void {
    this.#doubted.add(tube);
  }

  /** A master of a Cluster is gone. What takes its place may know less, and the connection to the Cluster stays. */
  doubtAll(): void {
    for (const tube of this.#known.keys()) this.doubt(tube);
  }

  /** Whether claims of the tube may be missing that others will tell again. */
  settling(tube: string): boolean {
    return (this.#known.get(tube)?.settlesAt ?? 0) > this.#clock.monotonic();
  }

  /**
   * Looks for the mark, and has all told again where that is another one; one look at a time. It takes all that claims need, so it is a
   * trial of Redis too.
   * @throws DqClaimStoreError
   */
  look(tube: string, storeClock: StoreClock): Promise<Mark> {
    let look = this.#looks.get(tube);
    if (look === undefined) {
      look = this.#lookAndTell(tube, storeClock).finally(() => this.#looks.delete(tube));
      this.#looks.set(tube, look);
    }
    return look;
  }

  async #lookAndTell(tube: string, storeClock: StoreClock): Promise<Mark> {
    const before = this.#known.get(tube);
    this.#doubted.delete(tube);
    const known = await this.#look(trialKey(tube), before, storeClock).catch((error: unknown) => {
      // Nothing was found out.
      this.doubt(tube);
      throw error;
    });
    this.#known.set(tube, known);
    if (before !== undefined && before.word !== known.word) {
      this.#lost.add(tube);
      this.#connection.tell(LOST);
    }
    if (this.#lost.has(tube)) await this.#tellers.get(tube)?.();
    this.#lost.delete(tube);
    return known;
  }

  async #look(key: string, before: Mark | undefined, storeClock: StoreClock): Promise<Mark> {
    // Known when it is sent: it may wait until Redis is ready.
    let epoch = 0;
    const answer = await this.#scripts.callLate('dqLook', 1, () => {
      epoch = this.#connection.epoch;
      const fresh = before?.epoch === epoch ? 0 : 1;
      return [key, before?.word ?? '', newJobId(), KEEP_MARK_MS, fresh, this.#noInfo === epoch ? 0 : 1];
    });
    const [now, word, since, refused] = answer as [number, string, number, number];
    storeClock.heard(now);
    if (refused === 1) {
      this.#noInfo = epoch;
      this.#connection.askNoInfo();
      this.#connection.warn(NO_INFO);
    }
    // Who never asked before may be the first to be given what others have yet to tell again. Redis' clock may have been set back since.
    const ago = Math.max(0, now - since);
    const settlesAt =
      before?.word === word ? before.settlesAt : this.#clock.monotonic() - ago + NO_TAKEOVER_MS + MARGIN_MS;
    return { key, word, epoch, settlesAt };
  }
}
