import type { StoredJob } from './stored-job.js';

/** Jobs by rank, then by order: a binary heap in which each job knows its place, so that any one can be taken out. */
export class JobHeap {
  readonly #jobs: StoredJob[] = [];
  /** Each one's rank, beside it: comparing them does not go through the jobs, which lie all over the memory. */
  readonly #ranks: number[] = [];

  get length(): number {
    return this.#jobs.length;
  }

  get first(): StoredJob | undefined {
    return this.#jobs[0];
  }

  /** All of them, in no order. */
  get all(): readonly StoredJob[] {
    return this.#jobs;
  }

  push(job: StoredJob): void {
    this.#jobs.push(job);
    this.#ranks.push(job.rank);
    this.#rise(job, job.rank, this.#jobs.length - 1);
  }

  remove(job: StoredJob): void {
    const last = this.#jobs.pop() as StoredJob;
    const rank = this.#ranks.pop() as number;
    if (last === job) return;
    const at = job.index;
    if (at > 0 && this.#isBefore(rank, last, (at - 1) >> 1)) this.#rise(last, rank, at);
    else this.#sink(last, rank, at);
  }

  #rise(job: StoredJob, rank: number, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(rank, job, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(job, rank, at);
  }

  #sink(job: StoredJob, rank: number, from: number): void {
    const { length } = this.#jobs;
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= length) break;
      const right = left + 1;
      const child =
        right < length && this.#isBefore(this.#ranks[right] as number, this.#jobs[right], left) ? right : left;
      if (this.#isBefore(rank, job, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(job, rank, at);
  }

  #isBefore(rank: number, job: StoredJob | undefined, at: number): boolean {
    const other = this.#ranks[at] as number;
    return rank < other || (rank === other && (job as StoredJob).order < (this.#jobs[at] as StoredJob).order);
  }

  #move(from: number, to: number): void {
    this.#put(this.#jobs[from] as StoredJob, this.#ranks[from] as number, to);
  }

  #put(job: StoredJob, rank: number, at: number): void {
    this.#jobs[at] = job;
    this.#ranks[at] = rank;
    job.index = at;
  }
}
