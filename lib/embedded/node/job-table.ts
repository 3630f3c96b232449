import type { PutCommand } from '../../core/cluster/node-connection.js';
import type { JobLog } from './job-log.js';
import type { KeptJob } from './kept-job.js';
import type { Session } from './session.js';
import { StoredJob } from './stored-job.js';
import { Tubes } from './tubes.js';

/** A holder is warned so long before a reservation ends. */
export const WARNING_MS = 1_000;

/** Calls the session whose waiting reserve got a job. */
export type OnServed = (session: Session, job: StoredJob) => void;

/**
 * All jobs of a node and their moves. A job is in one state at a time, and in the structure that goes with it:
 *
 * - **ready**: in its tube's heap by priority, unless somebody waits for it: then it is reserved at once.
 * - **delayed**: in its tube's heap by due moment. {@link promote} makes it ready.
 * - **reserved**: with its holder, by the end of its reservation. Deleted, released, buried by the holder alone. A reservation
 *   that runs out, and a holder that leaves, make it ready.
 * - **buried**: in its tube's list, until it is kicked.
 * - **lost** (reserved by nobody): on a full disk beanstalkd takes a job off its holder before it asks the log whether it may
 *   bury it, or release it with a delay. Nothing but a restart brings it back.
 *
 * Every moment is read on the wall clock, once for each turn: `now`.
 */
export class JobTable {
  readonly tubes = new Tubes();
  readonly jobs = new Map<number, StoredJob>();
  now = 0;
  nextId: number;
  /** Told, whether taken or not. */
  puts = 0;
  diskFull = false;
  /** Nothing ends before this moment. */
  soonest = Infinity;
  readonly #log: JobLog | undefined;
  readonly #onServed: OnServed;
  #moves = 0;

  constructor(log: JobLog | undefined, nextId: number, onServed: OnServed) {
    this.#log = log;
    this.nextId = nextId;
    this.#onServed = onServed;
  }

  /** Undefined when the disk is full; the number is used up all the same, and `peek` shows the job. */
  put({ tube: name, priority, delaySeconds, ttrSeconds, body, byteLength }: PutCommand): StoredJob | undefined {
    const tube = this.tubes.hold(name);
    const ttr = Math.max(1, ttrSeconds);
    const job = new StoredJob(this.nextId++, tube, priority, delaySeconds, ttr, body, byteLength, this.now);
    this.jobs.set(job.id, job);
    if (this.diskFull) return undefined;
    this.#log?.put(job);
    this.#enqueue(job, this.now + delaySeconds * 1000);
    return job;
  }

  /** Puts in a job that a log kept. */
  replay(kept: KeptJob): void {
    const { id, priority, delaySeconds, ttrSeconds, body, byteLength, createdAt } = kept;
    const tube = this.tubes.hold(kept.tube);
    const job = new StoredJob(id, tube, priority, delaySeconds, ttrSeconds, body, byteLength, createdAt);
    const { state, dueAt, reserves, timeouts, releases, buries, kicks } = kept;
    job.logged = { state, priority, delaySeconds, dueAt, reserves, timeouts, releases, buries, kicks };
    Object.assign(job, { reserves, timeouts, releases, buries, kicks });
    this.nextId = Math.max(this.nextId, id + 1);
    this.jobs.set(id, job);
    if (state === 'buried') this.#toBuried(job);
    else this.#enqueue(job, state === 'delayed' ? dueAt : 0);
  }

  reserve(session: Session, job: StoredJob): void {
    this.#takeOut(job);
    job.state = 'reserved';
    job.holder = session;
    job.order = ++this.#moves;
    job.reserves++;
    job.rank = this.now + job.ttrSeconds * 1000;
    job.tube.reserved++;
    session.held.push(job);
    this.expect(job.rank);
  }

  /** False when another holds it. */
  delete(session: Session, job: StoredJob): boolean {
    if (!this.#mayTake(session, job)) return false;
    this.#takeOut(job);
    this.#log?.deleted(job);
    job.state = 'invalid';
    this.jobs.delete(job.id);
    this.tubes.letGo(job.tube);
    return true;
  }

  /** False when the disk is full: then the job is lost. The caller sees to it that the session holds the job. */
  release(job: StoredJob, priority: number, delaySeconds: number): boolean {
    this.#takeOut(job);
    if (delaySeconds > 0 && this.diskFull) return false;
    job.priority = priority;
    job.delaySeconds = delaySeconds;
    job.releases++;
    this.#enqueue(job, this.now + delaySeconds * 1000, delaySeconds > 0);
    return true;
  }

  /** False when the disk is full: then the job is lost. The caller sees to it that the session holds the job. */
  bury(job: StoredJob, priority: number): boolean {
    this.#takeOut(job);
    job.priority = priority;
    if (this.diskFull) return false;
    this.#toBuried(job);
    this.#log?.changed(job, 'buried');
    return true;
  }

  touch(job: StoredJob): void {
    const held = job.holder?.held;
    held?.remove(job);
    job.rank = this.now + job.ttrSeconds * 1000;
    held?.push(job);
    this.expect(job.rank);
  }

  /** False unless it is buried or delayed. */
  kick(job: StoredJob): boolean {
    if (job.state !== 'buried' && job.state !== 'delayed') return false;
    this.#takeOut(job);
    job.kicks++;
    this.#enqueue(job, 0, true);
    return true;
  }

  /** As the operator's `kick`: buried jobs if there are any, else delayed ones, in their order. */
  kickTube(name: string, bound: number): number {
    const tube = this.tubes.find(name);
    if (tube === undefined) return 0;
    const buried = tube.buried.size > 0;
    let kicked = 0;
    while (kicked < bound) {
      const job = buried ? firstOf(tube.buried) : tube.delayed.first;
      if (job === undefined) break;
      this.kick(job);
      kicked++;
    }
    return kicked;
  }

  /** A reservation ran out. */
  expire(job: StoredJob): void {
    job.timeouts++;
    this.#takeOut(job);
    this.#enqueue(job, 0);
  }

  /** The session is over: what it held is ready. */
  giveBack(session: Session): void {
    const jobs = session.held.all.toSorted((one, other) => one.order - other.order);
    for (const job of jobs) {
      this.#takeOut(job);
      this.#enqueue(job, 0);
    }
  }

  /** Makes ready what is due. */
  promote(): void {
    for (const tube of this.tubes.all) {
      for (let job = tube.delayed.first; job !== undefined && job.rank <= this.now; job = tube.delayed.first) {
        this.#takeOut(job);
        this.#enqueue(job, 0);
      }
      if (tube.delayed.first !== undefined) this.expect(tube.delayed.first.rank);
    }
  }

  /** True when a reservation of the session ends soon. */
  endsSoon({ held }: Session): boolean {
    return held.first !== undefined && this.now >= held.first.rank - WARNING_MS;
  }

  /** Something ends at that moment. */
  expect(moment: number): void {
    if (moment < this.soonest) this.soonest = moment;
  }

  #mayTake(session: Session, { state, holder }: StoredJob): boolean {
    return state === 'reserved' ? holder === session : state !== 'invalid';
  }

  #enqueue(job: StoredJob, dueAt: number, logs = false): void {
    const { tube } = job;
    if (dueAt > this.now) {
      job.state = 'delayed';
      job.rank = dueAt;
      job.order = ++this.#moves;
      tube.delayed.push(job);
      this.expect(dueAt);
      if (logs) this.#log?.changed(job, 'delayed');
      return;
    }
    job.state = 'ready';
    job.rank = job.priority;
    job.order = job.id;
    tube.ready.push(job);
    if (logs) this.#log?.changed(job, 'ready');
    while (tube.waiting.length > 0 && tube.ready.first !== undefined) {
      this.#onServed(tube.waiting.take() as Session, tube.ready.first);
    }
  }

  #toBuried(job: StoredJob): void {
    job.state = 'buried';
    job.buries++;
    job.tube.buried.add(job);
  }

  #takeOut(job: StoredJob): void {
    const { tube } = job;
    switch (job.state) {
      case 'ready':
        tube.ready.remove(job);
        break;
      case 'delayed':
        tube.delayed.remove(job);
        break;
      case 'buried':
        tube.buried.delete(job);
        break;
      case 'reserved':
        job.holder?.held.remove(job);
        job.holder = undefined;
        tube.reserved--;
        break;
      case 'invalid':
        break;
    }
  }
}

function firstOf(jobs: ReadonlySet<StoredJob>): StoredJob | undefined {
  for (const job of jobs) return job;
  return undefined;
}
