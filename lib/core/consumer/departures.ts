import type { ClaimStore } from '../claims/claim-store.js';
import type { Clock } from '../clock.js';
import type { Reply } from '../cluster/node-connection.js';
import type { Report } from '../events.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { priorityField } from '../wire/priority.js';
import { Accounts } from './accounts.js';
import type { Copy, HeldJob } from './held-job.js';
import { type RecentJob, RecentJobs } from './recent-jobs.js';

/**
 * How copies leave this process: deleted when their job is over, released when it is to run later or elsewhere, buried when
 * nobody may run it. Copies of a job that is over are counted, and the claim store is told, so that it knows how long the
 * claim must be kept.
 */
export class Departures {
  readonly #tube: TubeSettings;
  readonly #accounts: Accounts;
  readonly #report: Report;
  readonly #recent = new RecentJobs();

  constructor(tube: TubeSettings, store: ClaimStore, clock: Clock, report: Report) {
    this.#tube = tube;
    this.#accounts = new Accounts(tube.name, store, clock);
    this.#report = report;
  }

  /** The job, when it ended here a moment ago. */
  recent(key: string): RecentJob | undefined {
    return this.#recent.get(key);
  }

  /** Deletes all copies of a job that is over, and remembers it. */
  delete(job: HeldJob): void {
    job.state = 'left';
    const recent = this.#recent.add(job.key, job.copiesAsked);
    for (const copy of job.copies) this.deleteCopy(copy, recent);
    job.copies.length = 0;
  }

  deleteCopy(copy: Copy, recent: RecentJob): void {
    copy.lane.delete(copy, (gone) => {
      if (gone) this.#accounts.gone(recent);
    });
  }

  /** Releases all copies, so that they come back when `ms` have passed; beanstalkd counts whole seconds, rounded down here. */
  release(job: HeldJob, ms: number): void {
    job.state = 'left';
    for (const copy of job.copies) this.releaseCopy(copy, job, ms);
    job.copies.length = 0;
  }

  releaseCopy(copy: Copy, { envelope, dueMs }: HeldJob, ms: number): void {
    const band = (envelope.format === 'native' ? envelope.header.priority : undefined) ?? this.#tube.priority;
    copy.lane.release(copy, priorityField(band, dueMs), Math.floor(ms / 1000), (reply) =>
      this.#watchForFullDisk(copy, reply),
    );
  }

  /** Buries all copies of a job that nobody may run. */
  bury(job: HeldJob, reason: string): void {
    job.state = 'left';
    for (const copy of job.copies) this.buryCopy(copy, job.dueMs, reason);
    job.copies.length = 0;
  }

  buryCopy(copy: Copy, dueMs: number, reason: string): void {
    const { lane, number } = copy;
    lane.bury(copy, priorityField(this.#tube.priority, dueMs), (reply) => {
      if (reply.kind === 'BURIED') {
        this.#report({ type: 'copy-buried', tube: this.#tube.name, node: lane.node.endpoint, number, reason });
      } else this.#watchForFullDisk(copy, reply);
    });
  }

  /** Tells the claim store what is left to tell. Never rejects. */
  async flush(): Promise<void> {
    await this.#accounts.flush();
  }

  /** On a full disk beanstalkd loses hold of a job that it should release or bury, until it is restarted. */
  #watchForFullDisk({ lane }: Copy, reply: Reply): void {
    if (reply.kind !== 'OUT_OF_MEMORY' && reply.kind !== 'INTERNAL_ERROR') return;
    this.#report({ type: 'node-full', node: lane.node.endpoint, reason: reply.kind });
  }
}
