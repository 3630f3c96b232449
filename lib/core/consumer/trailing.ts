import { createHash } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { Copy } from './held-job.js';
import type { Lane } from './lane.js';

/**
 * A lane that trails may look after this: its node may have a job that no other has, and gives the most urgent first. And where no job
 * has begun for so long, no lane leads.
 */
const LOOK_AFTER_MS = 200;
/** What such a lane takes at a time. */
const LOOK = 32;
/** Slots that were all taken so long ago count as kept busy: between two bursts some are free for a moment. */
const KEPT_BUSY_MS = 50;
/** A lane that brings less than this part of fresh jobs does not lead. Two nodes that lead for different consumers have half of them each. */
const FRESH = 1 / 4;
/** What one job counts in that part. */
const WEIGHT = 1 / 64;

/** How far a lane has come. */
interface Progress {
  /** Among the nodes of this tube, the same in every process. */
  readonly rank: string;
  /** The part of the jobs that it brought of late which nobody had brought before. */
  fresh: number;
  /** The place of the last job that it brought a copy of. */
  place: number;
  /** When it asked for its last copy, of the monotonic clock. */
  at: number;
}

/** What room a lane has depends on this too. */
export interface Slots {
  /** Slots that nothing runs in or is about to. */
  readonly free: number;
  /** A lane does not trail by so many jobs. */
  readonly most: number;
}

/**
 * In a backlog all nodes give the same jobs, in about the same order, to all consumers. One lane **leads**: its node gives a copy for
 * every reserve, and a good part of its jobs is **fresh**: no other lane met them, and no other consumer ran them. Of several that could
 * lead it is the one whose node has the lowest rank, by a hash of tube and node, so that the consumers of a tube take from the same node,
 * which gives each job to one of them. Those that know the node by different names find together as well: where one node is ahead of
 * another, whoever takes from the other hears that its jobs are done.
 *
 * The other lanes **trail**: where there are as many copies as nodes, they bring copies of jobs that were met or run already, which are only
 * there to be deleted. While the slots are kept busy, that work would keep a handler waiting that could begin, so it is put off, within bounds:
 *
 * - A lane trails by fewer jobs than its owner says. {@link RecentJobs} should remember them all: a job that it forgot costs a question
 *   to the claim store.
 * - It trails within one second of due times, as jobs begin. Nodes put jobs in order by whole seconds, so a job behind its last copy, which
 *   no other lane brings, is not kept back for jobs that are due in a later second.
 * - It takes a few copies every 200 ms in any case: what is urgent may have come meanwhile, to its node alone. It takes all it can once no
 *   job has begun for 200 ms, or once not all slots were taken for 50 ms, as behind a node that is slow. Where no run ends meanwhile, it
 *   is the consumer's beat that wakes it.
 */
export class Trailing {
  readonly #tube: string;
  readonly #clock: Clock;
  readonly #lanes = new Map<Lane, Progress>();
  #begun = 0;
  /** When the copy was asked for that began the last fresh job. */
  #begunAt = 0;
  /** The due second of that job. */
  #second = 0;
  /** Jobs that had begun before those of this second. */
  #before = 0;
  /** When all slots were taken. */
  #takenAt = -Infinity;

  constructor(tube: string, clock: Clock) {
    this.#tube = tube;
    this.#clock = clock;
  }

  /** A copy begins a job. Returns the job's place among all that began here. */
  begin({ lane, touchedAt }: Copy, dueMs: number): number {
    const progress = this.#progress(lane);
    progress.at = touchedAt;
    if (progress.fresh >= FRESH) {
      this.#begunAt = touchedAt;
      const second = secondOf(dueMs);
      if (second !== this.#second) {
        this.#second = second;
        this.#before = this.#begun;
      }
      progress.place = this.#begun + 1;
    }
    return ++this.#begun;
  }

  /** A copy is of the job of this place, which is here or was here. */
  met({ lane, touchedAt }: Copy, place: number): void {
    const progress = this.#progress(lane);
    progress.at = touchedAt;
    progress.place = place;
    count(progress, 0);
  }

  /** The job of this place, which this copy began, is ours to run. */
  ours({ lane, touchedAt }: Copy, place: number): void {
    const progress = this.#progress(lane);
    count(progress, 1);
    if (progress.fresh < FRESH) return;
    if (place > progress.place) progress.place = place;
    if (touchedAt > this.#begunAt) this.#begunAt = touchedAt;
  }

  /** The job that this copy began is another consumer's, or was. */
  theirs({ lane }: Copy, dueMs: number): void {
    const progress = this.#progress(lane);
    count(progress, 0);
    // Where it is among the jobs that began here nobody knows, but it is of this second.
    if (secondOf(dueMs) === this.#second && progress.place <= this.#before) progress.place = this.#before + 1;
  }

  /** How many copies a lane may reserve now. */
  room(lane: Lane, { free, most }: Slots): number {
    const now = this.#clock.monotonic();
    if (free === 0) this.#takenAt = now;
    if (now - this.#takenAt >= KEPT_BUSY_MS || now - this.#begunAt >= LOOK_AFTER_MS) return Infinity;
    const progress = this.#progress(lane);
    if (!this.#trails(progress, most)) return Infinity;
    return now - progress.at < LOOK_AFTER_MS ? 0 : LOOK;
  }

  #trails(mine: Progress, most: number): boolean {
    if (mine.place <= this.#before || this.#begun - mine.place >= most) return false;
    for (const [lane, other] of this.#lanes) {
      if (other.fresh >= FRESH && (mine.fresh < FRESH || other.rank < mine.rank) && lane.flows) return true;
    }
    return false;
  }

  #progress(lane: Lane): Progress {
    let progress = this.#lanes.get(lane);
    if (progress === undefined) {
      const rank = createHash('md5').update(`${this.#tube} ${lane.node.endpoint}`).digest('hex');
      progress = { rank, fresh: 1, place: 0, at: 0 };
      this.#lanes.set(lane, progress);
    }
    return progress;
  }
}

function count(progress: Progress, fresh: 0 | 1): void {
  progress.fresh += WEIGHT * (fresh - progress.fresh);
}

function secondOf(ms: number): number {
  return Math.floor(ms / 1_000);
}
