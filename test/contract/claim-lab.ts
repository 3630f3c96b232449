// What the suites of claim-store.contract.ts work with.
import { expect } from '@jest/globals';
import { idOfKey, nativeClaimKey, plainClaimKey, slotKey } from '../../lib/core/claims/claim-key.js';
import type {
  ClaimRequest,
  ClaimStore,
  ClaimVerdict,
  Holder,
  SettleAnswer,
  SettleOutcome,
} from '../../lib/core/claims/claim-store.js';
import type { KeyCommit } from '../../lib/core/claims/key-claims.js';

/** A store under test. All its views show the same claims. */
export interface ClaimStoreFixture extends ClaimTools {
  readonly store: ClaimStore;
  /** Another process' view. Both may take leases over. */
  readonly other: ClaimStore;
  /** The store's clock, epoch milliseconds. */
  now(): number;
  /** Returns when so much time has passed on it. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** What is asked of the claims of a store, and done to them, that no store does. */
export interface ClaimTools {
  /** For how long the store will remember a claim: undefined when it has none, Infinity when it will never forget. */
  keeps(key: string): Promise<number | undefined>;
  /** The same for the admission of a caller's own id. */
  keepsAdmission(key: string): Promise<number | undefined>;
  /** The same for the slot of a user's own key. */
  keepsSlot(slot: string): Promise<number | undefined>;
  /** Puts a value that this package did not write, as a Go consumer's lock. */
  putForeign(key: string, ms: number): Promise<void>;
  /** Puts a claim of this package that a later release may write. */
  putUnknown(key: string, ms: number): Promise<void>;
  /** The same for the admission of a caller's own id. */
  putUnknownAdmission(key: string, ms: number): Promise<void>;
  /** Makes a claim as old as that of a producer that died while it was being written, or `ms` older than it is. */
  makeStale(key: string, ms?: number): Promise<void>;
  /** The claim has come to its end. */
  forget(key: string): Promise<void>;
  /** The same for the slot of a user's own key. */
  forgetSlot(slot: string): Promise<void>;
}

/** The retention that the fixture's stores are made with. */
export const RETENTION_MS = 3 * 86_400_000;
export const HOUR_MS = 3_600_000;
export const TUBE = 'contract';

let keys = 0;
export const newKey = (): string => nativeClaimKey(TUBE, `job-${++keys}`);
export const newSlot = (): string => slotKey(TUBE, `a key: ${++keys}`);
export const newPlainKey = (): string => plainClaimKey(`body-${++keys}`);

export const LEASE_MS = 60_000;
export const A: Holder = { token: 'holder-a', leaseMs: LEASE_MS };
export const B: Holder = { token: 'holder-b', leaseMs: LEASE_MS };
export const brief = (holder: Holder): Holder => ({ ...holder, leaseMs: 100 });
export const DONE: SettleOutcome = { kind: 'done' };
export const DEAD: SettleOutcome = { kind: 'dead', reason: 'no luck: at all\nreally' };
export const again = (ms: number, counts = true): SettleOutcome => ({ kind: 'again', ms, counts });

/** A claim brought to each of its states. */
const STATES = {
  none: async () => {},
  'running here': async ({ store }, key) => void (await claim(store, A, key)),
  'running elsewhere': async ({ store }, key) => void (await claim(store, B, key)),
  'run elsewhere, lease over': async (fixture, key) => {
    await claim(fixture.store, brief(B), key);
    await fixture.pass(120);
  },
  'run here, lease over': async (fixture, key) => {
    await claim(fixture.store, brief(A), key);
    await fixture.pass(120);
  },
  waiting: async ({ store }, key) => {
    await claim(store, B, key);
    await settle(store, B, key, 1, again(LEASE_MS));
  },
  'waited enough': async (fixture, key) => {
    await claim(fixture.store, B, key);
    await settle(fixture.store, B, key, 1, again(50));
    await fixture.pass(70);
  },
  moved: async (fixture, key) => {
    const slot = await standing(fixture, key);
    await fixture.store.moveKey(TUBE, slot, fixture.now() + LEASE_MS);
  },
  'moved, and due': async (fixture, key) => {
    const slot = await standing(fixture, key);
    await fixture.store.moveKey(TUBE, slot, fixture.now() + 50);
    await fixture.pass(70);
  },
  'being written': async (fixture, key) => void (await reserve(fixture, newSlot(), key)),
  'left while it was written': async (fixture, key) => {
    await reserve(fixture, newSlot(), key);
    await fixture.makeStale(key);
  },
  done: async ({ store }, key) => {
    await claim(store, B, key);
    await settle(store, B, key, 1, DONE);
  },
  dead: async ({ store }, key) => {
    await claim(store, B, key);
    await settle(store, B, key, 1, DEAD);
  },
  revoked: async (fixture, key) => void (await fixture.store.revoke(TUBE, { key, copies: 3, dueMs: fixture.now() })),
  foreign: (fixture, key) => fixture.putForeign(key, HOUR_MS),
  unknown: (fixture, key) => fixture.putUnknown(key, HOUR_MS),
} satisfies Record<string, (fixture: ClaimStoreFixture, key: string) => Promise<void>>;
export type State = keyof typeof STATES;
export const EVERY_STATE = Object.keys(STATES) as readonly State[];

/** A call on a key, for the job of a claim, which was due a second ago. */
async function reserve(fixture: ClaimStoreFixture, slot: string, key: string): Promise<KeyCommit> {
  const request = { slot, id: idOfKey(key), dueMs: fixture.now() - 1_000 };
  const call = { policy: 'replace', hash: key } as const;
  const [reservation] = await fixture.store.reserveKeys(TUBE, [{ ...request, ...call }]);
  if (reservation?.kind !== 'reserved') throw new Error(`expected a reservation, got ${reservation?.kind}`);
  return { ...request, handle: 'any', reserved: { ...call, ...reservation } };
}

/** A new key under which the job of a claim stands. */
async function standing(fixture: ClaimStoreFixture, key: string): Promise<string> {
  const slot = newSlot();
  await fixture.store.commitKeys(TUBE, [await reserve(fixture, slot, key)]);
  return slot;
}

/** A job that was due a minute ago, to be taken over if it is an orphan. The clock of a store in memory may stand still meanwhile. */
export function asking(key: string, dueMs = Date.now() - 60_000, takeover = true): ClaimRequest {
  return { key, dueMs, takeover };
}

export async function claim(
  store: ClaimStore,
  holder: Holder,
  key: string,
  dueMs?: number,
  takeover?: boolean,
): Promise<ClaimVerdict> {
  const [verdict] = await store.claim(TUBE, holder, [asking(key, dueMs, takeover)]);
  return verdict!;
}

export async function settle(
  store: ClaimStore,
  holder: Holder,
  key: string,
  attempt: number,
  outcome: SettleOutcome,
  copies = 3,
): Promise<SettleAnswer> {
  const [settled] = await store.settle(TUBE, holder, [{ key, attempt, outcome, copies }]);
  return settled!;
}

export async function renew(store: ClaimStore, holder: Holder, key: string, attempt = 1): Promise<boolean> {
  const [renewed] = await store.renew(TUBE, holder, [{ key, attempt }]);
  return renewed!;
}

/** The open fixture, with short forms for what the suites do over and over. */
export class ClaimLab {
  #fixture: ClaimStoreFixture | undefined;

  async open(open: () => Promise<ClaimStoreFixture>): Promise<void> {
    this.#fixture = await open();
  }

  async close(): Promise<void> {
    await this.#fixture?.close();
  }

  get fixture(): ClaimStoreFixture {
    if (this.#fixture === undefined) throw new Error('the store is there in tests and hooks only');
    return this.#fixture;
  }

  get store(): ClaimStore {
    return this.fixture.store;
  }

  get other(): ClaimStore {
    return this.fixture.other;
  }

  /** A new claim, brought to that state. */
  async inState(state: State, key = newKey()): Promise<string> {
    await STATES[state](this.fixture, key);
    return key;
  }

  async within(key: string, from: number, to: number): Promise<void> {
    const keeps = await this.fixture.keeps(key);
    expect(keeps).toBeGreaterThan(from);
    expect(keeps).toBeLessThanOrEqual(to);
  }

  keepsForHour(key: string): Promise<void> {
    return this.within(key, HOUR_MS - 60_000, HOUR_MS);
  }

  keepsForRetention(key: string): Promise<void> {
    return this.within(key, RETENTION_MS, RETENTION_MS + 2 * HOUR_MS);
  }
}
