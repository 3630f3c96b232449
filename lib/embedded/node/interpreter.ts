import type { NodeStats, PutCommand, Reply, TubeStats } from '../../core/cluster/node-connection.js';
import type { Command } from './command.js';
import type { JobTable } from './job-table.js';
import type { Session } from './session.js';
import type { JobTube, StoredJob } from './stored-job.js';

type Bare = Exclude<Reply, { readonly id: unknown } | { readonly stats: unknown } | { readonly kind: 'LOST' }>;
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
  stats(): NodeStats;
}

/** Obeys one command after the other, as beanstalkd's dispatch does. */
export class Interpreter {
  readonly #table: JobTable;
  readonly #node: InterpreterNode;

  constructor(table: JobTable, node: InterpreterNode) {
    this.#table = table;
    this.#node = node;
  }

  /** The reply; undefined when the session has to wait for a job. */
  obey(session: Session, command: Command): Reply | undefined {
    const table = this.#table;
    switch (command.verb) {
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
        return { kind: 'NODE_STATS', stats: this.#node.stats() };
      case 'stats-tube':
        return { kind: 'TUBE_STATS', stats: countsOf(table.tubes.find(command.tube)) };
      case 'stats-job': {
        const job = table.jobs.get(command.id);
        if (job === undefined) return NOT_FOUND;
        return { kind: 'JOB_STATS', stats: { tube: job.tube.name, state: job.state } };
      }
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
    table.puts++;
    this.#use(session, put.tube);
    if (put.byteLength > this.#node.maxJobBytes) return JOB_TOO_BIG;
    if (this.#node.draining) {
      table.nextId++;
      return DRAINING;
    }
    const job = table.put(put);
    return job === undefined ? OUT_OF_MEMORY : { kind: 'INSERTED', id: job.id };
  }

  #reserve(session: Session, command: Command): Reply | undefined {
    const table = this.#table;
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
    session.watched = tubes.hold(name);
    tubes.letGo(watched);
    return WATCHING;
  }

  #use(session: Session, name: string): Session['used'] {
    const { used } = session;
    if (name === used.name) return used;
    const { tubes } = this.#table;
    session.used = tubes.hold(name);
    tubes.letGo(used);
    return session.used;
  }

  #held(session: Session, id: number): StoredJob | undefined {
    const job = this.#table.jobs.get(id);
    return job !== undefined && job.holder === session ? job : undefined;
  }
}

function countsOf(tube: JobTube | undefined): TubeStats {
  const { delayed, ready, reserved = 0, buried } = tube ?? {};
  return { delayed: delayed?.length ?? 0, ready: ready?.length ?? 0, reserved, buried: buried?.size ?? 0 };
}

function found(job: StoredJob | undefined): Reply {
  return job === undefined ? NOT_FOUND : { kind: 'FOUND', id: job.id, body: job.bytes() };
}
