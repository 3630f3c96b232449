import type { Clock } from '../base/clock.js';
import type { Cluster } from '../cluster/cluster.js';
import { firstOfEach } from '../inspector/next-job.js';

/** An answer is good for so long. */
const FRESH_MS = 1_000;

/**
 * How long the oldest job of each tube has been ready on a node, and nobody has taken it: not one that waits for another attempt. Nodes are asked at most
 * once a second, and only after somebody wanted to know; the answer is the one before, so that nobody waits for a node. What counts was seen twice: the
 * copy of a job that is over, which a node brings back, is gone when it is looked for again.
 */
export class Overdue {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  /** Of the last two looks. */
  readonly #due = new Map<string, readonly [number, number]>();
  #askedAt = -Infinity;
  #asking = false;

  constructor(cluster: Cluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** In milliseconds; 0 when nothing is due, or nothing is known yet. */
  ms(tubes: Iterable<string>): ReadonlyMap<string, number> {
    const names = [...tubes];
    this.#refresh(names);
    const now = this.#clock.now();
    return new Map(names.map((tube) => [tube, Math.max(0, now - Math.max(...(this.#due.get(tube) ?? [now])))]));
  }

  #refresh(tubes: readonly string[]): void {
    const now = this.#clock.monotonic();
    if (this.#asking || now - this.#askedAt < FRESH_MS) return;
    this.#asking = true;
    this.#askedAt = now;
    void Promise.all(tubes.map((tube) => this.#ask(tube))).finally(() => {
      this.#asking = false;
    });
  }

  async #ask(tube: string): Promise<void> {
    try {
      const ready = await firstOfEach(tube, this.#cluster.nodes, 'ready');
      const oldest = Math.min(Infinity, ...ready.map(({ dueAt }) => +dueAt));
      const [, before = Infinity] = this.#due.get(tube) ?? [];
      this.#due.set(tube, [before, oldest]);
    } catch {
      // The nodes themselves are told of elsewhere.
    }
  }
}
