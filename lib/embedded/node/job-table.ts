import type { PutCommand, Reply, TubeStats } from '../../core/cluster/node-connection.js';
import type { KeptJob, NodeLog } from './kept-job.js';
import * as replies from './replies.js';
import type { Session } from './session.js';
import { type Holder, StoredJob } from './stored-job.js';
import { Tube } from './tube.js';

/** A holder is warned so long before a reservation ends. */
export const WARNING_MS = 1_000;

export interface JobTableParts {
  readonly maxJobBytes: number;
  readonly log: NodeLog | undefined;
  /** The session whose reserve waits gets a job, with this reply. */
  readonly onServed: (session: Session, reply: Reply) => void;
}

/**
 * All jobs of a node, and what commands do to them. A job is in one state at a time, and in the structure that goes with it:
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
  readonly jobs = new Map<number, StoredJob>();
  now = 0;
  nextId = 1;
  /** Asked for, whether they were taken or not. */
  puts = 0;
  /** Written to the log. */
  records = 0;
  diskFull = false;
  draining = false;
  /** Nothing ends before this moment. */
  soonest = Infinity;
  readonly #parts: JobTableParts;
  readonly #tubes = new Map<string, Tube<StoredJob, Holder>>();
  #moves = 0;

  constructor(parts: JobTableParts) {
    this.#parts = parts;
  }

  tube(name: string): Tube<StoredJob, Holder> {
    let tube = this.#tubes.get(name);
    if (tube === undefined) {
      tube = new Tube(name);
      this.#tubes.set(name, tube);
    }
    return tube;
  }

  /** On a full disk, and on a node that drains, the number is used up all the same; on a full disk `peek` shows the job. */
  put({ tube, priority, delaySeconds, ttrSeconds, body, byteLength }: PutCommand): Reply {
    this.puts++;
    if (byteLength > this.#parts.maxJobBytes) return replies.JOB_TOO_BIG;
    const id = this.nextId++;
    if (this.draining) return replies.DRAINING;
    const job = new StoredJob(id, this.tube(tube), priority, Math.max(1, ttrSeconds), body, byteLength);
    this.jobs.set(id, job);
    if (this.diskFull) return replies.OUT_OF_MEMORY;
    this.#enqueue(job, this.now + delaySeconds * 1000, true);
    return { kind: 'INSERTED', id };
  }

  /** Puts in a job that was kept. */
  replay({ id, tube, state, priority, ttrSeconds, dueAt, body, byteLength }: KeptJob): void {
    const job = new StoredJob(id, this.tube(tube), priority, ttrSeconds, body, byteLength);
    this.nextId = Math.max(this.nextId, id + 1);
    this.jobs.set(id, job);
    if (state === 'buried') this.#toBuried(job);
    else this.#enqueue(job, state === 'delayed' ? dueAt : 0);
  }

  watchOnly(session: Session, tube: string): Reply {
    session.watched.watching--;
    session.watched = this.tube(tube);
    session.watched.watching++;
    return replies.WATCHING;
  }

  /** Undefined when the session has to wait for a job. */
  reserve(session: Session, seconds: number): Reply | undefined {
    const { ready, waiting } = session.watched;
    if (ready.first !== undefined) {
      waiting.serveAtOnce();
      return this.#hand(session, ready.first);
    }
    if (this.endsSoon(session)) return replies.DEADLINE_SOON;
    if (seconds === 0) return replies.TIMED_OUT;
    waiting.add(session);
    session.waitUntil = this.now + seconds * 1000;
    return undefined;
  }

  reserveJob(session: Session, id: number): Reply {
    const job = this.jobs.get(id);
    if (job === undefined || job.state === 'reserved' || job.state === 'invalid') return replies.NOT_FOUND;
    return this.#hand(session, job);
  }

  delete(session: Session, id: number): Reply {
    const job = this.jobs.get(id);
    if (job === undefined || job.state === 'invalid') return replies.NOT_FOUND;
    if (job.state === 'reserved' && job.holder !== session) return replies.NOT_FOUND;
    this.#takeOut(job);
    job.state = 'invalid';
    this.jobs.delete(id);
    this.records++;
    this.#parts.log?.gone(id);
    return replies.DELETED;
  }

  release(session: Session, id: number, priority: number, delaySeconds: number): Reply {
    const job = this.#held(session, id);
    if (job === undefined) return replies.NOT_FOUND;
    this.#takeOut(job);
    if (delaySeconds > 0 && this.diskFull) return replies.OUT_OF_MEMORY;
    job.priority = priority;
    this.#enqueue(job, this.now + delaySeconds * 1000, delaySeconds > 0);
    return replies.RELEASED;
  }

  bury(session: Session, id: number, priority: number): Reply {
    const job = this.#held(session, id);
    if (job === undefined) return replies.NOT_FOUND;
    this.#takeOut(job);
    job.priority = priority;
    if (this.diskFull) return replies.INTERNAL_ERROR;
    this.#toBuried(job);
    this.#write(job, 'buried');
    return replies.BURIED;
  }

  touch(session: Session, id: number): Reply {
    const job = this.#held(session, id);
    if (job === undefined) return replies.NOT_FOUND;
    session.held.remove(job);
    this.#hold(session, job);
    return replies.TOUCHED;
  }

  kickJob(id: number): Reply {
    const job = this.jobs.get(id);
    return job !== undefined && this.#kick(job) ? replies.KICKED : replies.NOT_FOUND;
  }

  peek(id: number): Reply {
    return replies.found(this.jobs.get(id));
  }

  peekFirst(name: string, state: 'ready' | 'delayed' | 'buried'): Reply {
    const tube = this.tube(name);
    return replies.found(state === 'buried' ? firstOf(tube.buried) : tube[state].first);
  }

  statsJob(id: number): Reply {
    const job = this.jobs.get(id);
    if (job === undefined) return replies.NOT_FOUND;
    return { kind: 'JOB_STATS', stats: { tube: job.tube.name, state: job.state } };
  }

  /** The jobs of one tube, or of all. */
  counts(name?: string): TubeStats {
    const counts = { delayed: 0, ready: 0, reserved: 0, buried: 0, watching: 0 };
    for (const tube of name === undefined ? this.#tubes.values() : [this.tube(name)]) {
      counts.ready += tube.ready.length;
      counts.delayed += tube.delayed.length;
      counts.reserved += tube.reserved;
      counts.buried += tube.buried.size;
      counts.watching += tube.watching;
    }
    return counts;
  }

  /** A reservation ran out. */
  expire(job: StoredJob): void {
    this.#takeOut(job);
    this.#enqueue(job, 0);
  }

  /** Of all that have jobs, or are watched. */
  tubeNames(): readonly string[] {
    const used = ({ ready, delayed, reserved, buried, watching }: Tube<StoredJob, Holder>): boolean =>
      ready.length + delayed.length + reserved + buried.size + watching > 0;
    return [...this.#tubes.values()].filter(used).map(({ name }) => name);
  }

  /** The session is over: what it held is ready. */
  giveBack(session: Session): void {
    session.watched.watching--;
    for (const job of session.held.all.toSorted((one, other) => one.order - other.order)) this.expire(job);
  }

  /** Makes ready what is due. */
  promote(): void {
    for (const { delayed } of this.#tubes.values()) {
      for (let job = delayed.first; job !== undefined && job.rank <= this.now; job = delayed.first) this.expire(job);
      if (delayed.first !== undefined) this.expect(delayed.first.rank);
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

  #held(session: Session, id: number): StoredJob | undefined {
    const job = this.jobs.get(id);
    return job?.holder === session ? job : undefined;
  }

  #hand(session: Session, job: StoredJob): Reply {
    this.#takeOut(job);
    job.state = 'reserved';
    job.holder = session;
    job.order = ++this.#moves;
    job.tube.reserved++;
    this.#hold(session, job);
    return { kind: 'RESERVED', id: job.id, body: job.bytes() };
  }

  #hold(session: Session, job: StoredJob): void {
    job.rank = this.now + job.ttrSeconds * 1000;
    session.held.push(job);
    this.expect(job.rank);
  }

  /** False unless it is buried or delayed. */
  #kick(job: StoredJob): boolean {
    if (job.state !== 'buried' && job.state !== 'delayed') return false;
    this.#takeOut(job);
    this.#enqueue(job, 0, true);
    return true;
  }

  #enqueue(job: StoredJob, dueAt: number, writes = false): void {
    const { tube } = job;
    if (dueAt > this.now) {
      job.state = 'delayed';
      job.rank = dueAt;
      job.order = ++this.#moves;
      tube.delayed.push(job);
      this.expect(dueAt);
      if (writes) this.#write(job, 'delayed');
      return;
    }
    job.state = 'ready';
    job.rank = job.priority;
    job.order = job.id;
    tube.ready.push(job);
    if (writes) this.#write(job, 'ready');
    while (tube.waiting.length > 0 && tube.ready.first !== undefined) {
      const session = tube.waiting.take() as Session;
      this.#parts.onServed(session, this.#hand(session, tube.ready.first));
    }
  }

  #write(job: StoredJob, state: KeptJob['state']): void {
    this.records++;
    this.#parts.log?.kept(job.kept(state));
  }

  #toBuried(job: StoredJob): void {
    job.state = 'buried';
    job.tube.buried.add(job);
  }

  #takeOut(job: StoredJob): void {
    const { tube, state } = job;
    if (state === 'ready' || state === 'delayed') tube[state].remove(job);
    else if (state === 'buried') tube.buried.delete(job);
    else if (state === 'reserved') {
      job.holder?.held.remove(job);
      job.holder = undefined;
      tube.reserved--;
    }
  }
}

function firstOf(jobs: ReadonlySet<StoredJob>): StoredJob | undefined {
  for (const job of jobs) return job;
  return undefined;
}
