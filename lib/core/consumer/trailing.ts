import type { Clock } from '../clock.js';
import type { Copy } from './held-job.js';
import type { Lane } from './lane.js';

/**
 * A lane that trails may look after this: its node may have a job that no other has, and gives the most urgent first. And where no job
 * has begun for so long, nobody is ahead.
 */
const LOOK_AFTER_MS = 200;
/** What such a lane takes at a time. */
const LOOK = 32;

/** How far a lane has come. */
interface Progress {
  /** The place of the last job that it brought a copy of. */
  place: number;
  /** When it asked for that copy, of the monotonic clock. */
  at: number;
}

/**
 * In a backlog all nodes give the same jobs, in about the same order. One lane is ahead: its copies begin jobs. The others **trail**: where
 * there are as many copies as nodes, they bring copies of jobs that were met already, which are only there to be deleted. While every
 * slot is taken, that work would keep a handler waiting that could begin, so it is put off, within bounds:
 *
 * - A lane trails by fewer jobs than its owner says. {@link RecentJobs} should remember them all: a job that it forgot costs a question
 *   to the claim store.
 * - It trails within one second of due times, as jobs begin. Nodes put jobs in order by whole seconds, so a job behind its last copy, which
 *   no other lane brings, is not kept back for jobs that are due in a later second.
 * - It takes a few copies whenever a slot is free, and after 200 ms in any case: what is urgent may have come meanwhile, to its node alone.
 *   It takes all it can once no job has begun for 200 ms. Where no run ends meanwhile, it is the consumer's beat that wakes it.
 */
export class Trailing {
  readonly #clock: Clock;
  readonly #lanes = new Map<Lane, Progress>();
  #begun = 0;
  /** When the copy was asked for that began the last job. */
  #begunAt = 0;
  /** The due second of the job that began last. */
  #second = 0;
  /** Jobs that had begun before those of this second. */
  #before = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A copy begins a job. Returns the job's place among all that began here. */
  begin(copy: Copy, dueMs: number): number {
    const second = Math.floor(dueMs / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#before = this.#begun;
    }
    this.#begunAt = copy.touchedAt;
    this.met(copy, ++this.#begun);
    return this.#begun;
  }

  /** A copy is of the job of this place. */
  met({ lane, touchedAt }: Copy, place: number): void {
    const progress = this.#lanes.get(lane);
    if (progress === undefined) this.#lanes.set(lane, { place, at: touchedAt });
    else {
      progress.place = place;
      progress.at = touchedAt;
    }
  }

  /** How many copies a lane may reserve now, with so many free slots. `most`: it does not trail by as many jobs. */
  room(lane: Lane, free: number, most: number): number {
    const progress = this.#lanes.get(lane);
    const since = this.#clock.monotonic() - LOOK_AFTER_MS;
    if (progress === undefined || this.#begunAt <= since || !this.#trails(progress.place, most)) return Infinity;
    return free === 0 && progress.at > since ? 0 : LOOK;
  }

  #trails(place: number, most: number): boolean {
    if (place <= this.#before || this.#begun - place >= most) return false;
    for (const other of this.#lanes.values()) if (other.place > place) return true;
    return false;
  }
}
