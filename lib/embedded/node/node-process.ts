import type { Clock } from '../../core/base/clock.js';
import type { NodeStats, Reply } from '../../core/cluster/node-connection.js';
import type { Command } from './command.js';
import { DEADLINE_SOON, Interpreter, type InterpreterNode, TIMED_OUT } from './interpreter.js';
import type { JobLog } from './job-log.js';
import { JobTable, WARNING_MS } from './job-table.js';
import { NodeTimer } from './node-timer.js';
import { Session, type SessionClient } from './session.js';
import type { StoredJob } from './stored-job.js';

/** A closed socket takes one reply; the second tells beanstalkd that nobody is there, and what is left unread is not obeyed. */
const REPLIES_TO_NOBODY = 2;

/** One life of a node. */
export interface ProcessSettings {
  /** Another one in each life. */
  readonly id: string;
  readonly maxJobBytes: number;
  readonly log: JobLog | undefined;
  readonly nextId: number;
  /** See {@link MemoryNodeOptions.yields}. */
  readonly yields: boolean;
}

/**
 * One life of a node, from its start to its death: sessions, jobs, time. It is **serving**, **hung** (commands pile up unread, and
 * nothing ends) or **dead**; only serving and hung lead to each other.
 *
 * Whatever wakes it, a batch of commands, its timer or an operator, it first looks at the clock and ends what is over, then does
 * what it was woken for, then lets sessions go on whose waiting reserve was answered. The timer is set only while a session
 * waits for a job: nobody else could tell whether something ended on time or at the next command.
 */
export class NodeProcess implements InterpreterNode {
  readonly table: JobTable;
  readonly maxJobBytes: number;
  draining = false;
  readonly #clock: Clock;
  readonly #settings: ProcessSettings;
  readonly #interpreter: Interpreter;
  readonly #sessions = new Set<Session>();
  readonly #timer: NodeTimer;
  readonly #startedAt: number;
  /** Sessions that may go on. */
  #free: Session[] = [];
  #waiting = 0;
  #hung = false;

  constructor(clock: Clock, settings: ProcessSettings) {
    this.#clock = clock;
    this.#settings = settings;
    this.maxJobBytes = settings.maxJobBytes;
    this.table = new JobTable(settings.log, settings.nextId, (session, job) => this.#served(session, job));
    this.table.now = clock.now();
    this.#startedAt = this.table.now;
    this.#interpreter = new Interpreter(this.table, this);
    this.#timer = new NodeTimer(clock, () => this.operate(() => {}));
  }

  get hung(): boolean {
    return this.#hung;
  }

  accept(client: SessionClient): Session {
    const { tubes } = this.table;
    const session = new Session(this.#clock, client, tubes.hold('default'), tubes.hold('default'));
    this.#sessions.add(session);
    return session;
  }

  receive(session: Session, commands: readonly Command[]): void {
    if (session.ended) {
      session.drop();
      return;
    }
    for (const command of commands) session.inbox.push(command);
    if (this.#hung) return;
    this.#wake();
    this.#run(session);
    this.#rest();
  }

  /** The far end closed the session. A hung node sees it when it goes on. */
  hangUp(session: Session): void {
    if (session.ended || session.closing) return;
    session.closing = true;
    if (!this.#hung) this.operate(() => this.#finish(session));
  }

  /** Changes something from outside, with what is over ended before, and what follows done after. */
  operate(change: () => void): void {
    if (this.#hung) {
      change();
      return;
    }
    this.#wake();
    change();
    this.#rest();
  }

  hang(): void {
    this.#hung = true;
    this.#timer.clear();
  }

  resume(): void {
    this.#hung = false;
    this.operate(() => {
      for (const session of [...this.#sessions]) {
        if (session.closing) this.#finish(session);
        else this.#run(session);
      }
    });
  }

  die(): void {
    this.hang();
    for (const session of this.#sessions) session.drop();
    this.#sessions.clear();
  }

  stats(): NodeStats {
    const { id, log } = this.#settings;
    return {
      id,
      version: '1.13 in memory',
      draining: this.draining,
      logs: log !== undefined,
      records: log?.records ?? 0,
      puts: this.table.puts,
      uptimeSeconds: Math.trunc((this.table.now - this.#startedAt) / 1000),
      connections: this.#sessions.size,
    };
  }

  #wake(): void {
    const { table } = this;
    table.now = this.#clock.now();
    if (table.now >= table.soonest) this.#endWhatIsOver();
  }

  #rest(): void {
    if (this.#free.length > 0) {
      // It may grow meanwhile.
      for (const session of this.#free) this.#run(session);
      this.#free = [];
    }
    if (this.#waiting === 0) this.#timer.clear();
    else this.#timer.set(Math.max(0, this.table.soonest - this.table.now));
  }

  #run(session: Session): void {
    for (;;) {
      if (session.waiting !== undefined) {
        if (!this.#settings.yields || session.inbox.length === 0) return;
        this.#endWait(session, TIMED_OUT);
      }
      const command = session.inbox.shift();
      if (command === undefined) return;
      const reply = this.#interpreter.obey(session, command);
      if (reply !== undefined) session.answer(command, reply);
      else {
        this.#waiting++;
        this.table.expect(tickAt(session));
      }
    }
  }

  #served(session: Session, job: StoredJob): void {
    this.#endWait(session, this.#interpreter.hand(session, job));
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
  #endWhatIsOver(): void {
    const { table } = this;
    table.soonest = Infinity;
    table.promote();
    const due = [...this.#sessions].filter((session) => tickAt(session) <= table.now);
    for (const session of due.toSorted((one, other) => tickAt(one) - tickAt(other))) this.#tick(session);
    for (const session of this.#sessions) table.expect(tickAt(session));
  }

  #tick(session: Session): void {
    const { table } = this;
    const { waiting } = session;
    const warned = waiting !== undefined && table.endsSoon(session);
    for (let job = session.held.first; job !== undefined && job.rank <= table.now; job = session.held.first) {
      table.expire(job);
    }
    // beanstalkd's own slip: a job that went to this very reserve meanwhile is its own, and it is told of the deadline instead.
    if (warned) {
      if (session.waiting === undefined) waiting.reply = DEADLINE_SOON;
      else this.#endWait(session, DEADLINE_SOON);
    } else if (session.waiting !== undefined && session.waitUntil <= table.now) this.#endWait(session, TIMED_OUT);
  }

  #finish(session: Session): void {
    let replies = REPLIES_TO_NOBODY;
    if (session.waiting !== undefined) replies--;
    this.#endWait(session, TIMED_OUT);
    for (let command = session.inbox.shift(); command !== undefined; command = session.inbox.shift()) {
      replies -= this.#interpreter.lines(session, command);
      if (replies < 0) break;
      if (this.#interpreter.obey(session, command) === undefined) {
        session.watched.waiting.remove(session);
        session.waiting = undefined;
      }
    }
    session.inbox.drain();
    session.ended = true;
    this.#sessions.delete(session);
    const { tubes } = this.table;
    this.table.giveBack(session);
    tubes.letGo(session.watched);
    tubes.letGo(session.used);
  }
}

/** Wall clock: when something of this session is over. */
function tickAt({ held, waiting, waitUntil }: Session): number {
  const heldUntil = held.first?.rank ?? Infinity;
  return waiting === undefined ? heldUntil : Math.min(heldUntil - WARNING_MS, waitUntil);
}
