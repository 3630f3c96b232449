import type { Clock, Timer } from '../base/clock.js';
import type { Node } from '../cluster/node.js';
import { BuriedCopies } from './buried-copies.js';
import { FoundLetter } from './found-letter.js';
import { inTime } from '../base/in-time.js';

/** What a scan looks for. */
export interface ScanAim {
  readonly tube: string;
  /** How many copies of each node it may meet. */
  readonly limit: number;
  /** Letters that are to be held; the others go back at once. */
  readonly wants: (letter: FoundLetter) => boolean;
  /** For how long letters are taken. @default 30,000 */
  readonly forMs?: number;
  /** How many copies of a node are held at most: should this process die, they become ready. @default 500 */
  readonly holds?: number | undefined;
}

/**
 * Enough for an operator's tool, on nodes near by for some 100,000 letters, and less than the minute after which proxies end its request.
 */
const SCAN_MS = 30_000;
/** Copies of a node in one pass: more would keep too many bodies in memory, and too many letters from others. */
const PASS_COPIES = 500;
/** dq writes a time to run of 5 s, of which beanstalkd takes the last second for its warning. */
const TOUCH_EVERY_MS = 2_000;

/**
 * One look at the dead letters of a tube, on all nodes, pass after pass: `take`, then, when it is `due`, `settle`. Every copy is met once.
 * What was not met within {@link SCAN_MS} is not. Meanwhile what is held is touched.
 */
export class DeadScan {
  readonly #aim: ScanAim;
  readonly #clock: Clock;
  readonly #until: number;
  readonly #lists: readonly BuriedCopies[];
  readonly #letters = new Map<string, FoundLetter>();
  #touching: Timer | undefined;

  /** A node that rests is left out, as is later one that does not answer, or cannot write its log. */
  constructor(aim: ScanAim, nodes: readonly Node[], clock: Clock) {
    this.#aim = aim;
    this.#clock = clock;
    this.#until = clock.monotonic() + (aim.forMs ?? SCAN_MS);
    this.#lists = nodes
      .filter(({ health }) => health.rest === 0)
      .map((node) => new BuriedCopies(node, aim.tube, clock));
    this.#touchLater();
  }

  /** What was taken since `settle`. */
  get letters(): readonly FoundLetter[] {
    return [...this.#letters.values()];
  }

  /** True when there is nothing left to take, or no time. */
  get ended(): boolean {
    return this.#clock.monotonic() >= this.#until || this.#lists.every(({ ended }) => ended);
  }

  /** True when what is held should be settled before more is taken. */
  get due(): boolean {
    return this.ended || this.#lists.some(({ held }) => held >= this.#most);
  }

  get #most(): number {
    return this.#aim.holds ?? PASS_COPIES;
  }

  /** One pass over each node. */
  async take(): Promise<void> {
    const { tube, limit, wants } = this.#aim;
    const read = (body: Buffer): FoundLetter | undefined => {
      const letter = new FoundLetter(tube, body);
      return wants(letter) ? letter : undefined;
    };
    const pass = { most: this.#most, limit, until: this.#until };
    await Promise.all(
      this.#lists.map(async (list) => {
        for (const { number, content } of (await this.#inTime(list, list.take(read, pass))) ?? []) {
          const known = this.#letters.get(content.key);
          if (known === undefined) this.#letters.set(content.key, content);
          (known ?? content).copies.push({ list, number });
        }
      }),
    );
  }

  /** Sends every copy where its letter's fate says. */
  async settle(): Promise<void> {
    const { letters } = this;
    this.#letters.clear();
    await Promise.all(
      letters.flatMap((letter) =>
        letter.copies.map(async ({ list, number }) => {
          if ((await this.#inTime(list, list.send(number, letter.fate))) === true) letter.settled = true;
        }),
      ),
    );
  }

  /** Ends the connections; what is still held becomes ready. */
  close(): void {
    this.#touching?.cancel();
    for (const list of this.#lists) list.close();
  }

  /**
   * Where somebody waits, a node that owes an answer for a third of that time is left alone, so that the others can go on: what it has taken
   * becomes ready there, and consumers bury it again. Undefined then.
   */
  async #inTime<T>(list: BuriedCopies, answer: Promise<T>): Promise<T | undefined> {
    const { forMs } = this.#aim;
    if (forMs === undefined) return answer;
    const third = forMs / 3;
    do {
      const told = await inTime<T | undefined>(this.#clock, third - list.waiting, answer, undefined);
      if (told !== undefined) return told;
    } while (list.waiting < third);
    list.close();
    return undefined;
  }

  #touchLater(): void {
    this.#touching = this.#clock.after(TOUCH_EVERY_MS, () => {
      for (const list of this.#lists) list.touch();
      this.#touchLater();
    });
  }
}
