import type { HeldJob } from './held-job.js';

/**
 * Jobs ordered by the moment they wait for and, where moments are equal, as they came; a binary heap. Jobs that left meanwhile are
 * dropped when they come up.
 */
export class DueHeap {
  readonly #jobs: HeldJob[] = [];
  #came = 0;

  get length(): number {
    return this.#jobs.length;
  }

  push(job: HeldJob): void {
    const jobs = this.#jobs;
    job.order = this.#came++;
    let at = jobs.length;
    jobs.push(job);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = jobs[parent] as HeldJob;
      if (!isBefore(job, above)) break;
      jobs[at] = above;
      at = parent;
    }
    jobs[at] = job;
  }

  /** The next job still waiting, or undefined. */
  peek(): HeldJob | undefined {
    let first = this.#jobs[0];
    while (first !== undefined && first.state !== 'waiting') {
      this.#removeFirst();
      first = this.#jobs[0];
    }
    return first;
  }

  pop(): HeldJob | undefined {
    const first = this.peek();
    if (first !== undefined) this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const jobs = this.#jobs;
    const last = jobs.pop() as HeldJob;
    const { length } = jobs;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(jobs[child + 1] as HeldJob, jobs[child] as HeldJob)) child++;
      const below = jobs[child] as HeldJob;
      if (!isBefore(below, last)) break;
      jobs[at] = below;
      at = child;
    }
    jobs[at] = last;
  }
}

function isBefore(one: HeldJob, other: HeldJob): boolean {
  return one.notBefore < other.notBefore || (one.notBefore === other.notBefore && one.order < other.order);
}
