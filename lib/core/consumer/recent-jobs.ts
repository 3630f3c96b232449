import { keyOfName } from '../claims/claim-key.js';
import type { SettleOutcome, SettleRequest } from '../claims/claim-store.js';
import type { Keyed } from './roll-forward.js';

/** A job that is over: its copies that still turn up are deleted without asking the claim store. */
export interface RecentJob {
  /** As in its identity; the claim's key is made from it, so that tens of thousands need not be kept. */
  readonly name: string;
  /** In which it was done here; 0 when another consumer said so. */
  readonly attempt: number;
  copies: number;
  /** Copies deleted and not yet accounted for. */
  gone: number;
  /** When the first of those was deleted, of the monotonic clock. */
  goneSince: number;
  /** Of a job with a key that was done here: a store that lost that has to let go of the key too. Most have none. */
  readonly slot?: string;
}

const GENERATION = 50_000;
/** Dead letters have reasons, and are few. */
const MOST_DEAD = 1_000;
const DONE: SettleOutcome = { kind: 'done' };

/**
 * The last 50,000 to 100,000 jobs that ended here, by name, and the last 1,000 that were given up. Two generations: when the young one is
 * full it becomes the old one.
 */
export class RecentJobs {
  #young = new Map<string, RecentJob>();
  #old = new Map<string, RecentJob>();
  /** By the key of the claim. */
  readonly #dead = new Map<string, SettleRequest>();

  get(name: string): RecentJob | undefined {
    return this.#young.get(name) ?? this.#old.get(name);
  }

  /** Remembers a job that was not known as ended. */
  add(name: string, copies: number, attempt = 0, slot?: string): RecentJob {
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    const job: RecentJob = { name, attempt, copies, gone: 0, goneSince: 0, ...(slot !== undefined && { slot }) };
    this.#young.set(name, job);
    return job;
  }

  addDead(end: SettleRequest): void {
    this.#dead.delete(end.key);
    this.#dead.set(end.key, { ...end, toldAgain: true });
    const [oldest = end.key] = this.#dead.keys();
    if (this.#dead.size > MOST_DEAD) this.#dead.delete(oldest);
  }

  /** A dead letter runs again: it has no end to tell. */
  revived(key: string): void {
    this.#dead.delete(key);
  }

  /** Those with keys, which a claim store that lost their commits has to be told of before. */
  keyed(): readonly Keyed[] {
    const ended = [...this.#old.values(), ...this.#young.values()];
    return ended.flatMap(({ slot, name }) => (slot === undefined ? [] : [{ slot, id: name, dueMs: 0, copies: [] }]));
  }

  /** What a claim store that lost it is to be told again, the youngest first. */
  ends(tube: string): readonly SettleRequest[] {
    const done = [...this.#old.values(), ...this.#young.values()].filter(({ attempt }) => attempt > 0);
    const ends = done.slice(-GENERATION).map(({ name, attempt, copies, slot }) => {
      return { key: keyOfName(tube, name), slot, attempt, outcome: DONE, copies, toldAgain: true };
    });
    return [...ends.toReversed(), ...this.#dead.values()];
  }
}
