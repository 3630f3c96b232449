import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../clock.js';
import { priorityField } from '../wire/priority.js';
import type { Copy, HeldJob } from './held-job.js';
import type { Lane } from './lane.js';

/**
 * A lane that trails may look after this: its node may have a job that no other has, and gives the most urgent first. And a lane that
 * brought nothing for so long does not lead.
 */
const LOOK_AFTER_MS = 200;
/** What such a lane takes at a time. */
const LOOK = 32;
/**
 * Slots that were all taken so long ago count as kept busy: between two bursts some are free for a moment, and on a machine whose cores are
 * all busy a process may wait longer for its turn than for its node.
 */
const KEPT_BUSY_MS = 70;
/** What a lane that begins to lead has to fill the slots, and the longest that it keeps its lead when it ran dry. */
const LEAD_MS = 50;
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
  /** It has run dry and leads until then, of the monotonic clock: what it brought is still in memory. */
  lingersUntil: number;
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
 * every reserve, or did so a moment ago (for as long as it had, 50 ms at most), and a good part of its jobs is **fresh**: no other lane met
 * them, and no other consumer ran them. Of several that could lead it is the one whose node has the lowest rank, by a hash of tube and
 * node, so that the consumers of a tube take from the same node, which gives each job to one of them. Those that know the node by different
 * names find together as well: where one node is ahead of another, whoever takes from the other hears that its jobs are done.
 *
 * The other lanes **trail**: where there are as many copies as nodes, they bring copies of jobs that were met or run already, which are only
 * there to be deleted. While the slots are kept busy, that work would keep a handler waiting that could begin, so it is put off, within bounds:
 *
 * - A lane trails by fewer jobs than its owner says. {@link RecentJobs} should remember them all: a job that it forgot costs a question
 *   to the claim store.
 * - It trails within one value of the priority field, as jobs begin, which holds the due second too. By it nodes put jobs in order, so a job
 *   behind its last copy, which no other lane brings, is not kept back for less urgent ones.
 * - It takes a few copies every 200 ms in any case: what is urgent may have come meanwhile, to its node alone. It takes all it can once no
 *   job has begun for 200 ms, or the lane that leads has brought nothing for so long: its node may have fallen silent.
 * - It takes all it can once not all slots were taken for 70 ms. Then the lane that still leads has not kept them busy, and leads no more
 *   until it brings fresh jobs again. One that begins to lead has 50 ms to fill them: consumers that start together, or find much due at
 *   once, would else ask for the same jobs at different nodes.
 */
export class Trailing {
  readonly #tube: string;
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #lanes = new Map<Lane, Progress>();
  #begun = 0;
  /** When the copy was asked for that began the last fresh job. */
  #begunAt = 0;
  /** The priority field of that job. */
  #field = 0;
  /** Jobs that had begun before those of this field. */
  #before = 0;
  /** When all slots were taken. */
  #takenAt = -Infinity;
  #keptBusy = false;
  #alarm: { readonly timer: Timer; readonly at: number } | undefined;

  /** `wake`: lanes may have room that had none. */
  constructor(tube: string, clock: Clock, wake: () => void) {
    this.#tube = tube;
    this.#clock = clock;
    this.#wake = wake;
  }

  /** A copy begins a job. */
  begin(copy: Copy, job: HeldJob): void {
    const progress = this.#progress(copy.lane);
    progress.at = copy.touchedAt;
    job.first = copy;
    job.place = this.#begun + 1;
    if (progress.fresh >= FRESH) {
      this.#begunAt = copy.touchedAt;
      const field = fieldOf(job);
      if (field !== this.#field) {
        this.#field = field;
        this.#before = this.#begun;
      }
      progress.place = job.place;
    }
    this.#begun++;
  }

  /** A copy is of the job of this place, which is here or was here. */
  met({ lane, touchedAt }: Copy, place: number): void {
    const progress = this.#progress(lane);
    progress.at = touchedAt;
    progress.place = place;
    this.#count(progress, 0);
  }

  /** A job is ours to run. */
  ours(job: HeldJob): void {
    const { first, place } = job;
    if (first === undefined) return;
    job.first = undefined;
    const progress = this.#progress(first.lane);
    this.#count(progress, 1);
    if (progress.fresh < FRESH) return;
    if (place > progress.place) progress.place = place;
    if (first.touchedAt > this.#begunAt) this.#begunAt = first.touchedAt;
  }

  /** A job is another consumer's, or was. */
  theirs(job: HeldJob): void {
    const { first } = job;
    if (first === undefined) return;
    job.first = undefined;
    const progress = this.#progress(first.lane);
    this.#count(progress, 0);
    // Where it is among the jobs that began here nobody knows, but it is as urgent as they are.
    if (fieldOf(job) === this.#field && progress.place <= this.#before) progress.place = this.#before + 1;
  }

  /** A lane's node, which gave a copy for every reserve for so long, has none for now. */
  ranDry(lane: Lane, flowedMs: number): void {
    const progress = this.#progress(lane);
    // Not longer, so that short bursts, one after the other, do not let a node lead that has nothing most of the time.
    const until = this.#clock.monotonic() + Math.min(flowedMs, LEAD_MS);
    progress.lingersUntil = flowedMs === 0 ? until : Math.max(progress.lingersUntil, until);
  }

  /** How many copies a lane may reserve now. */
  room(lane: Lane, { free, most }: Slots): number {
    const now = this.#clock.monotonic();
    if (free === 0) {
      this.#takenAt = now;
      this.#keptBusy = true;
    } else if (this.#keptBusy && now - this.#takenAt >= KEPT_BUSY_MS) this.#notKeptBusy(now);
    if (now - this.#begunAt >= LOOK_AFTER_MS) return Infinity;
    const progress = this.#progress(lane);
    const leader = this.#leaderFor(progress, most, now);
    if (leader === undefined) return Infinity;
    const until = this.#waitsUntil(leader);
    if (now >= until) return Infinity;
    if (now - progress.at >= LOOK_AFTER_MS) return LOOK;
    if (free > 0) this.#wakeAt(until, now);
    return 0;
  }

  close(): void {
    this.#alarm?.timer.cancel();
    this.#alarm = undefined;
  }

  /** The lane that one may leave its jobs to. */
  #leaderFor(mine: Progress, most: number, now: number): Lane | undefined {
    if (mine.place <= this.#before || this.#begun - mine.place >= most) return undefined;
    for (const [lane, other] of this.#lanes) {
      const fresher = mine.fresh < FRESH || other.rank < mine.rank;
      const flows = lane.flowsSince !== undefined || now < other.lingersUntil;
      if (fresher && flows && other.fresh >= FRESH && other.place > this.#before && now - other.at < LOOK_AFTER_MS)
        return lane;
    }
    return undefined;
  }

  /** Until when slots count as kept busy, or as about to be, by that lane. */
  #waitsUntil(leader: Lane): number {
    const { flowsSince } = leader;
    if (flowsSince !== undefined) return Math.max(this.#takenAt + KEPT_BUSY_MS, flowsSince + LEAD_MS);
    return Math.min(this.#takenAt + KEPT_BUSY_MS, this.#progress(leader).lingersUntil);
  }

  /** A lane that began to lead a moment ago keeps its lead. */
  #notKeptBusy(now: number): void {
    this.#keptBusy = false;
    for (const [{ flowsSince }, progress] of this.#lanes) {
      const led = flowsSince === undefined ? now < progress.lingersUntil : now - flowsSince >= LEAD_MS;
      if (led && progress.fresh >= FRESH) progress.fresh = FRESH / 2;
    }
  }

  /** Nothing else may: no run ends where none runs, and the lane that leads may have fallen silent. */
  #wakeAt(at: number, now: number): void {
    if (this.#alarm !== undefined && this.#alarm.at <= at) return;
    this.#alarm?.timer.cancel();
    const timer = this.#clock.after(Math.ceil(at - now), () => {
      this.#alarm = undefined;
      this.#wake();
    });
    this.#alarm = { timer, at };
  }

  /** How many of its jobs are fresh, with one more. */
  #count(progress: Progress, fresh: 0 | 1): void {
    const led = progress.fresh >= FRESH;
    progress.fresh += WEIGHT * (fresh - progress.fresh);
    // It may be the one that the others wait for.
    if (led && progress.fresh < FRESH) this.#wake();
  }

  #progress(lane: Lane): Progress {
    let progress = this.#lanes.get(lane);
    if (progress === undefined) {
      progress = { rank: rankOf(this.#tube, lane.node.endpoint), fresh: 1, place: 0, at: 0, lingersUntil: 0 };
      this.#lanes.set(lane, progress);
    }
    return progress;
  }
}

/** Where a node stands among those of a tube: the lowest leads, if it can. */
export function rankOf(tube: string, endpoint: string): string {
  return createHash('sha256').update(`${tube} ${endpoint}`).digest('hex');
}

function fieldOf({ priority, dueMs }: HeldJob): number {
  return priorityField(priority, dueMs);
}
