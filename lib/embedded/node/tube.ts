import { JobHeap } from './job-heap.js';
import type { Session } from './session.js';
import type { StoredJob } from './stored-job.js';
import { WaitingRing } from './waiting-ring.js';

/** A tube's jobs by state, who waits for them, and its counts. */
export class Tube {
  readonly ready = new JobHeap();
  readonly delayed = new JobHeap();
  /** In the order in which they were buried. */
  readonly buried = new Set<StoredJob>();
  readonly waiting = new WaitingRing<Session>();
  reserved = 0;
  urgent = 0;
  puts = 0;
  deletes = 0;
  using = 0;
  watching = 0;
  /** Jobs, and connections that use or watch it. It is forgotten with the last of them. */
  references = 0;

  constructor(readonly name: string) {}
}
