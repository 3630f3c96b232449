import type { SettleOutcome } from '../claims/claim-store.js';
import type { TubeSettings } from '../options/resolved-options.js';
import type { NewId } from '../wire/job-id.js';
import type { DqRunning, Vital, VitalSigns } from '../base/vital-signs.js';
import { Intake } from './intake.js';
import { Beat, type BeatOwner } from './beat.js';
import { Acknowledger } from './acknowledger.js';
import { ClaimAnswers, type ClaimAnswersOwner } from './claim-answers.js';
import { DueJobs } from './due-jobs.js';
import type { Copy, HeldJob } from './held-job.js';
import { JobBook } from './job-book.js';
import type { Lane, LaneOwner } from './lane.js';
import { Lanes } from './lanes.js';
import { Orphans } from './orphans.js';
import { Prefetch } from './prefetch.js';
import { StandbyCopies } from './standby-copies.js';
import type { NamedHandler } from './run.js';
import { Runs, type RunsOwner } from './runs.js';
import { Dispatcher } from './dispatcher.js';
import { TubeGate, type TubeGateOwner } from './tube-gate.js';
import type { TubeParts } from './tube-parts.js';

/** So long a consumer that stops waits for the claim store to hear the last results, and then what was deleted. */
const LAST_WORDS_MS = 3_000;

/** What all consumers of one application share. */
export interface ConsumerParts extends Omit<TubeParts, 'settings' | 'handler' | 'holder'> {
  readonly newId: NewId;
}

/**
 * One tube's jobs in this process, from the moment a lane reserves a copy. {@link Intake} says whether a copy begins a
 * {@link HeldJob}, which waits for its time, then for a slot, and is claimed; granted, it runs, and goes the way of its outcome;
 * {@link JobBook} says what becomes of it otherwise.
 *
 * While the tube is paused, or the store away, nothing is reserved, and all that is neither running nor doubtful goes back to the nodes.
 */
export class TubeConsumer implements LaneOwner, RunsOwner, ClaimAnswersOwner, BeatOwner, TubeGateOwner, Vital {
  readonly #parts: TubeParts;
  readonly #book: JobBook;
  readonly #due: DueJobs;
  readonly #lanes: Lanes;
  readonly #runs: Runs;
  readonly #dispatcher: Dispatcher;
  readonly #intake: Intake;
  readonly #acknowledger: Acknowledger;
  readonly #standby: StandbyCopies;
  readonly #prefetch: Prefetch;
  readonly #gate: TubeGate;
  readonly #beat: Beat;
  readonly #pumpLater = (): void => this.#pump();
  #pumping = false;
  #stopping = false;
  #onQuiet: (() => void) | undefined;

  constructor(settings: TubeSettings, handler: NamedHandler, parts: ConsumerParts) {
    const { store, clock, newId } = parts;
    const tube = { ...parts, settings, handler, holder: { token: newId(), leaseMs: settings.leaseMs } };
    this.#parts = tube;
    const acknowledger = new Acknowledger(settings, parts);
    const due = new DueJobs(clock, () => this.#pump());
    const orphans = new Orphans(clock);
    const mayKeep = ({ locked }: HeldJob): boolean => !this.#stopping && (locked || this.#gate.open);
    const book = new JobBook({ clock, due, orphans, acknowledger, mayKeep });
    const prefetch = new Prefetch(settings.concurrency);
    const runs = new Runs(tube, this);
    this.#acknowledger = acknowledger;
    this.#due = due;
    this.#book = book;
    this.#prefetch = prefetch;
    this.#runs = runs;
    this.#intake = new Intake({ ...tube, book, acknowledger });
    this.#standby = new StandbyCopies({ ...tube, book, acknowledger });
    const gate = (this.#gate = new TubeGate(tube, this));
    const answers = new ClaimAnswers({ ...tube, book, gate, runs, acknowledger }, this);
    this.#dispatcher = new Dispatcher({ ...tube, due, orphans, runs, prefetch }, answers);
    store.onLoss?.(settings.name, () => this.#tellAgain());
    this.#beat = new Beat(clock, this);
    this.#lanes = new Lanes(parts.cluster.nodes, settings.name, this, clock);
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  get tube(): string {
    return this.#parts.settings.name;
  }

  get running(): DqRunning {
    return this.#runs.slots.state;
  }

  get signs(): VitalSigns {
    const { running } = this;
    const { paused } = this.#gate;
    const isAble = !this.#stopping && this.#gate.open && this.#dispatcher.free > 0;
    const claimable = isAble ? this.#due.ready : 0;
    const waiting = this.#due.ready + this.#dispatcher.busy - running.running;
    const { signs: lanes } = this.#lanes;
    const { asked: claims } = this.#dispatcher;
    return { ...running, lanes, claims, claimable, waiting, paused };
  }

  start(): void {
    this.#gate.start();
    this.#lanes.start();
  }

  /**
   * Takes no more, gives back at once what is not running, waits up to `deadlineMs` for what is, gives that back too, and
   * closes the lanes. Resolves when nothing of this consumer is left.
   */
  async stop(deadlineMs: number): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#lanes.stop();
    this.#dispatcher.stop();
    // A claim that may be ours is given up first where it would lock Go consumers out.
    this.#letGo(({ state, plain }) => state !== 'doubtful' || !plain);
    await this.#quiet(deadlineMs);
    const running = this.#runs.giveUp();
    if (running > 0) this.#parts.report({ type: 'stop-deadline', tube: this.tube, running });
    await this.#quiet(Math.min(this.#parts.settings.leaseMs, LAST_WORDS_MS));
    const { untold } = this.#runs;
    if (untold > 0) this.#parts.report({ type: 'results-untold', tube: this.tube, count: untold });
    this.#gate.close();
    this.#beat.stop();
    this.#due.close();
    this.#acknowledger.close();
    this.#lanes.close();
    if (!this.#gate.away) await this.#acknowledger.flush(LAST_WORDS_MS);
  }

  room(lane: Lane): number {
    if (this.#stopping || !this.#gate.open) return 0;
    const { free, busy } = this.#dispatcher;
    const { limit } = this.#prefetch;
    // Whichever lanes brought them. Each brings other jobs of a backlog, and copies of the same ones otherwise.
    const due = limit - busy - this.#due.ready;
    // A Go consumer that got a copy of a job that runs here would take its claim for a lock, and throw the copy away.
    const own = this.#parts.settings.format === 'plain' ? Math.min(busy - lane.taken, limit - this.#due.ready) : 0;
    return Math.min(Math.max(due, own), limit + this.#prefetch.early(free) - lane.taken);
  }

  arrived(copy: Copy): void {
    this.#beat.start();
    if (this.#intake.take(copy)) this.#pumpSoon();
  }

  deleted(copy: Copy): void {
    this.#acknowledger.deleted(copy);
  }

  lost(copy: Copy): void {
    this.#book.lost(copy);
  }

  slotFreed(tookMs: number): void {
    if (tookMs > 0) this.#prefetch.took(tookMs);
    this.#dispatcher.fill();
    this.#pumpSoon();
  }

  answered(): void {
    if (this.#stopping) this.#lanes.closeUnneeded();
    if (this.#onQuiet !== undefined && this.#isQuiet()) this.#onQuiet();
  }

  settled(job: HeldJob, outcome: SettleOutcome, attempt: number): void {
    if (outcome.kind === 'again') this.#book.again(job, attempt, outcome);
    else {
      this.#book.forget(job);
      this.#acknowledger.end(job, outcome, attempt);
      this.#gate.remember();
    }
    this.moved();
  }

  refused(job: HeldJob): void {
    this.#book.lookAgain(job);
    this.moved();
  }

  superseded(job: HeldJob): void {
    this.#book.forget(job);
    this.#acknowledger.delete(job);
    this.moved();
  }

  storeFailed(): void {
    this.#beat.start();
    this.#gate.failed();
  }

  shut(): void {
    this.#beat.start();
    this.#dispatcher.fill();
    this.#letGo(({ state, locked }) => state !== 'doubtful' && !locked);
  }

  /** Leases first, since others ask for those jobs. */
  async #tellAgain(): Promise<void> {
    await this.#runs.tellAgain();
    await this.#acknowledger.tellAgain(this.#parts.holder);
  }

  storeBack(): void {
    this.#runs.settleAgain();
    void this.#runs.renew();
  }

  opened(): void {
    const doubtful = this.#book.doubtNoMore();
    if (this.#stopping) {
      this.#dispatcher.askAgain(doubtful);
      return;
    }
    for (const job of doubtful) this.#book.hold(job, this.#parts.clock.now());
    this.#lanes.wake();
    this.#pumpSoon();
  }

  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    this.#parts.clock.defer(this.#pumpLater);
  }

  /** Lines up what is due, claims as much of it as there are slots, and lets lanes fetch more. */
  #pump(): void {
    this.#pumping = false;
    if (this.#stopping || !this.#gate.open) return;
    this.#due.advance();
    this.#dispatcher.claim();
    this.#lanes.wake();
  }

  /** Gives back what is not running or being claimed, if it `may` go. */
  #letGo(may: (job: HeldJob) => boolean): void {
    const idle = this.#book.forgetIdle(may);
    if (this.#stopping) this.#lanes.closeUnneeded();
    for (const job of idle) this.#acknowledger.release(job, 0);
  }

  /** Something left or ended: there may be room, work, or nothing left at all. */
  moved(): void {
    this.#pumpSoon();
    this.answered();
  }

  onBeat(now: number): void {
    if (this.#runs.running > 0 || !this.#dispatcher.idle) this.#gate.remember();
    this.#gate.onBeat(now);
    this.#acknowledger.onBeat();
    if (!this.#stopping) this.#standby.onBeat();
    this.#lanes.touchHeld(now);
    void this.#runs.renew();
    const stuckMs = this.#runs.slots.stuckMs();
    if (stuckMs !== undefined) this.#prefetch.stuckFor(stuckMs);
    this.#dispatcher.onBeat(now);
    this.#book.giveBackStale();
    this.#book.giveBackDoubtful(this.#parts.settings.leaseMs);
    this.#pumpSoon();
    this.answered();
  }

  /** The wall clock was set: what waits here goes back, to be looked at anew. */
  onClockStep(): void {
    this.#letGo(({ state }) => state !== 'doubtful');
  }

  get idle(): boolean {
    const parts = [this.#runs, this.#dispatcher, this.#acknowledger, this.#gate, this.#lanes];
    return this.#book.size === 0 && parts.every(({ idle }) => idle);
  }

  #isQuiet(): boolean {
    return this.#dispatcher.idle && this.#runs.idle && !this.#book.doubts && this.#lanes.quiet;
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
