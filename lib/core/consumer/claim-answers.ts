import type { Acknowledger } from './acknowledger.js';
import type { DispatcherOwner } from './dispatcher.js';
import type { HeldJob } from './held-job.js';
import type { Denial, JobBook } from './job-book.js';
import type { Runs } from './runs.js';
import type { TubeGate } from './tube-gate.js';
import type { TubeParts } from './tube-parts.js';

/** Whose jobs they are. */
export interface ClaimAnswersOwner {
  /** It takes no more, and gives back what does not run. */
  readonly stopping: boolean;
  /** The claim store did not answer. */
  storeFailed(): void;
  /** Something left or ended: there may be room, work, or nothing left at all. */
  moved(): void;
}

interface AnswersParts extends Pick<TubeParts, 'settings' | 'clock' | 'report'> {
  readonly book: JobBook;
  readonly gate: TubeGate;
  readonly runs: Runs;
  readonly acknowledger: Acknowledger;
}

/** What becomes of a job when its claim was answered otherwise than by a grant that begins, or not at all. */
export class ClaimAnswers implements DispatcherOwner {
  readonly #parts: AnswersParts;
  readonly #owner: ClaimAnswersOwner;
  /** A job had a lock that this package did not write: Go consumers of dq read this tube too. Told once. */
  #goSeen = false;

  constructor(parts: AnswersParts, owner: ClaimAnswersOwner) {
    this.#parts = parts;
    this.#owner = owner;
  }

  get isPaused(): boolean {
    return this.#parts.gate.paused;
  }

  denied(job: HeldJob, verdict: Denial): void {
    if (verdict.kind === 'foreign' && !this.#goSeen) {
      this.#goSeen = true;
      this.#parts.report({ type: 'go-consumer-seen', tube: this.#parts.settings.name });
    }
    this.#parts.book.denied(job, verdict);
    this.#owner.moved();
  }

  unanswered(job: HeldJob): void {
    this.#owner.storeFailed();
    this.#doubt(job);
  }

  paused(job: HeldJob): void {
    this.#parts.gate.refused();
    if (job.attempt > 0) this.#parts.runs.giveBack(job, job.attempt);
    else if (job.doubted) this.#doubt(job);
    else this.committed(job);
  }

  revived(job: HeldJob): void {
    this.#parts.acknowledger.revived(job);
  }

  committed(job: HeldJob): void {
    const { book, clock } = this.#parts;
    if (job.copies.length === 0) book.giveBack(job, 0);
    else book.hold(job, clock.now());
    this.#owner.moved();
  }

  #doubt(job: HeldJob): void {
    const { book } = this.#parts;
    if (job.copies.length === 0 || (this.#owner.stopping && !job.plain)) book.giveBack(job, 0);
    else book.doubt(job);
    this.#owner.moved();
  }
}
