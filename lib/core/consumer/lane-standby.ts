import type { Copy } from './held-job.js';

/**
 * The copies that a lane has put back to rest on the connection it has now; see {@link StandbyCopies}. Their numbers are good there only: a
 * node that was restarted gives them out again.
 */
export class LaneStandby {
  readonly #copies = new Set<Copy>();
  /** When each that has not come up yet will, of the monotonic clock; in that order. */
  readonly #asleep = new Map<Copy, number>();

  get size(): number {
    return this.#copies.size;
  }

  /** Those that have not come up. They keep their room, or others would be taken for them, and be given back when they do. */
  get asleep(): number {
    return this.#asleep.size;
  }

  sleepsAt(copy: Copy, moment: number): boolean {
    return (this.#asleep.get(copy) ?? 0) > moment;
  }

  add(copy: Copy, until: number): void {
    this.#copies.add(copy);
    this.#asleep.set(copy, until);
  }

  /** False when it was none. */
  delete(copy: Copy): boolean {
    this.#asleep.delete(copy);
    return this.#copies.delete(copy);
  }

  /** Makes room for those that come up. */
  comeUp(now: number): void {
    for (const [copy, until] of this.#asleep) {
      if (until > now) return;
      this.#asleep.delete(copy);
    }
  }

  /** The connection is gone. */
  clear(): void {
    this.#copies.clear();
    this.#asleep.clear();
  }
}
