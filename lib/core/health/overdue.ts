import type { Clock } from '../base/clock.js';
import type { Cluster } from '../cluster/cluster.js';
import { nextJob } from '../inspector/next-job.js';

/** An answer is good for so long. */
const FRESH_MS = 1_000;

/**
 * How long the oldest job of each tube has been due. Nodes are asked at most once a second, and only after somebody wanted to know; the
 * answer is the one before, so that nobody waits for a node.
 */
export class Overdue {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #due = new Map<string, number | undefined>();
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
    return new Map(names.map((tube) => [tube, Math.max(0, now - (this.#due.get(tube) ?? now))]));
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
      const next = await nextJob(tube, this.#cluster.nodes, this.#clock.now());
      this.#due.set(tube, next?.dueAt.getTime());
    } catch {
      // The nodes themselves are told of elsewhere.
    }
  }
}
