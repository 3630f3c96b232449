import type { IndexedHeap, Ranked } from '../../core/base/indexed-heap.js';
import type { KeptJob } from './kept-job.js';
import type { Tube } from './tube.js';

/** `invalid`: refused by a full disk, yet not forgotten by beanstalkd. Nobody can have it, `peek` shows it. */
export type JobState = 'ready' | 'delayed' | 'reserved' | 'buried' | 'invalid';

/** A connection that holds jobs, as the jobs see it. */
export interface Holder {
  /** The jobs it holds, by the end of their reservations. */
  readonly held: IndexedHeap<StoredJob>;
}

/** One job on a node in memory. Changed by the job table alone. */
export class StoredJob implements Ranked {
  state: JobState = 'invalid';
  /** What its heap sorts by: the priority when it is ready, else the moment (wall clock) its delay or reservation ends. */
  rank = 0;
  index = 0;
  holder: Holder | undefined = undefined;
  /** Who is first among equal ranks: a ready job by its number, any other by when it came to where it is. */
  order = 0;

  constructor(
    readonly id: number,
    readonly tube: Tube<StoredJob, Holder>,
    public priority: number,
    readonly ttrSeconds: number,
    /** As it was given: text is turned into bytes when it is handed out. */
    readonly body: string | Buffer,
    readonly byteLength: number,
  ) {}

  /** The body's bytes, for the caller to keep and change. */
  bytes(): Buffer {
    const { body, byteLength } = this;
    if (typeof body !== 'string') return Buffer.from(body);
    // Latin-1 is copied as it stands, which for ASCII is the same bytes and faster.
    return Buffer.from(body, body.length === byteLength ? 'latin1' : 'utf8');
  }

  /** As its node writes it down. */
  kept(state: KeptJob['state']): KeptJob {
    const { id, tube, priority, ttrSeconds, body, byteLength, rank } = this;
    const dueAt = state === 'delayed' ? rank : 0;
    return { id, tube: tube.name, state, priority, ttrSeconds, dueAt, body, byteLength };
  }
}
