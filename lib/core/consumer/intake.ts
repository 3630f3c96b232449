import { identify, type JobIdentity, recognise } from '../claims/job-identity.js';
import type { Clock } from '../base/clock.js';
import type { Cluster } from '../cluster/cluster.js';
import { textOf } from '../errors/shown.js';
import type { Report } from '../base/events.js';
import type { TubeSettings } from '../options/resolved-options.js';
import type { Acknowledger } from './acknowledger.js';
import { HELD_WAIT_MS } from './due-jobs.js';
import { type Copy, HeldJob } from './held-job.js';
import type { JobBook } from './job-book.js';

/** A plain body does not say how many copies there are: dq writes three at most, this package at most one a node. */
const DQ_COPIES = 3;

/**
 * What becomes of a copy that a lane has reserved. One of a job that is held joins it; one of a job that ended here a moment ago is
 * deleted; what cannot be understood is buried; what is more than two seconds early is put back. Any other begins a job.
 */
export class Intake {
  readonly #tube: TubeSettings;
  readonly #book: JobBook;
  readonly #acknowledger: Acknowledger;
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #mostPlainCopies: number;

  constructor(
    tube: TubeSettings,
    book: JobBook,
    acknowledger: Acknowledger,
    { clock, report, cluster }: { readonly clock: Clock; readonly report: Report; readonly cluster: Cluster },
  ) {
    this.#tube = tube;
    this.#book = book;
    this.#acknowledger = acknowledger;
    this.#clock = clock;
    this.#report = report;
    this.#mostPlainCopies = Math.max(DQ_COPIES, cluster.nodes.length);
  }

  /** True when it begins a job. */
  take(copy: Copy): boolean {
    const usual = recognise(copy.body);
    if (usual !== undefined && this.#isKnown(copy, usual.id, usual.copies)) return false;
    let identity: JobIdentity;
    try {
      identity = identify(this.#tube.name, copy.body);
    } catch (error) {
      this.#acknowledger.buryCopy(copy, 0, textOf(error));
      return false;
    }
    if (usual === undefined && this.#isKnown(copy, identity.name, identity.copies)) return false;
    return this.#begin(identity, copy);
  }

  #isKnown(copy: Copy, name: string, copies: number): boolean {
    const held = this.#book.find(name);
    if (held !== undefined) {
      this.#book.join(held, copy, copies);
      return true;
    }
    const over = this.#acknowledger.recent(name);
    if (over === undefined) return false;
    over.copies = Math.max(over.copies, copies);
    this.#acknowledger.deleteCopy(copy, over);
    return true;
  }

  #begin(identity: JobIdentity, copy: Copy): boolean {
    const early = identity.envelope.dueMs - this.#clock.now();
    if (early > HELD_WAIT_MS) {
      this.#report({ type: 'copy-early', tube: this.#tube.name, node: copy.lane.node.endpoint, earlyMs: early });
      this.#acknowledger.releaseCopy(copy, new HeldJob(identity, this.#tube.priority), early);
      return false;
    }
    const copies = identity.copies === 0 ? this.#mostPlainCopies : identity.copies;
    this.#book.begin({ ...identity, copies }, this.#tube.priority, copy);
    return true;
  }
}
