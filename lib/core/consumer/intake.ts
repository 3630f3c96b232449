import { identify, type JobIdentity, recognise } from '../claims/job-identity.js';
import { textOf } from '../errors/shown.js';
import { DQ_COPIES } from '../wire/envelope.js';
import type { Acknowledger } from './acknowledger.js';
import { HELD_WAIT_MS } from './due-jobs.js';
import { type Copy, HeldJob } from './held-job.js';
import type { JobBook } from './job-book.js';
import type { TubeParts } from './tube-parts.js';

interface IntakeParts extends Pick<TubeParts, 'settings' | 'cluster' | 'clock' | 'report'> {
  readonly book: JobBook;
  readonly acknowledger: Acknowledger;
}

/**
 * What becomes of a copy that a lane has reserved. One of a job that is held joins it; one of a job that ended here a moment ago is
 * deleted; what cannot be understood is buried; what is more than two seconds early is put back. Any other begins a job.
 */
export class Intake {
  readonly #parts: IntakeParts;
  /** dq writes three at most, this package at most one a node. */
  readonly #mostPlainCopies: number;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#mostPlainCopies = Math.max(DQ_COPIES, parts.cluster.nodes.length);
  }

  /** True when it begins a job. */
  take(copy: Copy): boolean {
    const usual = recognise(copy.body);
    if (usual !== undefined && this.#isKnown(copy, usual.id, usual.copies)) return false;
    let identity: JobIdentity;
    try {
      identity = identify(this.#parts.settings.name, copy.body);
    } catch (error) {
      this.#parts.acknowledger.buryCopy(copy, 0, textOf(error));
      return false;
    }
    if (usual === undefined && this.#isKnown(copy, identity.name, identity.copies)) return false;
    return this.#begin(identity, copy);
  }

  #isKnown(copy: Copy, name: string, copies: number): boolean {
    const held = this.#parts.book.find(name);
    if (held !== undefined) {
      this.#parts.book.join(held, copy, copies);
      return true;
    }
    const over = this.#parts.acknowledger.recent(name);
    if (over === undefined) return false;
    over.copies = Math.max(over.copies, copies);
    this.#parts.acknowledger.deleteCopy(copy, over);
    return true;
  }

  #begin(identity: JobIdentity, copy: Copy): boolean {
    const early = identity.envelope.dueMs - this.#parts.clock.now();
    if (early > HELD_WAIT_MS) {
      this.#parts.report({
        type: 'copy-early',
        tube: this.#parts.settings.name,
        node: copy.lane.node.endpoint,
        earlyMs: early,
      });
      this.#parts.acknowledger.releaseCopy(copy, new HeldJob(identity, this.#parts.settings.priority), early);
      return false;
    }
    const copies = identity.copies === 0 ? this.#mostPlainCopies : identity.copies;
    this.#parts.book.begin({ ...identity, copies }, this.#parts.settings.priority, copy);
    return true;
  }
}
