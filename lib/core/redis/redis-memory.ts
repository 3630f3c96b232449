import { trialKey } from '../claims/claim-key.js';
import { NO_TAKEOVER_MS, StoreClock } from '../claims/store-clock.js';
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

type Connection = Pick<RedisConnection, 'askNoInfo' | 'deadline' | 'epoch' | 'tell' | 'tryBy' | 'warn'>;

/** What is known of the Redis of a tube: in a Cluster each tube lives on one of several servers. */
interface KnownTube {
  readonly clock: StoreClock;
  mark?: Mark;
  /** Its mark has to be looked for. */
  isDoubted: boolean;
  /** A loss was found, and not all was told again. */
  isLost: boolean;
  tellAgain?: () => Promise<void>;
  look?: Promise<Mark> | undefined;
}

/**
 * What Redis still remembers, as the mark of each tube tells; see LOOK. A tube's mark is **unknown** at first, and again after each new
 * connection, a claim that met another mark, or a command that missed its claim. Then it is looked for before the next claim. When it is
 * another one than before, whoever holds claims of the tube tells them again before that.
 */
export class RedisMemory {
  readonly #connection: Connection;
  readonly #scripts: Pick<RedisScripts, 'together'>;
  readonly #clock: Clock;
  readonly #tubes = new Map<string, KnownTube>();
  /** The tube that was asked of last: what was refused then is tried with it. */
  #last = '';
  /** The last connection on which INFO was refused. */
  #noInfo = -1;

  constructor(connection: Connection, scripts: Pick<RedisScripts, 'together'>, clock: Clock) {
    this.#connection = connection;
    this.#scripts = scripts;
    this.#clock = clock;
    connection.tryBy(() => this.look(this.#last));
  }

  /** See {@link ClaimStore.onLoss}. */
  onLoss(tube: string, tellAgain: () => Promise<void>): void {
    this.#of(tube).tellAgain = tellAgain;
  }

  asked(tube: string): void {
    this.#last = tube;
  }

  storeClock(tube: string): StoreClock {
    this.asked(tube);
    return this.#of(tube).clock;
  }

  /** The same, once it has been heard. @throws DqClaimStoreError */
  async heardClock(tube: string): Promise<StoreClock> {
    const clock = this.storeClock(tube);
    if (clock.age === Infinity) await this.look(tube);
    return clock;
  }

  /** A command is good for as long as its caller waits for it. */
  goodUntil(tube: string): number {
    return this.storeClock(tube).goodFor(this.#connection.deadline);
  }

  /** The mark to claim with, undefined when it has to be looked for. */
  mark(tube: string): Mark | undefined {
    const { mark, isDoubted, isLost } = this.#of(tube);
    return mark?.epoch !== this.#connection.epoch || isDoubted || isLost ? undefined : mark;
  }

  /** A claim met another mark, or a command missed its claim. */
  doubt(tube: string): void {
    this.#of(tube).isDoubted = true;
  }

  /** A master of a Cluster is gone. What takes its place may know less, and the connection to the Cluster stays. */
  doubtAll(): void {
    for (const known of this.#tubes.values()) known.isDoubted = true;
  }

  /** Whether claims of the tube may be missing that others will tell again. */
  settling(tube: string): boolean {
    return (this.#of(tube).mark?.settlesAt ?? 0) > this.#clock.monotonic();
  }

  /**
   * Looks for the mark, and has all told again where that is another one; one look at a time. It takes all that claims need, so it is a
   * trial of Redis too. In a Cluster, it goes to the master of the tube.
   * @throws DqClaimStoreError
   */
  look(tube: string): Promise<Mark> {
    this.asked(tube);
    const known = this.#of(tube);
    return (known.look ??= this.#lookAndTell(tube, known).finally(() => (known.look = undefined)));
  }

  #of(tube: string): KnownTube {
    let known = this.#tubes.get(tube);
    if (known === undefined) {
      known = { clock: new StoreClock(this.#clock), isDoubted: false, isLost: false };
      this.#tubes.set(tube, known);
    }
    return known;
  }

  async #lookAndTell(tube: string, known: KnownTube): Promise<Mark> {
    const before = known.mark;
    known.isDoubted = false;
    const mark = await this.#look(trialKey(tube), known).catch((error: unknown) => {
      // Nothing was found out.
      known.isDoubted = true;
      throw error;
    });
    known.mark = mark;
    if (before !== undefined && before.word !== mark.word) {
      known.isLost = true;
      this.#connection.tell(LOST);
    }
    if (known.isLost) await known.tellAgain?.();
    known.isLost = false;
    return mark;
  }

  async #look(key: string, { mark: before, clock }: KnownTube): Promise<Mark> {
    // Known when it is sent: it may wait until Redis is ready.
    let epoch = 0;
    const answer = await this.#scripts.together('dqLook', (send) => {
      epoch = this.#connection.epoch;
      const fresh = before?.epoch === epoch ? 0 : 1;
      return send([key], [before?.word ?? '', newJobId(), KEEP_MARK_MS, fresh, this.#noInfo === epoch ? 0 : 1]);
    });
    const [now, word, since, refused] = answer as [number, string, number, number];
    clock.heard(now);
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
