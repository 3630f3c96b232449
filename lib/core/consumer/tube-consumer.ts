import type { ClaimStore, ClaimVerdict, Holder, SettleOutcome } from '../claims/claim-store.js';
import { identify, type JobIdentity } from '../claims/job-identity.js';
import type { Clock, Timer } from '../clock.js';
import type { Cluster } from '../cluster/cluster.js';
import { textOf } from '../errors/shown.js';
import type { Report } from '../events.js';
import type { TubeSettings } from '../options/resolved-options.js';
import type { NewId } from '../wire/job-id.js';
import { Departures } from './departures.js';
import { DueJobs } from './due-jobs.js';
import { type Copy, HeldJob } from './held-job.js';
import { Lane, type LaneOwner } from './lane.js';
import { Orphans } from './orphans.js';
import { Pace } from './pace.js';
import type { Handler } from './run.js';
import { Runs, type RunsOwner } from './runs.js';
import { Starts, type StartsOwner } from './starts.js';
import { StoreWatch } from './store-watch.js';

/** What all consumers of one application share. */
export interface ConsumerParts {
  readonly cluster: Cluster;
  readonly store: ClaimStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly report: Report;
  readonly newId: NewId;
}

const BEAT_MS = 500;
/** NTP corrects smaller differences by going slower or faster. */
const CLOCK_STEP_MS = 500;
/**
 * A shorter wait is spent in memory. A copy comes up to a second early by itself, since beanstalkd counts whole seconds, and up
 * to two after a release; earlier means an operator's kick, a clock step, or a lost connection.
 */
const HELD_WAIT_MS = 2_000;
const FIRST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 2_000;
/** A plain body does not say how many copies there are: dq writes three at most, this package at most one a node. */
const DQ_COPIES = 3;

/**
 * One tube's jobs in this process, from the moment a lane reserves a copy. A copy of a job that ended here a moment ago is
 * deleted; one of a job that is held joins it; any other begins a {@link HeldJob}, which waits for its time, then for a slot,
 * is claimed, and then, as the claim store says:
 * - granted: it runs, and goes the way of its outcome.
 * - running elsewhere: it is kept aside and asked for again, at first soon, then every 2 s.
 * - orphaned: it is kept aside until its turn to be taken over; see {@link Orphans}.
 * - waiting or early: it is held for up to 2 s, else released until then.
 * - done, revoked, or a Go consumer's: its copies are deleted.
 * - dead or expired: its copies are buried.
 *
 * While the store is away nothing is reserved, and all that is neither running nor doubtful goes back to the nodes.
 */
export class TubeConsumer implements LaneOwner, RunsOwner, StartsOwner {
  readonly #settings: TubeSettings;
  readonly #parts: ConsumerParts;
  readonly #holder: Holder;
  readonly #jobs = new Map<string, HeldJob>();
  /** Since when each is doubtful, oldest first. */
  readonly #doubtful = new Map<HeldJob, number>();
  readonly #due: DueJobs;
  readonly #orphans: Orphans;
  readonly #lanes: readonly Lane[];
  readonly #runs: Runs;
  readonly #starts: Starts;
  readonly #departures: Departures;
  readonly #pace: Pace;
  readonly #watch: StoreWatch;
  readonly #pumpLater = (): void => this.#pump();
  readonly #beatLater = (): void => this.#onBeat();
  #pumping = false;
  #beat: Timer | undefined;
  #stopping = false;
  #clockOffset = 0;
  #onQuiet: (() => void) | undefined;

  constructor(settings: TubeSettings, handler: Handler, parts: ConsumerParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#holder = { token: parts.newId(), leaseMs: settings.leaseMs };
    const { store, clock } = parts;
    this.#departures = new Departures(settings, parts);
    this.#due = new DueJobs(clock, () => this.#pump());
    this.#orphans = new Orphans(clock);
    this.#pace = new Pace(settings.concurrency);
    this.#runs = new Runs(settings, handler, this.#holder, parts, this);
    this.#starts = new Starts(settings, this.#holder, parts, {
      due: this.#due,
      orphans: this.#orphans,
      runs: this.#runs,
      pace: this.#pace,
      owner: this,
    });
    this.#watch = new StoreWatch(store, clock, () => this.#storeBack());
    this.#lanes = parts.cluster.nodes.map((node) => new Lane(node, settings.name, this, clock));
  }

  get tube(): string {
    return this.#settings.name;
  }

  start(): void {
    for (const lane of this.#lanes) lane.start();
  }

  /**
   * Takes no more, gives back at once what is not running, waits up to `deadlineMs` for what is, gives that back too, and
   * closes the lanes. Resolves when nothing of this consumer is left.
   */
  async stop(deadlineMs: number): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const lane of this.#lanes) lane.stop();
    this.#starts.stop();
    this.#letGo();
    await this.#quiet(deadlineMs);
    const running = this.#runs.giveUp();
    if (running > 0) this.#parts.report({ type: 'stop-deadline', tube: this.tube, running });
    await this.#quiet(this.#settings.leaseMs < 3_000 ? this.#settings.leaseMs : 3_000);
    this.#watch.close();
    this.#beat?.cancel();
    this.#due.close();
    this.#departures.close();
    for (const lane of this.#lanes) lane.close();
    if (!this.#watch.away) await this.#departures.flush();
  }

  room(lane: Lane): number {
    if (this.#stopping || this.#watch.away) return 0;
    const { free, busy } = this.#starts;
    const readyLimit = this.#pace.readyLimit(free);
    const backlog = this.#due.ready >= readyLimit;
    const most = busy + readyLimit + (backlog ? 0 : this.#pace.earlyLimit(free));
    return most - (lane.held - lane.aside);
  }

  arrived(copy: Copy): void {
    if (this.#beat === undefined) this.#beginBeating();
    let identity: JobIdentity;
    try {
      identity = identify(this.tube, copy.body);
    } catch (error) {
      this.#departures.buryCopy(copy, 0, textOf(error));
      return;
    }
    const known = this.#jobs.get(identity.key);
    if (known !== undefined) {
      this.#join(known, copy, identity.copies);
      return;
    }
    const recent = this.#departures.recent(identity.key);
    if (recent !== undefined) {
      recent.copies = Math.max(recent.copies, identity.copies);
      this.#departures.deleteCopy(copy, recent);
    } else this.#begin(new HeldJob(identity, this.#settings.priority), copy);
  }

  lost(copy: Copy): void {
    const { job } = copy;
    if (job === undefined) return;
    copy.job = undefined;
    if (job.aside) copy.lane.aside--;
    const at = job.copies.indexOf(copy);
    if (at >= 0) job.copies.splice(at, 1);
    // Without a copy there is nothing to run: the job comes back with the next one.
    if (job.copies.length === 0 && isIdle(job)) this.#forget(job);
  }

  slotFreed(tookMs: number): void {
    if (tookMs > 0) this.#pace.took(tookMs);
    this.#starts.fill();
    this.#pumpSoon();
  }

  answered(): void {
    if (this.#stopping) this.#closeUnneeded();
    if (this.#onQuiet !== undefined && this.#isQuiet()) this.#onQuiet();
  }

  settled(job: HeldJob, outcome: SettleOutcome): void {
    if (outcome.kind === 'again' && outcome.ms > 0) this.#wait(job, outcome.ms);
    else if (outcome.kind === 'again') {
      // At once means: by whoever has a slot, which may be another consumer.
      this.#forget(job);
      this.#departures.release(job, 0);
    } else {
      this.#forget(job);
      if (outcome.kind === 'done') this.#departures.delete(job);
      else this.#departures.bury(job, outcome.reason, true);
    }
    this.#moved();
  }

  refused(job: HeldJob): void {
    this.#lookAgain(job);
    this.#moved();
  }

  storeFailed(): void {
    if (!this.#watch.failed()) return;
    this.#letGo();
  }

  #storeBack(): void {
    this.#runs.settleAgain();
    void this.#runs.renew();
    if (this.#stopping) return;
    for (const job of this.#doubtful.keys()) if (job.state === 'doubtful') this.#hold(job, this.#parts.clock.now());
    this.#doubtful.clear();
    this.#wakeLanes();
    this.#pumpSoon();
  }

  /** The store stays away: a claim that was ours is over by now, and another consumer may be able to ask. */
  #giveBackDoubtful(now: number): void {
    for (const [job, since] of this.#doubtful) {
      if (now - since < this.#settings.leaseMs) return;
      this.#doubtful.delete(job);
      if (job.state !== 'doubtful') continue;
      this.#forget(job);
      this.#departures.release(job, 0);
    }
  }

  #begin(job: HeldJob, copy: Copy): void {
    const now = this.#parts.clock.now();
    const early = job.dueMs - now;
    if (early > HELD_WAIT_MS) {
      this.#parts.report({ type: 'copy-early', tube: this.tube, node: copy.lane.node.endpoint, earlyMs: early });
      this.#departures.releaseCopy(copy, job, early);
      return;
    }
    if (job.copiesAsked === 0) job.copiesAsked = Math.max(DQ_COPIES, this.#lanes.length);
    job.copies.push(copy);
    copy.job = job;
    this.#jobs.set(job.key, job);
    this.#hold(job, job.dueMs);
  }

  #join(job: HeldJob, copy: Copy, copies: number): void {
    job.copiesAsked = Math.max(job.copiesAsked, copies);
    job.copies.push(copy);
    copy.job = job;
    if (job.aside) copy.lane.aside++;
  }

  /** Puts a job back to waiting, until a moment. */
  #hold(job: HeldJob, notBefore: number): void {
    if (this.#stopping || this.#watch.away) {
      this.#forget(job);
      this.#departures.release(job, 0);
      return;
    }
    this.#due.add(job, notBefore);
    this.#pumpSoon();
  }

  #wait(job: HeldJob, ms: number): void {
    const now = this.#parts.clock.now();
    if (ms <= HELD_WAIT_MS && !this.#stopping) {
      if (job.copies.length === 0) this.#forget(job);
      else this.#hold(job, now + ms);
      return;
    }
    this.#forget(job);
    this.#departures.release(job, ms);
  }

  #lookAgain(job: HeldJob): void {
    if (job.copies.length === 0) {
      this.#forget(job);
      return;
    }
    job.setAside(true);
    const ms = Math.min(LONGEST_LOOK_MS, FIRST_LOOK_MS * 2 ** Math.min(job.looks++, 10));
    this.#hold(job, this.#parts.clock.now() + ms);
  }

  #keepOrphan(job: HeldJob): void {
    if (this.#stopping || this.#watch.away || job.copies.length === 0) {
      this.#forget(job);
      this.#departures.release(job, 0);
      return;
    }
    job.setAside(true);
    this.#orphans.add(job);
  }

  /** Takes a job out of this process' books. Its copies are the caller's to send away. */
  #forget(job: HeldJob): void {
    this.#jobs.delete(job.key);
    job.state = 'left';
    job.setAside(false);
  }

  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    this.#parts.clock.defer(this.#pumpLater);
  }

  /** Lines up what is due, claims as much of it as there are slots, and lets lanes fetch more. */
  #pump(): void {
    this.#pumping = false;
    if (this.#stopping || this.#watch.away) return;
    this.#due.advance();
    this.#starts.claim();
    this.#wakeLanes();
  }

  unanswered(job: HeldJob): void {
    this.storeFailed();
    if (this.#stopping || job.copies.length === 0) {
      this.#forget(job);
      this.#departures.release(job, 0);
    } else {
      job.state = 'doubtful';
      this.#doubtful.set(job, this.#parts.clock.monotonic());
    }
    this.#moved();
  }

  denied(job: HeldJob, verdict: Exclude<ClaimVerdict, { kind: 'granted' }>): void {
    switch (verdict.kind) {
      case 'running':
        this.#lookAgain(job);
        break;
      case 'orphaned':
        this.#keepOrphan(job);
        break;
      case 'waiting':
      case 'early':
        this.#wait(job, verdict.ms);
        break;
      case 'dead':
        this.#forget(job);
        this.#departures.bury(job, 'the job was given up', true);
        break;
      case 'expired':
        this.#forget(job);
        this.#departures.bury(job, 'it turned up later than the retention after its due time', false);
        break;
      default:
        this.#forget(job);
        this.#departures.delete(job);
    }
    this.#moved();
  }

  /** Gives back all that is not running or being claimed. */
  #letGo(): void {
    const idle = [...this.#jobs.values()].filter((job) => isIdle(job) && (this.#stopping || job.state !== 'doubtful'));
    for (const job of idle) this.#forget(job);
    if (this.#stopping) this.#closeUnneeded();
    for (const job of idle) this.#departures.release(job, 0);
  }

  /** Something left or ended: there may be room, work, or nothing left at all. */
  #moved(): void {
    this.#pumpSoon();
    this.answered();
  }

  #wakeLanes(): void {
    for (const lane of this.#lanes) lane.wake();
  }

  /** Something came: it is looked after for as long as anything is here. */
  #beginBeating(): void {
    const { clock } = this.#parts;
    this.#clockOffset = clock.now() - clock.monotonic();
    this.#beat = clock.after(BEAT_MS, this.#beatLater);
  }

  #onBeat(): void {
    const { clock } = this.#parts;
    this.#beat = this.#isIdle() ? undefined : clock.after(BEAT_MS, this.#beatLater);
    const now = clock.monotonic();
    for (const lane of this.#lanes) lane.touchHeld(now);
    void this.#runs.renew();
    if (this.#runs.running >= this.#settings.concurrency) this.#pace.stuckFor(this.#runs.youngestMs);
    this.#starts.giveBackStale();
    this.#giveBackSurplus();
    this.#giveBackDoubtful(now);
    this.#watchClock(now);
    this.#pumpSoon();
    this.answered();
  }

  #isIdle(): boolean {
    return (
      this.#jobs.size === 0 && this.#runs.idle && this.#starts.idle && this.#lanes.every((lane) => lane.held === 0)
    );
  }

  /** The wall clock was set: what waits here waits for moments of the old one. It goes back, to be looked at anew. */
  #watchClock(monotonic: number): void {
    const offset = this.#parts.clock.now() - monotonic;
    const step = Math.abs(offset - this.#clockOffset);
    this.#clockOffset = offset;
    if (step > CLOCK_STEP_MS) this.#letGo();
  }

  /** Handlers turned out slower than thought: what they will not clear soon goes back, for others to take. */
  #giveBackSurplus(): void {
    const limit = 2 * this.#pace.readyLimit(this.#starts.free);
    for (const job of this.#due.takeBehind(limit)) {
      this.#forget(job);
      this.#departures.release(job, 0);
    }
  }

  /** Closing a lane gives its copies back faster than any release, which might wait behind its blocking reserve. */
  #closeUnneeded(): void {
    for (const lane of this.#lanes) if (!lane.isNeeded((copy) => copy.job?.state === 'left')) lane.close();
  }

  #isQuiet(): boolean {
    return this.#starts.idle && this.#runs.idle && this.#lanes.every((lane) => lane.pending === 0);
  }

  async #quiet(ms: number): Promise<void> {
    if (this.#isQuiet()) return;
    await new Promise<void>((resolve) => {
      const timer = this.#parts.clock.after(ms, resolve);
      this.#onQuiet = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#onQuiet = undefined;
  }
}

/** Neither running nor about to: it may go back to the nodes. */
function isIdle({ state }: HeldJob): boolean {
  return state === 'waiting' || state === 'ready' || state === 'orphaned' || state === 'doubtful';
}
