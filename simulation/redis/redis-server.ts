import { ClaimTable, type ClaimSnapshot } from '../../lib/embedded/claims/claim-table.js';
import { Actor } from '../network/actor.js';
import type { Port, Session } from '../network/port.js';
import { NATIVE_TUBE, type Refused } from '../plan/plan.js';
import type { Wire } from '../network/wire.js';
import type { HostClock } from '../time/host-clock.js';
import type { VirtualTime } from '../time/virtual-time.js';

/** What a process asks of Redis. */
export interface Command {
  readonly what: 'script' | 'trial' | 'look';
  readonly tube: string;
}

/** What it held at a moment. */
export interface RedisSnapshot {
  readonly at: number;
  readonly claims: ClaimSnapshot;
}

interface Refusal {
  /** -1: everybody. */
  readonly process: number;
  readonly what: Refused;
}

/** Redis as the claim store needs it: one table of claims, commands one at a time. */
export class RedisServer {
  readonly table: ClaimTable;
  readonly #time: VirtualTime;
  readonly #port: Port;
  readonly #refusals = new Set<Refusal>();

  constructor(time: VirtualTime, host: HostClock, port: Port, retentionMs: number) {
    this.#time = time;
    this.#port = port;
    // It only reads the time.
    const clock = { now: () => host.now(), monotonic: () => time.now, after: never, defer: never };
    this.table = new ClaimTable(retentionMs, clock);
    this.start();
  }

  accept(wire: Wire): Session {
    return { hangUp: () => wire.hangUp() };
  }

  /** What it holds now, for a disk or a replica that remembers it. */
  save(): RedisSnapshot {
    return { at: this.#time.now, claims: this.table.snapshot() };
  }

  /** It comes back with all it knew, or with what it, or its replica, knew at a moment. */
  start(snapshot?: RedisSnapshot): void {
    if (snapshot !== undefined) this.table.restore(snapshot.claims);
    this.#port.listen(new Actor(this.#port.name, this.#time));
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
        case 'scripts':
          return what === 'script';
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
