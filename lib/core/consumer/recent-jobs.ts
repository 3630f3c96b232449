/** A job that is over: its copies that still turn up are deleted without asking the claim store. */
export interface RecentJob {
  /** As in its identity; the claim's key is made from it, so that tens of thousands need not be kept. */
  readonly name: string;
  copies: number;
  /** Copies deleted and not yet accounted for. */
  gone: number;
  /** When the first of those was deleted; undefined while there is none. */
  goneSince: number | undefined;
}

const GENERATION = 50_000;

/** The last 50,000 to 100,000 jobs that ended here, by name. Two generations: when the young one is full it becomes the old one. */
export class RecentJobs {
  #young = new Map<string, RecentJob>();
  #old = new Map<string, RecentJob>();

  get(name: string): RecentJob | undefined {
    return this.#young.get(name) ?? this.#old.get(name);
  }

  /** Remembers a job that was not known as ended. */
  add(name: string, copies: number): RecentJob {
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    const job = { name, copies, gone: 0, goneSince: undefined };
    this.#young.set(name, job);
    return job;
  }
}
