import type { Acknowledger } from './acknowledger.js';
import { BEAT_MS } from './beat.js';
import type { HeldJob } from './held-job.js';
import type { JobBook } from './job-book.js';
import type { TubeParts } from './tube-parts.js';

interface StandbyParts extends Pick<TubeParts, 'settings' | 'clock'> {
  readonly book: JobBook;
  readonly acknowledger: Acknowledger;
}

/**
 * A consumer may fall silent without closing its connections: its machine lost power, or stands still. Then each node should give its
 * copies to others when their time to run is over. beanstalkd 1.12 does not where its clock shows the very microsecond at which that
 * is so (prot.c: `conn_timeout` looks once, and nothing wakes the connection again), which is the more common case on an idle node.
 *
 * So of a job that is due and held for more than a second, one copy does not stay reserved: it is put back for the length of a lease. It
 * comes up by itself, whatever became of this process. A job that is still here takes it in again; before that, another one was put
 * back. A job that ends here deletes what rests by its number. The last copy that is held stays: it brings the job back at once should
 * this process end. So a job of two copies has moments in which none rests.
 */
export class StandbyCopies {
  readonly #parts: StandbyParts;

  constructor(parts: StandbyParts) {
    this.#parts = parts;
  }

  /** What is held for two beats may well be held for much longer. */
  onBeat(): void {
    const { clock, book, acknowledger } = this.#parts;
    const due = clock.now() - 2 * BEAT_MS;
    for (const job of book.heldSince(clock.monotonic() - 2 * BEAT_MS)) {
      if (job.dueMs <= due && this.#mayStandBy(job)) acknowledger.rest(job, () => this.#mayStandBy(job));
    }
  }

  /** What waits leaves or runs within two seconds. A third copy rests from when the first has rested for half a lease. */
  #mayStandBy({ state, aside, copies, standby }: HeldJob): boolean {
    if (state === 'left' || state === 'waiting' || aside || copies.length < 2) return false;
    const later = this.#parts.clock.monotonic() + this.#parts.settings.leaseMs / 2;
    return !standby.some((copy) => copy.lane.standsByAt(copy, later));
  }
}
