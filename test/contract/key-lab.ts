// What the suites of keys work with: calls on a key, and the job that stands under it, brought to each of its states.
import { expect } from '@jest/globals';
import { idOfKey } from '../../lib/core/claims/claim-key.js';
import type { SettleAnswer, SettleOutcome } from '../../lib/core/claims/claim-store.js';
import type { KeyCommitment, KeyPolicy, KeyRequest, KeyReservation } from '../../lib/core/claims/key-claims.js';
import {
  A,
  again,
  B,
  brief,
  claim,
  type ClaimLab,
  DEAD,
  DONE,
  HOUR_MS,
  LEASE_MS,
  newKey,
  newSlot,
  TUBE,
} from './claim-lab.js';

export const LATER_MS = 10 * HOUR_MS;
/** The job that stands was due then: it may have run. */
export const PAST_MS = -1_000;

type Reserved = Extract<KeyReservation, { readonly kind: 'reserved' }>;

/** A call that was reserved. */
export interface KeyCall {
  /** Of its job's claim. */
  readonly key: string;
  readonly request: KeyRequest;
  readonly reserved: Reserved;
}

/** Asks twice, as one does whose reply was lost. */
export async function twice<T>(ask: () => Promise<T>): Promise<readonly [T, T]> {
  return [await ask(), await ask()];
}

export class KeyLab {
  readonly #lab: ClaimLab;

  constructor(lab: ClaimLab) {
    this.#lab = lab;
  }

  /** A moment by the store's clock. */
  in(ms: number): number {
    return this.#lab.fixture.now() + ms;
  }

  /** A call for a new job that is due in an hour. */
  call(slot: string, given: Partial<KeyRequest> = {}): KeyRequest {
    const key = newKey();
    return { slot, id: idOfKey(key), dueMs: this.in(HOUR_MS), policy: 'replace', hash: `of ${key}`, ...given };
  }

  async ask(request: KeyRequest): Promise<KeyReservation> {
    const [reservation] = await this.#lab.store.reserveKeys(TUBE, [request]);
    return reservation!;
  }

  async reserve(slot: string, given: Partial<KeyRequest> = {}): Promise<KeyCall> {
    const request = this.call(slot, given);
    const reserved = await this.ask(request);
    if (reserved.kind !== 'reserved') throw new Error(`expected a reservation, got ${reserved.kind}`);
    return { key: `${slot.slice(0, slot.indexOf('@'))}:${request.id}`, request, reserved };
  }

  async commit({ request, reserved }: KeyCall, store = this.#lab.other): Promise<KeyCommitment> {
    const { slot, id, policy, hash } = request;
    const { dueMs, firstMs, order } = reserved;
    const said = { firstMs, order, policy, hash };
    const [commitment] = await store.commitKeys(TUBE, [{ slot, id, dueMs, handle: handleOf(id), reserved: said }]);
    return commitment!;
  }

  /** As a consumer does that has met its copy. */
  async commitOnBehalf({ request: { slot, id }, reserved: { dueMs } }: KeyCall): Promise<KeyCommitment> {
    const request = { slot, id, dueMs, handle: handleOf(id), reserved: undefined };
    const [commitment] = await this.#lab.other.commitKeys(TUBE, [request]);
    return commitment!;
  }

  /** A job that stands under a key. */
  async stand(slot: string, given: Partial<KeyRequest> = {}): Promise<KeyCall> {
    const call = await this.reserve(slot, given);
    await this.commit(call);
    return call;
  }

  /** The end of an attempt of a call's job. */
  async settle(
    { key, request: { slot } }: KeyCall,
    outcome: SettleOutcome,
    { attempt = 1, holder = B, toldAgain = false } = {},
  ): Promise<SettleAnswer> {
    const request = { key, slot, attempt, outcome, copies: 3, toldAgain };
    const [answer] = await this.#lab.store.settle(TUBE, holder, [request]);
    return answer!;
  }

  /** Brings the job that stands to a state. */
  async bring(call: KeyCall, state: StandingState): Promise<void> {
    await STATES[state](this.#lab, this, call);
  }

  /** A job that was due, under a new key, in that state. */
  async standing(state: StandingState): Promise<{
    readonly slot: string;
    readonly hash: string;
    readonly stands: KeyCall;
  }> {
    const stands = await this.stand(newSlot(), { dueMs: this.in(PAST_MS) });
    await this.bring(stands, state);
    const { slot, hash } = stands.request;
    return { slot, hash, stands };
  }

  async keepsFor(slot: string, ms: number): Promise<void> {
    const keeps = await this.#lab.fixture.keepsSlot(slot);
    expect(keeps).toBeGreaterThan(ms - 60_000);
    expect(keeps).toBeLessThanOrEqual(ms + 2 * HOUR_MS);
  }

  /** Whether a job with that policy may still come under the key, as if nothing had been there. */
  async isFree(slot: string): Promise<boolean> {
    const { kind } = await this.ask(this.call(slot, { policy: 'keep' }));
    return kind === 'reserved';
  }
}

export function handleOf(id: string): string {
  return `10.0.0.1:11300/contract/1,10.0.0.2:11300/contract/2,${id}`;
}

/** A standing job as it is told of. */
export function told({ request: { id, hash }, reserved: { dueMs, firstMs } }: KeyCall, changes: object = {}): object {
  return { id, handle: handleOf(id), dueMs, firstMs, hash, state: 'scheduled', attempt: 0, ...changes };
}

/** Of jobs that were due a second ago: only so may they have run. */
const STATES = {
  scheduled: async () => {},
  moved: async ({ store }, lab, { request: { slot } }) => void (await store.moveKey(TUBE, slot, lab.in(LEASE_MS))),
  retrying: async ({ store }, lab, call) => {
    await claim(store, B, call.key);
    await lab.settle(call, again(LEASE_MS));
  },
  'running here': async ({ store }, _lab, { key }) => void (await claim(store, A, key)),
  'running elsewhere': async ({ store }, _lab, { key }) => void (await claim(store, B, key)),
  'run elsewhere, lease over': async ({ store, fixture }, _lab, { key }) => {
    await claim(store, brief(B), key);
    await fixture.pass(120);
  },
  done: async ({ store }, lab, call) => {
    await claim(store, B, call.key);
    await lab.settle(call, DONE);
  },
  'done, and settled without its key': async ({ store }, _lab, { key }) => {
    await claim(store, B, key);
    await store.settle(TUBE, B, [{ key, attempt: 1, outcome: DONE, copies: 3 }]);
  },
  dead: async ({ store }, lab, call) => {
    await claim(store, B, call.key);
    await lab.settle(call, DEAD);
  },
  revoked: async ({ store }, lab, { key, request: { slot } }) =>
    void (await store.revoke(TUBE, { key, slot, copies: 3, dueMs: lab.in(0) })),
} satisfies Record<string, (lab: ClaimLab, keys: KeyLab, call: KeyCall) => Promise<void>>;
export type StandingState = keyof typeof STATES;

export const WAITS: readonly StandingState[] = ['scheduled', 'moved', 'retrying'];
export const RUNS: readonly StandingState[] = ['running here', 'running elsewhere', 'run elsewhere, lease over'];
export const OVER: readonly StandingState[] = ['done', 'done, and settled without its key', 'dead', 'revoked'];
export const POLICIES: readonly Exclude<KeyPolicy, 'move'>[] = ['replace', 'postpone', 'keep'];
/** How each is told of. */
export const SHOWN: Readonly<Partial<Record<StandingState, object>>> = {
  scheduled: { state: 'scheduled', attempt: 0 },
  moved: { state: 'scheduled', attempt: 0 },
  retrying: { state: 'retrying', attempt: 1 },
  'running here': { state: 'running', attempt: 1 },
  'running elsewhere': { state: 'running', attempt: 1 },
  'run elsewhere, lease over': { state: 'running', attempt: 1 },
};
