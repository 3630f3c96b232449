import type { IndexedHeap, Ranked } from '../../core/base/indexed-heap.js';
import type { Tube } from './tube.js';

/** `invalid`: refused by a full disk, yet not forgotten by beanstalkd. Nobody can have it, `peek` shows it. */
export type JobState = 'ready' | 'delayed' | 'reserved' | 'buried' | 'invalid';

/** A connection that holds jobs, as the jobs see it. */
export interface Holder {
  /** The jobs it holds, by the end of their reservations. */
  readonly held: IndexedHeap<StoredJob>;
}

/** What of a job was written to the log last. */
export interface LoggedState {
  readonly state: 'ready' | 'delayed' | 'buried';
  readonly priority: number;
  readonly delaySeconds: number;
  /** Wall clock, in milliseconds. */
  readonly dueAt: number;
  readonly reserves: number;
  readonly timeouts: number;
  readonly releases: number;
  readonly buries: number;
  readonly kicks: number;
}

export type JobTube = Tube<StoredJob, Holder>;

/** One job on a node in memory. Changed by the job table alone. */
export class StoredJob implements Ranked {
  state: JobState = 'invalid';
  priority: number;
  delaySeconds: number;
  /** What its heap sorts by: the priority when it is ready, else the moment (wall clock) its delay or reservation ends. */
  rank = 0;
  index = 0;
  holder: Holder | undefined = undefined;
  /** Who is first among equal ranks: a ready job by its number, any other by when it came to where it is. */
  order = 0;
  reserves = 0;
  timeouts = 0;
  releases = 0;
  buries = 0;
  kicks = 0;
  /** Undefined: as it was put. */
  logged: LoggedState | undefined = undefined;

  constructor(
    readonly id: number,
    readonly tube: JobTube,
    readonly putPriority: number,
    readonly putDelaySeconds: number,
    readonly ttrSeconds: number,
    /** As it was given: text is turned into bytes when it is handed out. */
    readonly body: string | Buffer,
    readonly byteLength: number,
    /** Wall clock. */
    readonly createdAt: number,
  ) {
    this.priority = putPriority;
    this.delaySeconds = putDelaySeconds;
  }

  /** The body's bytes, for the caller to keep and change. */
  bytes(): Buffer {
    const { body, byteLength } = this;
    if (typeof body !== 'string') return Buffer.from(body);
    // Latin-1 is copied as it stands, which for ASCII is the same bytes and faster.
    return Buffer.from(body, body.length === byteLength ? 'latin1' : 'utf8');
  }
}
