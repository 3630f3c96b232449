import type { Clock, Timer } from '../lib/core/base/clock.js';
import type { Reply, TubeStats } from '../lib/core/cluster/node-connection.js';
import type { KeptJob } from '../lib/embedded/node/kept-job.js';
import type { ServedNode } from '../lib/embedded/node/memory-connection.js';
import { MemoryNode, type MemoryNodeOptions } from '../lib/embedded/node/memory-node.js';
import type { Command, Session, SessionClient } from '../lib/embedded/node/session.js';
import type { StoredJob } from '../lib/embedded/node/stored-job.js';
import { NodeDisk } from './node-disk.js';
import { replace } from './replace.js';

export interface Restart {
  /** What the disk brings back: all, nothing, or all but so many of the last writes. Default all. */
  readonly keep?: 'all' | 'nothing' | number;
  /**
   * Whether numbers go on behind the last one in the log, or begin behind the highest that is left, as they do once beanstalkd has
   * collected its log files. Default `continue`, and `from-one` when nothing is kept.
   */
  readonly ids?: 'continue' | 'from-one';
}

/**
 * A node in memory that lives more than once: with a disk, from which it is restarted, as with -b. It is **up**, **hung** (it takes
 * connections and commands, which pile up unread, and nothing ends) or **down** (it refuses connections, until it comes back).
 */
export class LoggedNode implements ServedNode {
  readonly endpoint: string;
  readonly clock: Clock;
  readonly #options: Omit<MemoryNodeOptions, 'log'>;
  readonly #disk: NodeDisk;
  readonly #sessions = new Set<Session>();
  #state: 'up' | 'hung' | 'down' = 'up';
  #lives = 0;
  #life: MemoryNode;
  #timer: Timer | undefined;
  /** What it would have done by now, if it did not hang. */
  #missed: (() => void) | undefined;

  /** `undoableWrites`: how many writes a restart may lose, at most. */
  constructor(options: Omit<MemoryNodeOptions, 'log'>, undoableWrites = 0) {
    this.#options = options;
    this.endpoint = options.endpoint;
    this.clock = options.clock;
    this.#disk = new NodeDisk(undoableWrites);
    this.#life = this.#live();
  }

  get state(): 'up' | 'hung' | 'down' {
    return this.#state;
  }

  get table(): MemoryNode['table'] {
    return this.#life.table;
  }

  accept(client: SessionClient): Session | undefined {
    if (this.#state === 'down') return undefined;
    const session = this.#life.accept(client);
    this.#sessions.add(session);
    return session;
  }

  receive(session: Session, commands: readonly Command[]): void {
    if (session.ended) session.drop();
    else if (this.#state === 'up') this.#life.receive(session, commands);
    else for (const command of commands) session.inbox.push(command);
  }

  /** A hung node sees it when it goes on. */
  hangUp(session: Session): void {
    if (session.ended || session.closing) return;
    session.closing = true;
    if (this.#state === 'up') this.#finish(session);
  }

  stats(): Reply {
    return this.#life.stats();
  }

  /** Every job as a restart would bring it back. */
  get kept(): readonly KeptJob[] {
    return [...this.#disk.jobs.values()];
  }

  /** The jobs of one tube, or of all. */
  counts(tube?: string): TubeStats {
    return this.#state === 'up' ? this.#life.counts(tube) : this.table.counts(tube);
  }

  /** Every job with its state now; of one that is down, its last. */
  jobs(): Iterable<StoredJob> {
    return this.#state === 'up' ? this.#life.jobs() : this.table.jobs.values();
  }

  load(jobs: Iterable<KeptJob>, nextId?: number): void {
    this.#life.load(jobs, nextId);
  }

  /** Ends as by kill -9: connections drop. */
  kill(): void {
    if (this.#state === 'down') return;
    this.#state = 'down';
    this.#timer?.cancel();
    this.#missed = undefined;
    for (const session of this.#sessions) session.drop();
    this.#sessions.clear();
  }

  /** Starts a new life on what its disk has; kills the old one first if need be. */
  comeBack({ keep = 'all', ids = keep === 'nothing' ? 'from-one' : 'continue' }: Restart = {}): void {
    const jobs = keep === 'nothing' ? [] : this.#disk.read(keep === 'all' ? 0 : keep);
    const behind = (jobs.at(-1)?.id ?? 0) + 1;
    this.restart(jobs, ids === 'continue' ? Math.max(this.#disk.nextId, behind) : behind);
  }

  /** Starts a new life on these. */
  restart(jobs: readonly KeptJob[], nextId: number): void {
    this.kill();
    this.#disk.write(jobs, nextId);
    this.#life = this.#live();
    this.#state = 'up';
    this.#life.load(jobs, nextId);
  }

  /** Commands are taken from now on, and nothing is answered, as under SIGSTOP. */
  hang(): void {
    if (this.#state === 'up') this.#state = 'hung';
  }

  /** Ends what became overdue meanwhile, then obeys what piled up. */
  resume(): void {
    if (this.#state !== 'hung') return;
    this.#state = 'up';
    const missed = this.#missed;
    this.#missed = undefined;
    missed?.();
    this.#life.counts();
    for (const session of [...this.#sessions]) {
      if (session.closing) this.#finish(session);
      else this.#life.receive(session, []);
    }
  }

  /** Takes no new jobs until a restart, as after SIGUSR1. */
  drain(): void {
    this.table.draining = true;
  }

  /** A node with a full disk refuses puts, and loses jobs that it should bury or release with a delay. */
  fillDisk(): void {
    this.table.diskFull = true;
  }

  freeDisk(): void {
    this.table.diskFull = false;
  }

  /** As an operator's `kick`: makes up to so many buried jobs ready or, when there is none, delayed ones. Returns how many. */
  kick(tube: string, bound: number): number {
    if (this.#state !== 'up') return 0;
    const state = this.counts(tube).buried > 0 ? 'buried' : 'delayed';
    let kicked = 0;
    for (; kicked < bound; kicked++) {
      const first = this.table.peekFirst(tube, state);
      if (first.kind !== 'FOUND') break;
      this.table.kickJob(first.id);
    }
    // Whoever waited for one of them goes on.
    this.counts();
    return kicked;
  }

  #finish(session: Session): void {
    this.#sessions.delete(session);
    this.#life.hangUp(session);
  }

  #live(): MemoryNode {
    const after: Clock['after'] = (ms, run) => {
      this.#timer = this.clock.after(ms, () => {
        if (this.#state === 'hung') this.#missed = run;
        else run();
      });
      return this.#timer;
    };
    const seed = `${this.#options.seed ?? ''} ${++this.#lives}`;
    return new MemoryNode({ ...this.#options, clock: replace(this.clock, { after }), log: this.#disk, seed });
  }
}
