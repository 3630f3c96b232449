import { ClaimTable, type ClaimSnapshot } from '../../lib/embedded/claims/claim-table.js';
import { Actor } from '../network/actor.js';
import type { Port, Session } from '../network/port.js';
import type { Wire } from '../network/wire.js';
import type { HostClock } from '../time/host-clock.js';
import type { VirtualTime } from '../time/virtual-time.js';

/** Claims that were forgotten when it came back: none, what it had heard since a snapshot, or all. */
export type Forgotten = 'nothing' | 'since-snapshot' | 'everything';

/** Redis as the claim store needs it: one table of claims, commands one at a time. */
export class RedisServer {
  readonly table: ClaimTable;
  readonly #time: VirtualTime;
  readonly #port: Port;
  #snapshot: ClaimSnapshot | undefined;

  constructor(time: VirtualTime, host: HostClock, port: Port, retentionMs: number) {
    this.#time = time;
    this.#port = port;
    // It only reads the time.
    const clock = { now: () => host.now(), monotonic: () => time.now, after: never, defer: never };
    this.table = new ClaimTable(retentionMs, clock);
    this.start('nothing');
  }

  accept(wire: Wire): Session {
    return { hangUp: () => wire.hangUp() };
  }

  /** Remembers what it holds now, for a disk that does. */
  save(): void {
    this.#snapshot = this.table.snapshot();
  }

  start(forgotten: Forgotten): void {
    if (forgotten === 'everything') this.table.clear();
    if (forgotten === 'since-snapshot' && this.#snapshot !== undefined) this.table.restore(this.#snapshot);
    this.#snapshot = undefined;
    this.#port.listen(new Actor(this.#port.name, this.#time));
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
