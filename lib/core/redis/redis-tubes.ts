import type { Clock } from '../base/clock.js';
import { StoreClock } from '../claims/store-clock.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisMemory } from './redis-memory.js';
import type { Mark } from './redis-scripts.js';

/** What is known of each tube's Redis: in a Cluster each tube lives on one of several servers. */
export class RedisTubes {
  readonly #connection: RedisConnection;
  readonly #memory: RedisMemory;
  readonly #clock: Clock;
  readonly #storeClocks = new Map<string, StoreClock>();
  /** The one that was asked of last: what was refused then is tried with it. */
  #last = '';

  constructor(connection: RedisConnection, memory: RedisMemory, clock: Clock) {
    this.#connection = connection;
    this.#memory = memory;
    this.#clock = clock;
    connection.tryBy(() => this.look(this.#last));
  }

  asked(tube: string): void {
    this.#last = tube;
  }

  storeClock(tube: string): StoreClock {
    this.asked(tube);
    let clock = this.#storeClocks.get(tube);
    if (clock === undefined) this.#storeClocks.set(tube, (clock = new StoreClock(this.#clock)));
    return clock;
  }

  /** The same, once it has been heard. @throws DqClaimStoreError */
  async heardClock(tube: string): Promise<StoreClock> {
    const clock = this.storeClock(tube);
    if (clock.age === Infinity) await this.look(tube);
    return clock;
  }

  /** A command is good for as long as its caller waits for it. */
  goodUntil(tube: string): number {
    return this.storeClock(tube).goodFor(this.#connection.deadline);
  }

  /** In a Cluster, it goes to the master of the tube. */
  look(tube: string): Promise<Mark> {
    return this.#memory.look(tube, this.storeClock(tube));
  }
}
