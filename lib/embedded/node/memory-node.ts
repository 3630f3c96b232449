import { createHash } from 'node:crypto';
import type { Clock } from '../../core/base/clock.js';
import type { Reply, TubeStats } from '../../core/cluster/node-connection.js';
import { JobTable, WARNING_MS } from './job-table.js';
import type { KeptJob, NodeLog } from './kept-job.js';
import { NodeTimer } from './node-timer.js';
import { DEADLINE_SOON, TIMED_OUT } from './replies.js';
import { type Command, Session, type SessionClient } from './session.js';
import type { StoredJob } from './stored-job.js';

export interface MemoryNodeOptions {
  /** The name by which handles and errors know it. */
  readonly endpoint: string;
  readonly clock: Clock;
  /** As beanstalkd's -z. Default 65535. */
  readonly maxJobBytes?: number;
  /** Where it writes what a restart is to bring back. Default none, as without -b. */
  readonly log?: NodeLog;
  /** Goes into the node's id, which must differ from one process to the next. Default none. */
  readonly seed?: string;
  /**
   * Whether a reserve that waits is answered TIMED_OUT as soon as its session sends something else, so that nothing waits behind it.
   * beanstalkd does not do that. Default false.
   */
  readonly yields?: boolean;
}

const USUAL_JOB_BYTES = 65_535;
/** A closed socket takes one reply; the second tells beanstalkd that nobody is there, and what is left unread is not obeyed. */
const REPLIES_TO_NOBODY = 2;

/**
 * A node in memory that behaves as beanstalkd 1.12 and 1.13 do, for one life.
 *
 * Whatever wakes it, a batch of commands or its timer, it first looks at the clock and ends what is over, then does what it was woken
 * for, then lets sessions go on whose waiting reserve was answered. The timer is set only while a session waits for a job: nobody else
 * could tell whether something ended on time or at the next command.
 */
export class MemoryNode {
  readonly endpoint: string;
  readonly clock: Clock;
  readonly table: JobTable;
  readonly #options: MemoryNodeOptions;
  readonly #id: string;
  readonly #startedAt: number;
  readonly #sessions = new Set<Session>();
  readonly #timer: NodeTimer;
  /** Sessions that may go on. */
  #free: Session[] = [];
  /** Sessions that wait for a job. */
  #waiting = 0;

  constructor(options: MemoryNodeOptions) {
    const { endpoint, clock, maxJobBytes = USUAL_JOB_BYTES, log, seed = '' } = options;
    this.#options = options;
    this.endpoint = endpoint;
    this.clock = clock;
    this.#id = createHash('sha256').update(`${endpoint} ${seed}`).digest('hex').slice(0, 16);
    this.#startedAt = clock.now();
    this.#timer = new NodeTimer(clock, () => this.#operate(() => {}));
    this.table = new JobTable({ maxJobBytes, log, onServed: (session, reply) => this.#endWait(session, reply) });
    this.table.now = this.#startedAt;
  }

  accept(client: SessionClient): Session {
    const session = new Session(this.clock, client, this.table.tube('default'));
    session.watched.watching++;
    this.#sessions.add(session);
    return session;
  }

  /** Commands arrive, in order. */
  receive(session: Session, commands: readonly Command[]): void {
    for (const command of commands) session.inbox.push(command);
    this.#operate(() => this.#run(session));
  }

  /** The far end of a session closed it. */
  hangUp(session: Session): void {
    session.closing = true;
    this.#operate(() => this.#finish(session));
  }

  stats(): Reply {
    const { draining, puts, records, now } = this.table;
    const logs = this.#options.log !== undefined;
    const uptimeSeconds = Math.trunc((now - this.#startedAt) / 1000);
    const counts = { records: logs ? records : 0, puts, uptimeSeconds, connections: this.#sessions.size };
    const limits = { maxJobBytes: this.#options.maxJobBytes ?? USUAL_JOB_BYTES, pid: 0 };
    return {
      kind: 'NODE_STATS',
      stats: { id: this.#id, version: '1.13 in memory', draining, logs, ...counts, ...limits },
    };
  }

  /** Puts in jobs that were kept elsewhere, such as in a file, with their numbers. */
  load(jobs: Iterable<KeptJob>, nextId = 1): void {
    const { table } = this;
    this.#operate(() => {
      for (const job of jobs) table.replay(job);
      table.nextId = Math.max(table.nextId, nextId);
    });
  }

  /** The jobs of one tube, or of all. */
  counts(tube?: string): TubeStats {
    this.#operate(() => {});
    return this.table.counts(tube);
  }

  /** Every job with its state now. */
  *jobs(): Generator<StoredJob> {
    this.#operate(() => {});
    yield* this.table.jobs.values();
  }

  /** Changes something, with what is over ended before, and what follows done after. */
  #operate(change: () => void): void {
    const { table } = this;
    table.now = this.clock.now();
    if (table.now >= table.soonest) this.#tickAll();
    change();
    if (this.#free.length > 0) {
      // It may grow meanwhile.
      for (const session of this.#free) this.#run(session);
      this.#free = [];
    }
    if (this.#waiting === 0) this.#timer.clear();
    else this.#timer.set(Math.max(0, table.soonest - table.now));
  }

  #run(session: Session): void {
    for (;;) {
      if (session.waiting !== undefined) {
        if (this.#options.yields !== true || session.inbox.length === 0) return;
        this.#endWait(session, TIMED_OUT);
      }
      const command = session.inbox.shift();
      if (command === undefined) return;
      const reply = command.obey(session);
      if (reply !== undefined) session.answer(command, reply);
      else {
        session.waiting = command;
        this.#waiting++;
        this.table.expect(tickAt(session));
      }
    }
  }

  #endWait(session: Session, reply: Reply): void {
    const { waiting } = session;
    if (waiting === undefined) return;
    session.waiting = undefined;
    session.watched.waiting.remove(session);
    this.#waiting--;
    this.#free.push(session);
    if (!session.closing) session.answer(waiting, reply);
  }

  /** Delays, reservations and waits, in beanstalkd's order. */
  #tickAll(): void {
    const { table } = this;
    table.soonest = Infinity;
    table.promote();
    const due = [...this.#sessions].filter((session) => tickAt(session) <= table.now);
    for (const session of due.toSorted((one, other) => tickAt(one) - tickAt(other))) this.#tick(session);
    for (const session of this.#sessions) table.expect(tickAt(session));
  }

  #tick(session: Session): void {
    const { table } = this;
    const { waiting, held } = session;
    const warned = waiting !== undefined && table.endsSoon(session);
    for (let job = held.first; job !== undefined && job.rank <= table.now; job = held.first) table.expire(job);
    // beanstalkd's own slip: a job that went to this very reserve meanwhile is its own, and it is told of the deadline instead.
    if (warned) {
      if (session.waiting === undefined) waiting.reply = DEADLINE_SOON;
      else this.#endWait(session, DEADLINE_SOON);
    } else if (session.waiting !== undefined && session.waitUntil <= table.now) this.#endWait(session, TIMED_OUT);
  }

  #finish(session: Session): void {
    let replies = session.waiting === undefined ? REPLIES_TO_NOBODY : REPLIES_TO_NOBODY - 1;
    this.#endWait(session, TIMED_OUT);
    for (; replies > 0; replies--) {
      const command = session.inbox.shift();
      if (command !== undefined && command.obey(session) === undefined) session.watched.waiting.remove(session);
    }
    session.inbox.drain();
    session.ended = true;
    this.#sessions.delete(session);
    this.table.giveBack(session);
  }
}

/** Wall clock: when something of this session is over. */
function tickAt({ held, waiting, waitUntil }: Session): number {
  const heldUntil = held.first?.rank ?? Infinity;
  return waiting === undefined ? heldUntil : Math.min(heldUntil - WARNING_MS, waitUntil);
}
