import type { Clock } from '../../core/base/clock.js';
import { FOREVER, type Kept } from './claim-record.js';

/** So many new keys are put in before the hand moves. */
const STRIDE = 64;
/** So many records the hand passes for each new key: at most a fourth of all records is forgotten and still there. */
const PASSED_PER_KEY = 4;

/** Who is told of each record that is set, and of each that is dropped. */
export interface MapWatcher<Record> {
  changed(key: string, record: Record): void;
  forgot(key: string): void;
}

/**
 * Records by key, each remembered until its own moment. A forgotten one is dropped when it is met: by a look at its key, or by a
 * hand that goes round all records, a few for each key that is new. So memory is bounded without a timer or a second index.
 */
export class ExpiringMap<Record extends Kept> {
  #records: Map<string, Record>;
  #hand: MapIterator<[string, Record]>;
  #added = 0;
  #watcher: MapWatcher<Record> | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#records = new Map();
    this.#hand = this.#records.entries();
  }

  /** Records in memory, the forgotten ones that were not met yet among them. */
  get size(): number {
    return this.#records.size;
  }

  get(key: string, now: number): Record | undefined {
    const record = this.#records.get(key);
    if (record === undefined || record.keptUntil >= now) return record;
    this.#forget(key);
    return undefined;
  }

  set(key: string, record: Record): void {
    const held = this.put(key, record);
    this.#watcher?.changed(held, record);
  }

  /** As {@link set}, and who watches is not told. Returns the key as it may be held on to. */
  put(key: string, record: Record): string {
    if (this.#records.has(key)) {
      this.#records.set(key, record);
      return key;
    }
    const held = compact(key);
    this.#records.set(held, record);
    if (++this.#added === STRIDE) {
      this.#added = 0;
      this.#pass(STRIDE * PASSED_PER_KEY);
    }
    return held;
  }

  /** Forgets it now. */
  drop(key: string): void {
    if (this.#records.has(key)) this.#forget(key);
  }

  watch(watcher: MapWatcher<Record>): void {
    this.#watcher = watcher;
  }

  /** Milliseconds for which a key will be remembered: Infinity without an end, undefined when it is not. */
  keeps(key: string): number | undefined {
    const now = this.#clock.now();
    const until = this.get(key, now)?.keptUntil;
    return until === undefined ? undefined : until === FOREVER ? Infinity : until - now;
  }

  /** Drops all that is forgotten. */
  sweep(): void {
    const now = this.#clock.now();
    for (const [key, record] of this.#records) if (record.keptUntil < now) this.#forget(key);
  }

  /** What is remembered now. */
  *entries(): Generator<readonly [string, Record]> {
    const now = this.#clock.now();
    for (const entry of this.#records) if (entry[1].keptUntil >= now) yield entry;
  }

  /** A copy that later changes do not reach; records themselves never change. */
  snapshot(): ReadonlyMap<string, Record> {
    return new Map(this.#records);
  }

  restore(records: ReadonlyMap<string, Record>): void {
    this.#records = new Map(records);
    this.#hand = this.#records.entries();
  }

  #forget(key: string): void {
    this.#records.delete(key);
    this.#watcher?.forgot(key);
  }

  #pass(records: number): void {
    const now = this.#clock.now();
    let left = records;
    for (const [key, record] of this.#hand) {
      if (record.keptUntil < now) this.#forget(key);
      if (--left === 0) return;
    }
    this.#hand = this.#records.entries();
  }
}

const scratch = Buffer.allocUnsafe(512);

/** The same key in one piece: as it comes, it is often made of parts that hold on to all of what they were cut from. */
function compact(key: string): string {
  const { length } = key;
  // As many bytes as characters: nothing but ASCII, and it fits.
  return scratch.write(key) === length ? scratch.toString('latin1', 0, length) : key;
}
