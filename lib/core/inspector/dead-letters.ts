import type { TubeSettings } from '../options/resolved-options.js';
import type { DqDeadLetter, FoundLetter } from './found-letter.js';
import type { LookParts } from './declared-handle.js';
import { DeadScan, type ScanAim } from './dead-scan.js';
import { KeyedTurns } from '../base/keyed-turns.js';

/** Who only looks holds no more of a node than one page of the command line shows. */
const PAGE_COPIES = 20;

/** Which letters are to be decided on. */
export interface LetterChoice {
  /** All of them when undefined. */
  readonly id: string | undefined;
  /** Whether that takes in letters that may have run before. */
  readonly mayHaveRun: boolean;
  /** How many at most, of those that are met first. */
  readonly limit: number;
}

/**
 * The dead letters of all tubes: what is there, and what becomes of it. A letter that somebody else holds cannot be seen, so of each tube
 * there is one scan at a time in this process.
 */
export class DeadLetters {
  readonly #parts: Pick<LookParts, 'cluster' | 'store' | 'clock'>;
  readonly #turns = new KeyedTurns();

  constructor(parts: Pick<LookParts, 'cluster' | 'store' | 'clock'>) {
    this.#parts = parts;
  }

  /** The letters among the first `limit` buried copies of each node, as far as they are read in `forMs`; with an `id` that one alone. */
  async list(
    tube: TubeSettings,
    limit: number,
    { id, forMs }: { readonly id?: string | undefined; readonly forMs?: number | undefined } = {},
  ): Promise<readonly DqDeadLetter[]> {
    const shown = new Map<string, DqDeadLetter>();
    const wants = (letter: FoundLetter): boolean => id === undefined || letter.id === id;
    const holds = id === undefined ? PAGE_COPIES : undefined;
    await this.#scan({ tube: tube.name, limit, wants, forMs, holds }, async (letters) => {
      for (const letter of letters) {
        if (letter.identity !== undefined && !letter.isDead) continue;
        const { copies, ...rest } = letter.show(tube);
        // Another node may have shown it in an earlier pass.
        shown.set(letter.key, { ...rest, copies: [...(shown.get(letter.key)?.copies ?? []), ...copies] });
      }
      return [];
    });
    return [...shown.values()];
  }

  /** Lets letters run again, or ends them. Resolves to how many of them a node has released, or deleted. */
  async resolve(tube: string, how: 'retry' | 'drop', { id, mayHaveRun, limit }: LetterChoice): Promise<number> {
    const resolved = new Set<string>();
    const wanted = new Set<string>();
    const wants = (letter: FoundLetter): boolean => {
      if (id !== undefined) return letter.id === id;
      if (limit === Infinity || wanted.has(letter.key)) return true;
      // With a limit, only what can be let run or deleted by itself takes a place.
      return letter.identity !== undefined && wanted.size < limit && wanted.add(letter.key) === wanted;
    };
    const aim = { tube, limit: Infinity, wants };
    await this.#scan(
      aim,
      async (letters) => {
        const chosen = letters.filter((letter) => mayHaveRun || !letter.mayHaveRun);
        if (how === 'drop') return this.#drop(tube, chosen);
        // One that an earlier pass let run may be dead again, while another node has a copy of it further back.
        return this.#retry(
          tube,
          chosen.filter(({ key }) => !resolved.has(key)),
        );
      },
      ({ key }) => resolved.add(key),
    );
    return resolved.size;
  }

  /** Those that run again: a letter that is alive already was retried before, and its copy left behind. */
  async #retry(tube: string, letters: readonly FoundLetter[]): Promise<readonly FoundLetter[]> {
    const dead = letters.filter(({ isDead }) => isDead);
    // Also when the answer is lost: kept, a letter that waits for its run would be buried. Consumers bury again what is dead still.
    for (const letter of dead) letter.fate = 'release';
    const now = await this.#resolveDead(tube, dead, 'retry');
    return letters.filter((letter) => letter.claim?.kind === 'alive' || now.has(letter));
  }

  /** Those that are deleted, bodies that are no jobs among them. */
  async #drop(tube: string, letters: readonly FoundLetter[]): Promise<readonly FoundLetter[]> {
    const dead = letters.filter(({ isDead }) => isDead);
    const now = await this.#resolveDead(tube, dead, 'drop');
    // One that is dead no more, since somebody else decided on it just now, is not to lie buried either.
    for (const letter of dead) letter.fate = 'release';
    const dropped = letters.filter((letter) => letter.identity === undefined || now.has(letter));
    for (const letter of dropped) letter.fate = 'delete';
    return dropped;
  }

  async #resolveDead(
    tube: string,
    dead: readonly FoundLetter[],
    how: 'retry' | 'drop',
  ): Promise<ReadonlySet<FoundLetter>> {
    if (dead.length === 0) return new Set();
    const keys = dead.map(({ key }) => key);
    const answers = await this.#parts.store.resolveDead(tube, keys, how);
    return new Set(dead.filter((_, at) => answers[at] === true));
  }

  /**
   * Goes through the tube: `decide` looks at what a pass has found, sets fates, and says which letters it meant; `settled` is called for
   * each of those that a node has then let go. What is held is sent on also when `decide`, or the claim store, fails.
   */
  #scan(
    aim: ScanAim,
    decide: (letters: readonly FoundLetter[]) => Promise<readonly FoundLetter[]>,
    settled: (letter: FoundLetter) => void = () => {},
  ): Promise<void> {
    return this.#turns.take(aim.tube, async () => {
      const scan = new DeadScan(aim, this.#parts.cluster.nodes, this.#parts.clock);
      try {
        let more: boolean;
        do {
          await scan.take();
          more = !scan.ended;
          if (more && !scan.due) continue;
          const { letters } = scan;
          let meant: readonly FoundLetter[];
          try {
            await this.#describe(aim.tube, letters);
            meant = await decide(letters);
          } finally {
            await scan.settle();
          }
          for (const letter of meant) if (letter.settled) settled(letter);
        } while (more);
      } finally {
        scan.close();
      }
    });
  }

  /** Asks the claim store. Copies of what is over are leftovers; what is alive is to run; what is unknown stays buried. */
  async #describe(tube: string, letters: readonly FoundLetter[]): Promise<void> {
    const jobs = letters.filter(({ identity }) => identity !== undefined);
    const claims = await this.#parts.store.describeDead(
      tube,
      jobs.map(({ key }) => key),
    );
    for (const [at, letter] of jobs.entries()) {
      letter.claim = claims[at];
      if (letter.claim?.kind === 'over') letter.fate = 'delete';
      else if (letter.claim?.kind === 'alive') letter.fate = 'release';
    }
  }
}
