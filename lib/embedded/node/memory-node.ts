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
  /** Goes into the id that a node has in each life, which must differ from one process to the next. Default none. */
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
 * A node in memory that behaves as beanstalkd 1.12 and 1.13 do. It is **up**, **hung** (it takes connections and commands, which pile up
 * unread, and nothing ends) or **down** (it refuses connections, until {@link restart}).
 *
 * Whatever wakes it, a batch of commands, its timer or an operator, it first looks at the clock and ends what is over, then does
 * what it was woken for, then lets sessions go on whose waiting reserve was answered. The timer is set only while a session
 * waits for a job: nobody else could tell whether something ended on time or at the next command.
 */
export class MemoryNode {
  readonly endpoint: string;
  readonly clock: Clock;
  readonly #options: MemoryNodeOptions;
  readonly #sessions = new Set<Session>();
  readonly #timer: NodeTimer;
  #state: 'up' | 'hung' | 'down' = 'down';
  #lives = 0;
  #startedAt = 0;
  #table: JobTable;
  /** Sessions that may go on. */
  #free: Session[] = [];
  /** Sessions that wait for a job. */
  #waiting = 0;

  constructor(options: MemoryNodeOptions) {
    this.#options = options;
    this.endpoint = options.endpoint;
    this.clock = options.clock;
    this.#timer = new NodeTimer(options.clock, () => this.#operate(() => {}));
    this.#table = this.#start();
  }

  get state(): 'up' | 'hung' | 'down' {
    return this.#state;
  }

  /** What is on it. Another one after a restart. */
  get table(): JobTable {
    return this.#table;
  }

  /** A new session, or undefined when the connection is refused. */
  accept(client: SessionClient): Session | undefined {
    if (this.#state === 'down') return undefined;
    const session = new Session(this.clock, client, this.#table.tube('default'));
    this.#sessions.add(session);
    return session;
  }

  /** Commands arrive, in order. */
  receive(session: Session, commands: readonly Command[]): void {
    if (session.ended) {
      session.drop();
      return;
    }
    for (const command of commands) session.inbox.push(command);
    if (this.#state === 'up') this.#operate(() => this.#run(session));
  }

  /** The far end of a session closed it. A hung node sees it when it goes on. */
  hangUp(session: Session): void {
    if (session.ended || session.closing) return;
    session.closing = true;
    if (this.#state === 'up') this.#operate(() => this.#finish(session));
  }

  stats(): Reply {
    const { draining, puts, records, now } = this.#table;
    const logs = this.#options.log !== undefined;
    const uptimeSeconds = Math.trunc((now - this.#startedAt) / 1000);
    const counts = { records: logs ? records : 0, puts, uptimeSeconds, connections: this.#sessions.size };
    return { kind: 'NODE_STATS', stats: { id: this.#id, version: '1.13 in memory', draining, logs, ...counts } };
  }

  /** Ends as by kill -9: connections drop. */
  kill(): void {
    if (this.#state === 'down') return;
    this.#state = 'down';
    this.#timer.clear();
    for (const session of this.#sessions) session.drop();
    this.#sessions.clear();
    this.#free = [];
    this.#waiting = 0;
  }

  /** Starts anew with what a log has kept; is killed first if need be. */
  restart(jobs: Iterable<KeptJob> = [], nextId = 1): void {
    this.kill();
    this.#table = this.#start();
    this.load(jobs, nextId);
  }

  /** Commands are taken from now on, and nothing is answered, as under SIGSTOP. */
  hang(): void {
    if (this.#state !== 'up') return;
    this.#state = 'hung';
    this.#timer.clear();
  }

  /** Ends what became overdue meanwhile, then obeys what piled up. */
  resume(): void {
    if (this.#state !== 'hung') return;
    this.#state = 'up';
    this.#operate(() => {
      for (const session of [...this.#sessions]) {
        if (session.closing) this.#finish(session);
        else this.#run(session);
      }
    });
  }

  /** As an operator's `kick`: makes up to so many buried jobs ready or, when there is none, delayed ones. Returns how many. */
  kick(tube: string, bound: number): number {
    let kicked = 0;
    if (this.#state === 'up') this.#operate(() => (kicked = this.#table.kickTube(tube, bound)));
    return kicked;
  }

  /** Puts in jobs that were kept elsewhere, such as in a file, with their numbers. */
  load(jobs: Iterable<KeptJob>, nextId = 1): void {
    const table = this.#table;
    this.#operate(() => {
      for (const job of jobs) table.replay(job);
      table.nextId = Math.max(table.nextId, nextId);
    });
  }

  /** The jobs of one tube, or of all. */
  counts(tube?: string): TubeStats {
    this.#endWhatIsOver();
    return this.#table.counts(tube);
  }

  /** Every job with its state now; on a node that is down, its last. */
  *jobs(): Generator<StoredJob> {
    this.#endWhatIsOver();
    yield* this.#table.jobs.values();
  }

  get #id(): string {
    const { endpoint, seed = '' } = this.#options;
    return createHash('sha256').update(`${endpoint} ${seed} ${this.#lives}`).digest('hex').slice(0, 16);
  }

  #start(): JobTable {
    const { maxJobBytes = USUAL_JOB_BYTES, log } = this.#options;
    const table = new JobTable({ maxJobBytes, log, onServed: (session, reply) => this.#endWait(session, reply) });
    table.now = this.clock.now();
    this.#startedAt = table.now;
    this.#lives++;
    this.#state = 'up';
    return table;
  }

  #endWhatIsOver(): void {
    if (this.#state === 'up') this.#operate(() => {});
  }

  /** Changes something, with what is over ended before, and what follows done after; of a hung node, just that. */
  #operate(change: () => void): void {
    if (this.#state === 'hung') {
      change();
      return;
    }
    const table = this.#table;
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
        this.#table.expect(tickAt(session));
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
    const table = this.#table;
    table.soonest = Infinity;
    table.promote();
    const due = [...this.#sessions].filter((session) => tickAt(session) <= table.now);
    for (const session of due.toSorted((one, other) => tickAt(one) - tickAt(other))) this.#tick(session);
    for (const session of this.#sessions) table.expect(tickAt(session));
  }

  #tick(session: Session): void {
    const table = this.#table;
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
    this.#table.giveBack(session);
  }
}

/** Wall clock: when something of this session is over. */
function tickAt({ held, waiting, waitUntil }: Session): number {
  const heldUntil = held.first?.rank ?? Infinity;
  return waiting === undefined ? heldUntil : Math.min(heldUntil - WARNING_MS, waitUntil);
}
