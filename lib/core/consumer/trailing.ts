import type { Lane } from './lane.js';

/**
 * In a backlog all nodes give the same jobs, in about the same order. One lane is ahead: its copies begin jobs. The others **trail**: they
 * bring copies of jobs that were met already, which are only there to be deleted. Where every slot is taken, that work would keep a
 * handler waiting that could begin, so it can wait itself. It does not wait for long:
 *
 * - A lane does not trail by more jobs than its owner says; {@link RecentJobs} has to remember them all.
 * - It does not trail by more than a second of due times. Nodes put jobs in order by whole seconds, so a job that has copies only where lanes
 *   trail is kept back by others of its second, and not by any that is due later.
 * - Its owner lets it take some copies whenever a slot is free, and as many as it likes when all are.
 */
export class Trailing {
  /** The place of the last job that each lane brought a copy of. */
  readonly #places = new Map<Lane, number>();
  #begun = 0;
  /** The due second of the job that began last. */
  #second = 0;
  /** Jobs that had begun before those of this second. */
  #before = 0;

  /** A lane's copy begins a job. Returns the job's place among all that began here. */
  begin(lane: Lane, dueMs: number): number {
    const second = Math.floor(dueMs / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#before = this.#begun;
    }
    this.#places.set(lane, ++this.#begun);
    return this.#begun;
  }

  /** A lane's copy is of a job that began before. */
  met(lane: Lane, place: number): void {
    this.#places.set(lane, place);
  }

  /** Whether another lane is ahead of this one, by less than `most` jobs. */
  trails(lane: Lane, most: number): boolean {
    const place = this.#places.get(lane);
    if (place === undefined || place <= this.#before || this.#begun - place >= most) return false;
    for (const other of this.#places.values()) if (other > place) return true;
    return false;
  }
}
