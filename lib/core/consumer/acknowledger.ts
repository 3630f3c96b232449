import { inCalls } from '../base/batch.js';
import type { ClaimStore, Holder, SettleOutcome } from '../claims/claim-store.js';
import type { Clock } from '../base/clock.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Reply } from '../cluster/node-connection.js';
import type { Report } from '../base/events.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { LONGEST_DELAY_MS } from '../wire/due-time.js';
import { priorityField } from '../wire/priority.js';
import { DeletionReports } from './deletion-reports.js';
import type { Copy, HeldJob } from './held-job.js';
import { type Destination, Relocator } from './relocator.js';
import { type RecentJob, RecentJobs } from './recent-jobs.js';
import { commitAgain } from './roll-forward.js';

/**
 * How copies leave this process: deleted when their job is over, released when it is to run later or elsewhere, buried when
 * nobody may run it. Copies of a job that is over are counted, and the claim store is told, so that it knows how long the
 * claim must be kept.
 */
export class Acknowledger {
  readonly #tube: TubeSettings;
  readonly #reports: DeletionReports;
  readonly #relocator: Relocator;
  readonly #store: ClaimStore;
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #recent = new RecentJobs();

  constructor(
    tube: TubeSettings,
    parts: { readonly cluster: Cluster; readonly store: ClaimStore; readonly clock: Clock; readonly report: Report },
  ) {
    this.#tube = tube;
    this.#reports = new DeletionReports(tube.name, parts.store, parts.clock);
    this.#relocator = new Relocator(tube, parts.cluster);
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#report = parts.report;
  }

  /** The job, when it ended here a moment ago. */
  recent(name: string): RecentJob | undefined {
    return this.#recent.get(name);
  }

  /** Tells the claim store what ended here lately, since it may have lost that. @throws DqClaimStoreError */
  async tellAgain(holder: Holder): Promise<void> {
    const { name } = this.#tube;
    const ends = this.#recent.ends(name);
    await commitAgain(this.#store, name, this.#recent.keyed());
    for (const call of inCalls(ends)) await this.#store.settle(name, holder, call);
  }

  /** A dead letter runs again. */
  revived({ key }: HeldJob): void {
    this.#recent.revived(key);
  }

  /** Sends the copies of a job away that has ended here, in this attempt. */
  end(job: HeldJob, outcome: Exclude<SettleOutcome, { readonly kind: 'again' }>, attempt: number): void {
    if (outcome.kind === 'done') {
      this.delete(job, attempt);
      return;
    }
    this.#recent.addDead({ key: job.key, slot: job.slot, attempt, outcome, copies: job.copiesAsked });
    this.bury(job, outcome.reason, true);
  }

  /** Deletes all copies of a job that is over, and remembers it; `attempt` if it was done here. */
  delete(job: HeldJob, attempt = 0): void {
    const recent = this.#recent.add(job.name, job.copiesAsked, attempt, attempt > 0 ? job.slot : undefined);
    for (const copy of job.copies) this.deleteCopy(copy, recent);
    job.copies.length = 0;
    for (const copy of job.standby) this.deleteCopy(copy, recent);
    job.standby.length = 0;
  }

  deleteCopy(copy: Copy, over: RecentJob): void {
    copy.over = over;
    copy.lane.delete(copy);
  }

  /** Its node has deleted a copy. */
  deleted({ over }: Copy): void {
    if (over !== undefined) this.#reports.gone(over);
  }

  /** Releases all copies, so that they are back in this or another process when `ms` have passed. */
  release(job: HeldJob, ms: number): void {
    // What rests may come up later than that. It is needed where one of the others, at most, is in time: its node may die.
    const inTime = job.copies.length + (ms >= this.#tube.leaseMs ? job.standby.length : 0);
    this.#wakeStandby(job, ms === 0 || job.copies.length === 0 || inTime < 2);
    for (const [rank, copy] of job.copies.entries()) this.releaseCopy(copy, job, ms, rank);
    job.copies.length = 0;
  }

  releaseCopy(copy: Copy, job: HeldJob, ms: number, rank = 0): void {
    this.#releaseUntil(copy, priorityField(job.priority, job.dueMs, rank), this.#clock.now() + ms);
  }

  #releaseUntil(copy: Copy, priority: number, until: number): void {
    const delaySeconds = this.#secondsUntil(until);
    // Without a delay nothing is written to the log, so a full disk does not matter. What is released for so little comes back at once.
    if (delaySeconds === 0) {
      copy.lane.release(copy, priority, 0);
      return;
    }
    copy.lane.release(copy, priority, delaySeconds, (reply) => {
      const to = (): Destination => ({ priority, delaySeconds: this.#secondsUntil(until) });
      this.#relocate(copy, reply, to, () => this.#releaseUntil(copy, priority, until));
    });
  }

  /** Rounded down, less the second for which the release may wait behind a blocking reserve; the rest is spent in memory. */
  #secondsUntil(moment: number): number {
    const seconds = Math.floor((moment - this.#clock.now()) / 1000) - 1;
    // What is due later than beanstalkd can wait comes back, and is released again.
    return Math.min(Math.max(0, seconds), LONGEST_DELAY_MS / 1000);
  }

  /** Buries all copies of a job that nobody may run. */
  bury(job: HeldJob, reason: string, dead: boolean): void {
    for (const copy of job.copies) this.buryCopy(copy, job.dueMs, reason, dead);
    job.copies.length = 0;
    this.#wakeStandby(job, true);
  }

  /**
   * Puts back, for the length of a lease, the first copy whose node says that it can keep it, if the job still `may` by then; see
   * {@link StandbyCopies}.
   */
  rest(job: HeldJob, may: () => boolean, [copy, ...others]: readonly Copy[] = job.copies): void {
    if (copy === undefined) return;
    const { lane } = copy;
    if (copy.job !== job || !lane.holds(copy) || !may()) return;
    job.copies.splice(job.copies.indexOf(copy), 1);
    copy.job = undefined;
    job.standby.push(copy);
    const priority = priorityField(job.priority, job.dueMs, 1);
    const delaySeconds = Math.ceil(this.#tube.leaseMs / 1000);
    lane.rest(copy, priority, delaySeconds, (reply) => {
      if (reply.kind === 'OUT_OF_MEMORY' && reply.sent === false) {
        this.#restless(copy, job, () => this.rest(job, may, others));
        return;
      }
      // It is with another consumer, or with nobody: another one may rest.
      if (reply.kind === 'NOT_FOUND' || reply.kind === 'OUT_OF_MEMORY') lane.wakeStandby(copy, false);
      this.#relocate(copy, reply, () => ({ priority, delaySeconds }));
    });
  }

  /** Its node cannot keep it now: it goes back to its job, if that is still here, and another one may rest. */
  #restless(copy: Copy, job: HeldJob, other: () => void): void {
    const at = job.standby.indexOf(copy);
    if (at < 0) {
      copy.lane.release(copy, priorityField(job.priority, job.dueMs, 1), 0);
      return;
    }
    job.standby.splice(at, 1);
    job.copies.push(copy);
    copy.job = job;
    other();
  }

  #wakeStandby(job: HeldJob, now: boolean): void {
    for (const copy of job.standby) copy.lane.wakeStandby(copy, now);
    job.standby.length = 0;
  }

  buryCopy(copy: Copy, dueMs: number, reason: string, dead = false): void {
    const { lane, number } = copy;
    const priority = priorityField(this.#tube.priority, dueMs);
    lane.bury(copy, priority, (reply) => {
      if (reply.kind === 'BURIED') {
        const { endpoint: node } = lane.node;
        this.#report({ type: 'copy-buried', tube: this.#tube.name, node, number, dead, reason });
      } else {
        const to = (): Destination => ({ priority, delaySeconds: 0 });
        this.#relocate(copy, reply, to, () => this.buryCopy(copy, dueMs, reason, dead));
      }
    });
  }

  /** True when no beat is needed. */
  get idle(): boolean {
    return this.#reports.idle && this.#relocator.idle;
  }

  onBeat(): void {
    this.#reports.onBeat();
    this.#relocator.onBeat();
  }

  close(): void {
    this.#relocator.close();
  }

  /** Tells the claim store what is left to tell, for about so many milliseconds. Never rejects. */
  async flush(ms: number): Promise<void> {
    await this.#reports.flush(ms);
  }

  /** A copy that its node cannot keep goes to another one; `again` when none has room and it is still held here. */
  #relocate(copy: Copy, reply: Reply, to: () => Destination, again?: () => void): void {
    const { kind } = reply;
    if (kind !== 'OUT_OF_MEMORY' && kind !== 'INTERNAL_ERROR' && kind !== 'BURIED') return;
    const reason = kind === 'OUT_OF_MEMORY' && reply.sent === false ? 'a probe was refused' : kind;
    this.#report({ type: 'node-full', node: copy.lane.node.endpoint, reason });
    if (kind !== 'BURIED') this.#relocator.move(copy, to, again);
  }
}
