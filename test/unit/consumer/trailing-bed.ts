import { Copy, type HeldJob } from '../../../lib/core/consumer/held-job.js';
import type { Lane } from '../../../lib/core/consumer/lane.js';
import { rankOf, Trailing } from '../../../lib/core/consumer/trailing.js';
import type { DqPriority } from '../../../lib/core/wire/priority.js';
import { ManualClock } from '../../support/manual-clock.js';
import { heldJob } from './held-jobs.js';

export const DUE = 1_767_225_600_000;
/** A lane does not trail by so many jobs. */
export const MOST = 1_000;
/** So many jobs without a fresh one among them, and a lane does not lead any more. */
export const MANY = 100;

export interface StubLane extends Lane {
  flowsSince: number | undefined;
}

/** The lanes of one consumer of a tube, and what they bring. */
export class TrailingBed {
  readonly #tube: string;
  readonly clock = new ManualClock();
  /** How often lanes were woken. */
  woken = 0;
  readonly trailing: Trailing;
  readonly lanes: readonly StubLane[];

  constructor(tube = 'orders', endpoints = ['a:1', 'b:1']) {
    this.#tube = tube;
    this.trailing = new Trailing(tube, this.clock, () => void this.woken++);
    this.lanes = endpoints.map((endpoint) => ({ node: { endpoint }, flowsSince: -Infinity }) as StubLane);
  }

  get ahead(): StubLane {
    return this.lanes[0]!;
  }

  get behind(): StubLane {
    return this.lanes[1]!;
  }

  /** The one of these two that leads where both bring fresh jobs. */
  get leads(): StubLane {
    const [ahead, behind] = [this.ahead, this.behind].map(({ node }) => rankOf(this.#tube, node.endpoint));
    return ahead! < behind! ? this.ahead : this.behind;
  }

  copy(lane: Lane): Copy {
    return new Copy(lane, 1, Buffer.alloc(0), this.clock.monotonic());
  }

  /** A lane brings the first copy of a job, and the claim store grants it. */
  begin(lane: Lane, due = DUE, priority?: DqPriority): number {
    const job = this.brings(lane, due, priority);
    this.trailing.ours(job);
    return job.place;
  }

  /** A lane brings the first copies of jobs that another consumer has run. */
  late(lane: Lane, due = DUE, jobs = MANY): void {
    for (let job = 0; job < jobs; job++) this.trailing.theirs(this.brings(lane, due));
  }

  /** A lane brings copies of jobs that were met, the last of which has this place. */
  met(lane: Lane, place: number, jobs = MANY): void {
    for (let job = 0; job < jobs; job++) this.trailing.met(this.copy(lane), place);
  }

  /** A lane brings the first copy of a job. */
  brings(lane: Lane, due = DUE, priority?: DqPriority): HeldJob {
    const job = heldJob(due, { priority });
    this.trailing.begin(this.copy(lane), job);
    return job;
  }

  room(lane: Lane, free = 0): number {
    return this.trailing.room(lane, { free, most: MOST });
  }

  /** Its node has a backlog from now on. */
  flows(lane: StubLane): void {
    lane.flowsSince = this.clock.monotonic();
  }

  /** Its node had a backlog for so long, and has none any more. */
  runsDry(lane: StubLane, flowedMs: number): void {
    lane.flowsSince = undefined;
    this.trailing.ranDry(lane, flowedMs);
  }

  get rooms(): number[] {
    return this.lanes.map((lane) => this.room(lane));
  }
}
