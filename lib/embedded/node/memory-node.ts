import { createHash } from 'node:crypto';
import type { Clock } from '../../core/base/clock.js';
import type { Command } from './command.js';
import { JobLog } from './job-log.js';
import { type KeptJob, keptJob } from './kept-job.js';
import { NodeProcess } from './node-process.js';
import type { Session, SessionClient } from './session.js';
import type { JobState, StoredJob } from './stored-job.js';

export interface MemoryNodeOptions {
  /** The name by which handles and errors know it. */
  readonly endpoint: string;
  readonly clock: Clock;
  /** As beanstalkd's -z. Default 65535. */
  readonly maxJobBytes?: number;
  /** Whether it keeps a log, as with -b: without one every restart loses all jobs. Default true. */
  readonly log?: boolean;
  /** How many writes a restart may lose of the log, at most. Default 0. */
  readonly undoableWrites?: number;
  /** Goes into the id that a node has in each life, which must differ from one process to the next. Default none. */
  readonly seed?: string;
  /**
   * Whether a reserve that waits is answered TIMED_OUT as soon as its session sends something else, so that nothing waits behind it.
   * beanstalkd does not do that. Default false.
   */
  readonly yields?: boolean;
  /** Called with each write to the log: the job as it is kept now, or was until it was deleted. Must not throw. */
  readonly onLogged?: (job: KeptJob, gone: boolean) => void;
}

export interface Restart {
  /** What the disk brings back: all, nothing, or all but so many of the last writes. Default all. */
  readonly keep?: 'all' | 'nothing' | number;
  /**
   * Whether numbers go on behind the last one in the log, or begin behind the highest that is left, as they do once beanstalkd has
   * collected its log files. Default `continue`, and `from-one` when nothing is kept.
   */
  readonly ids?: 'continue' | 'from-one';
}

/** Jobs by state. `reserved` leaves out those that a full disk has taken from everybody. */
export type JobCounts = Readonly<Record<Exclude<JobState, 'invalid'>, number>>;

/**
 * A node in memory that behaves as beanstalkd 1.12 and 1.13 do. It is **up**, **hung** (it takes connections and commands, and
 * answers none) or **down** (it refuses connections; its log waits for {@link restart}).
 */
export class MemoryNode {
  readonly endpoint: string;
  readonly clock: Clock;
  readonly #options: MemoryNodeOptions;
  readonly #log: JobLog | undefined;
  #process: NodeProcess;
  #down = false;
  #lives = 0;

  constructor(options: MemoryNodeOptions) {
    this.#options = options;
    this.endpoint = options.endpoint;
    this.clock = options.clock;
    const { log = true, undoableWrites = 0, onLogged } = options;
    const listener = onLogged && ((job: StoredJob, gone: boolean) => onLogged(keptJob(job), gone));
    this.#log = log ? new JobLog(undoableWrites, listener) : undefined;
    this.#process = this.#live(1);
  }

  get state(): 'up' | 'hung' | 'down' {
    return this.#down ? 'down' : this.#process.hung ? 'hung' : 'up';
  }

  /** A new session, or undefined when the connection is refused. */
  accept(client: SessionClient): Session | undefined {
    return this.#down ? undefined : this.#process.accept(client);
  }

  /** Commands arrive, in order. */
  receive(session: Session, commands: readonly Command[]): void {
    this.#process.receive(session, commands);
  }

  /** The far end of a session closed it. */
  hangUp(session: Session): void {
    this.#process.hangUp(session);
  }

  /** Ends the process as kill -9 does: connections drop, the log stays. */
  kill(): void {
    if (this.#down) return;
    this.#down = true;
    this.#process.die();
  }

  /** Starts a new process on the log; kills the old one first if need be. */
  restart({ keep = 'all', ids = keep === 'nothing' ? 'from-one' : 'continue' }: Restart = {}): void {
    this.kill();
    const log = this.#log;
    const survivors = log?.read(this.#process.table.jobs, typeof keep === 'number' ? keep : 0) ?? [];
    const jobs = keep === 'nothing' ? [] : survivors;
    const behind = (jobs.at(-1)?.id ?? 0) + 1;
    const nextId = ids === 'continue' ? Math.max(log?.nextId ?? 1, behind) : behind;
    if (log !== undefined) log.nextId = nextId;
    this.#process = this.#live(nextId);
    this.#down = false;
    for (const job of jobs) this.#process.table.replay(keptJob(job));
  }

  /** Commands are taken from now on, and nothing is answered, as under SIGSTOP. */
  hang(): void {
    if (!this.#down) this.#process.hang();
  }

  /** Ends what became overdue meanwhile, then obeys what piled up. */
  resume(): void {
    if (this.state === 'hung') this.#process.resume();
  }

  /** Takes no new jobs until a restart, as after SIGUSR1. */
  drain(): void {
    this.#process.draining = true;
  }

  /** A node with a full disk refuses puts, and loses jobs that it should bury or release with a delay. */
  fillDisk(): void {
    this.#process.table.diskFull = true;
  }

  freeDisk(): void {
    this.#process.table.diskFull = false;
  }

  /** As an operator's `kick`: makes up to so many buried jobs ready or, when there is none, delayed ones. Returns how many. */
  kick(tube: string, bound: number): number {
    let kicked = 0;
    if (this.state === 'up') this.#process.operate(() => (kicked = this.#process.table.kickTube(tube, bound)));
    return kicked;
  }

  /** Puts in jobs that were kept elsewhere, such as in a file, with their numbers. */
  load(jobs: Iterable<KeptJob>, nextId = 1): void {
    const process = this.#process;
    process.operate(() => {
      for (const job of jobs) process.table.replay(job);
      process.table.nextId = Math.max(process.table.nextId, nextId);
    });
    if (this.#log !== undefined) this.#log.nextId = process.table.nextId;
  }

  /** The number that the next job gets. */
  get nextId(): number {
    return this.#process.table.nextId;
  }

  /** The jobs of one tube, or of all. */
  counts(tube?: string): JobCounts {
    const counts = { ready: 0, delayed: 0, reserved: 0, buried: 0 };
    for (const { name, ready, delayed, reserved, buried } of this.#now().tubes.all) {
      if (tube !== undefined && tube !== name) continue;
      counts.ready += ready.length;
      counts.delayed += delayed.length;
      counts.reserved += reserved;
      counts.buried += buried.size;
    }
    return counts;
  }

  /** Every job with its state now; on a node that is down, its last. */
  *jobs(): Generator<StoredJob> {
    yield* this.#now().jobs.values();
  }

  /** Every job as a restart would bring it back. */
  *kept(): Generator<KeptJob> {
    for (const job of this.#process.table.jobs.values()) if (job.state !== 'invalid') yield keptJob(job);
  }

  /** The jobs, after all that is over by now was ended. */
  #now(): NodeProcess['table'] {
    if (this.state === 'up') this.#process.operate(() => {});
    return this.#process.table;
  }

  #live(nextId: number): NodeProcess {
    const { endpoint, seed = '', maxJobBytes = 65_535, yields = false } = this.#options;
    const life = `${endpoint} ${seed} ${++this.#lives}`;
    const id = createHash('sha256').update(life).digest('hex').slice(0, 16);
    return new NodeProcess(this.clock, { id, maxJobBytes, log: this.#log, nextId, yields });
  }
}
