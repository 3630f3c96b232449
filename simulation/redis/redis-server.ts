import { ClaimTable, type ClaimSnapshot } from '../../lib/embedded/claims/claim-table.js';
import { Actor } from '../network/actor.js';
import type { Port } from '../network/port.js';
import { NATIVE_TUBE, type Refused } from '../plan/plan.js';
import type { HostClock } from '../time/host-clock.js';
import type { VirtualTime } from '../time/virtual-time.js';

/** What a process asks of Redis. */
export interface Command {
  readonly what: 'script' | 'trial' | 'look';
  readonly tube: string;
}

/** By which those who use a tube see whether Redis remembers; see `lib/core/redis/scripts/look.ts`. */
export interface Mark {
  readonly word: string;
  /** Claims of jobs that were due before may be missing. */
  readonly since: number;
  /** The process of Redis in which it was made. */
  readonly run: number;
}

/** What it held at a moment. */
export interface RedisSnapshot {
  readonly at: number;
  readonly claims: ClaimSnapshot;
  readonly marks: ReadonlyMap<string, Mark>;
}

/** Nothing is remembered. */
export const EMPTY: RedisSnapshot = {
  at: 0,
  claims: { claims: new Map(), admissions: new Map(), slots: new Map(), tubes: new Map() },
  marks: new Map(),
};

interface Refusal {
  /** -1: everybody. */
  readonly process: number;
  readonly what: Refused;
}

/** Redis as the claim store needs it: one table of claims, commands one at a time. */
export class RedisServer {
  readonly table: ClaimTable;
  readonly #time: VirtualTime;
  readonly #host: HostClock;
  readonly #port: Port;
  readonly #refusals = new Set<Refusal>();
  #marks = new Map<string, Mark>();
  #run = 0;
  #made = 0;

  constructor(time: VirtualTime, host: HostClock, port: Port, retentionMs: number) {
    this.#time = time;
    this.#host = host;
    this.#port = port;
    // It only reads the time.
    const clock = { now: () => host.now(), monotonic: () => time.now, after: never, defer: never };
    this.table = new ClaimTable(retentionMs, clock);
    this.start();
  }

  /** What it holds now, for a disk or a replica that remembers it. */
  save(): RedisSnapshot {
    return { at: this.#time.now, claims: this.table.snapshot(), marks: new Map(this.#marks) };
  }

  /** It comes back with all it knew, or with what it, or its replica, knew at a moment. */
  start(snapshot?: RedisSnapshot): void {
    this.#run++;
    if (snapshot !== undefined) this.#restore(snapshot);
    this.#port.listen(new Actor(this.#port.name, this.#time));
  }

  /** All keys are deleted. */
  flush(): void {
    this.#restore(EMPTY);
  }

  mark(tube: string): Mark | undefined {
    return this.#marks.get(tube);
  }

  /**
   * As the script of that name does it.
   * @param known the word of the mark as a process knows it, '' for none
   */
  look(tube: string, known: string): Mark {
    const now = this.#host.now();
    const mark = this.#marks.get(tube);
    const unaware = mark?.since === 0 && known !== '' && mark.word !== known;
    if (mark?.run === this.#run && !unaware) return mark;
    const made = { word: `mark-${++this.#made}`, since: mark !== undefined || known !== '' ? now : 0, run: this.#run };
    this.#marks.set(tube, made);
    return made;
  }

  #restore({ claims, marks }: RedisSnapshot): void {
    this.table.restore(claims);
    this.#marks = new Map(marks);
  }

  /** Some commands are answered with an error until `end` is called. */
  refuse(refusal: Refusal): { end(): void } {
    this.#refusals.add(refusal);
    return { end: () => void this.#refusals.delete(refusal) };
  }

  refuseNothing(): void {
    this.#refusals.clear();
  }

  /** The error that a command of a process is answered with, if it is. */
  refusal(process: number, { what, tube }: Command): string | undefined {
    const refused = [...this.#refusals].some((refusal) => {
      if (refusal.process >= 0 && refusal.process !== process) return false;
      switch (refusal.what) {
        case 'writes':
          return what !== 'look';
        case 'trials':
          return what === 'trial';
        case 'one tube':
          return tube === NATIVE_TUBE;
      }
    });
    return refused ? `NOPERM this user has no permissions to run it (${what})` : undefined;
  }

  get runs(): boolean {
    return this.#port.actor !== undefined;
  }

  crash(withHost: boolean): void {
    this.#port.die(withHost);
  }

  stop(): void {
    this.#port.actor?.stop();
  }

  go(): void {
    this.#port.actor?.go();
  }
}

function never(): never {
  throw new Error('a table of claims sets no timers');
}
