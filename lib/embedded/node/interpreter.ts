import type { PutCommand, Reply } from '../../core/cluster/node-connection.js';
import type { Command } from './command.js';
import type { JobTable } from './job-table.js';
import type { NodeCounters } from './node-counters.js';
import { jobText, tubesText, tubeText } from './node-texts.js';
import type { Session } from './session.js';
import type { StoredJob } from './stored-job.js';

type Bare = Exclude<Reply, { readonly id: unknown } | { readonly body: unknown } | { readonly kind: 'LOST' }>;
const bare = (kind: Bare['kind']): Reply => Object.freeze({ kind });

const NOT_FOUND = bare('NOT_FOUND');
const DELETED = bare('DELETED');
const RELEASED = bare('RELEASED');
const TOUCHED = bare('TOUCHED');
const KICKED = bare('KICKED');
const WATCHING = bare('WATCHING');
const DRAINING = bare('DRAINING');
const JOB_TOO_BIG = bare('JOB_TOO_BIG');
const OUT_OF_MEMORY = bare('OUT_OF_MEMORY');
const INTERNAL_ERROR = bare('INTERNAL_ERROR');
const BURIED: Reply = Object.freeze({ kind: 'BURIED', id: undefined });
export const TIMED_OUT = bare('TIMED_OUT');
export const DEADLINE_SOON = bare('DEADLINE_SOON');

/** What the interpreter needs of the process it works for. */
export interface InterpreterNode {
  readonly maxJobBytes: number;
  readonly draining: boolean;
  /** Whether there is a log. */
  readonly logs: boolean;
  stats(): Buffer;
}

/** Obeys one command after the other, as beanstalkd's dispatch does. */
export class Interpreter {
  readonly #table: JobTable;
  readonly #counters: NodeCounters;
  readonly #node: InterpreterNode;

  constructor(table: JobTable, counters: NodeCounters, node: InterpreterNode) {
    this.#table = table;
    this.#counters = counters;
    this.#node = node;
  }

  /** The reply; undefined when the session has to wait for a job. */
  obey(session: Session, command: Command): Reply | undefined {
    const table = this.#table;
    const { verb } = command;
    this.#counters.count(verb);
    switch (verb) {
      case 'put':
        return this.#put(session, command.job as PutCommand);
      case 'reserve':
        return this.#reserve(session, command);
      case 'delete': {
        const job = table.jobs.get(command.id);
        return job !== undefined && table.delete(session, job) ? DELETED : NOT_FOUND;
      }
      case 'release': {
        const job = this.#held(session, command.id);
        if (job === undefined) return NOT_FOUND;
        return table.release(job, command.priority, command.seconds) ? RELEASED : OUT_OF_MEMORY;
      }
      case 'bury': {
        const job = this.#held(session, command.id);
        if (job === undefined) return NOT_FOUND;
        return table.bury(job, command.priority) ? BURIED : INTERNAL_ERROR;
      }
      case 'touch': {
        const job = this.#held(session, command.id);
        if (job === undefined) return NOT_FOUND;
        table.touch(job);
        return TOUCHED;
      }
      case 'reserve-job': {
        const job = table.jobs.get(command.id);
        if (job === undefined || job.state === 'reserved' || job.state === 'invalid') return NOT_FOUND;
        session.reserves = true;
        return this.hand(session, job);
      }
      case 'kick-job': {
        const job = table.jobs.get(command.id);
        return job !== undefined && table.kick(job) ? KICKED : NOT_FOUND;
      }
      case 'watch':
        return this.#watchOnly(session, command.tube);
      case 'peek':
        return found(table.jobs.get(command.id));
      case 'peek-ready':
        return found(this.#use(session, command.tube).ready.first);
      case 'peek-delayed':
        return found(this.#use(session, command.tube).delayed.first);
      case 'peek-buried':
        return found(this.#use(session, command.tube).buried.values().next().value);
      case 'stats':
        return { kind: 'OK', body: this.#node.stats() };
      case 'stats-tube': {
        const tube = table.tubes.find(command.tube);
        return tube === undefined ? NOT_FOUND : { kind: 'OK', body: tubeText(tube) };
      }
      case 'stats-job': {
        const job = table.jobs.get(command.id);
        return job === undefined ? NOT_FOUND : { kind: 'OK', body: jobText(job, table.now, this.#node.logs) };
      }
      case 'list-tubes':
        return { kind: 'OK', body: tubesText(table.tubes.all) };
    }
  }

  /** How many lines the command is on the wire, each with a reply of its own: a change of tube is one more. */
  lines({ used, watched }: Session, { verb, tube, job }: Command): 1 | 2 {
    switch (verb) {
      case 'put':
        return job?.tube === used.name ? 1 : 2;
      case 'watch':
        return tube === watched.name ? 1 : 2;
      case 'peek-ready':
      case 'peek-delayed':
      case 'peek-buried':
        return tube === used.name ? 1 : 2;
      default:
        return 1;
    }
  }

  /** Reserves the job for the session. */
  hand(session: Session, job: StoredJob): Reply {
    this.#table.reserve(session, job);
    return { kind: 'RESERVED', id: job.id, body: job.bytes() };
  }

  #put(session: Session, put: PutCommand): Reply {
    const table = this.#table;
    this.#use(session, put.tube);
    if (put.byteLength > this.#node.maxJobBytes) return JOB_TOO_BIG;
    session.puts = true;
    if (this.#node.draining) {
      table.nextId++;
      return DRAINING;
    }
    const job = table.put(put);
    return job === undefined ? OUT_OF_MEMORY : { kind: 'INSERTED', id: job.id };
  }

  #reserve(session: Session, command: Command): Reply | undefined {
    const table = this.#table;
    session.reserves = true;
    const { ready, waiting } = session.watched;
    if (ready.first !== undefined) {
      waiting.serveAtOnce();
      return this.hand(session, ready.first);
    }
    if (table.endsSoon(session)) return DEADLINE_SOON;
    if (command.seconds === 0) return TIMED_OUT;
    waiting.add(session);
    session.waiting = command;
    session.waitUntil = table.now + command.seconds * 1000;
    return undefined;
  }

  #watchOnly(session: Session, name: string): Reply {
    const { watched } = session;
    if (name === watched.name) return WATCHING;
    const { tubes } = this.#table;
    this.#counters.count('ignore');
    session.watched = tubes.hold(name);
    session.watched.watching++;
    watched.watching--;
    tubes.letGo(watched);
    return WATCHING;
  }

  #use(session: Session, name: string): Session['used'] {
    const { used } = session;
    if (name === used.name) return used;
    const { tubes } = this.#table;
    this.#counters.count('use');
    session.used = tubes.hold(name);
    session.used.using++;
    used.using--;
    tubes.letGo(used);
    return session.used;
  }

  #held(session: Session, id: number): StoredJob | undefined {
    const job = this.#table.jobs.get(id);
    return job !== undefined && job.holder === session ? job : undefined;
  }
}

function found(job: StoredJob | undefined): Reply {
  return job === undefined ? NOT_FOUND : { kind: 'FOUND', id: job.id, body: job.bytes() };
}
