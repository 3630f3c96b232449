// Any command to a claim store, for properties that play the same commands on two of them.
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import type { ClaimRequest, ClaimStore, Holder, SettleOutcome } from '../../../../lib/core/claims/claim-store.js';
import type { KeyCommit } from '../../../../lib/core/claims/key-claims.js';
import { FOREVER } from '../../../../lib/embedded/claims/claim-record.js';
import { type ClaimTools, HOUR_MS, RETENTION_MS, TUBE } from '../../../contract/claim-lab.js';

/** Leases and waits are so brief that a few milliseconds end them, or so long that no test does. */
const BRIEF_MS = 1;
/** Moments for late commands: none, passed long ago, never. */
const MOMENTS = [0, 1, FOREVER];
const KEYS = 7;
const PAUSE_OVER_MS = 5;

/** One side: a store, and what only that side can do. */
export interface Side {
  readonly store: ClaimStore;
  readonly tools: ClaimTools;
  claimWithin(holder: Holder, requests: readonly ClaimRequest[], good: number, over: number): Promise<unknown>;
  settleWithin(holder: Holder, key: string, attempt: number, good: number): Promise<unknown>;
  /** What it said of the last reservation of each job with a key, by its id. */
  readonly reserved: Map<string, NonNullable<KeyCommit['reserved']>>;
  putPending(key: string, generation: string, since: number): Promise<void>;
}

export interface Keys {
  readonly claims: readonly string[];
  readonly ids: readonly string[];
  /** Claims of jobs with a user's own key. */
  readonly keyed: readonly string[];
  /** That of every fifth of them is the second. */
  readonly slots: readonly string[];
}

/** Does one thing on a side. The moment is the same for both sides. */
export type Command = (side: Side, keys: Keys, now: number) => Promise<unknown>;

const DUES: readonly ((now: number) => number)[] = [
  (now) => now - 1_000,
  (now) => now + HOUR_MS,
  (now) => now - 0.75 * RETENTION_MS,
  (now) => now - RETENTION_MS - HOUR_MS,
];
const OLD = 2;

export const often = <T>(usual: T, ...rest: readonly T[]) =>
  fc.oneof({ weight: 2 * rest.length, arbitrary: fc.constant(usual) }, fc.constantFrom(...rest));
/** Mostly the same, so that much happens to it. */
const key = often(0, ...Array.from({ length: KEYS - 1 }, (_, at) => at + 1));
export const holder = fc.record({ token: fc.constantFrom('a', 'b', 'c'), leaseMs: fc.constantFrom(BRIEF_MS, HOUR_MS) });
export const attempt = often(1, 2, 3);
export const copies = fc.nat(3);
const generation = fc.constantFrom('g1', 'g2');
export const outcome: fc.Arbitrary<SettleOutcome> = fc.oneof(
  fc.constant<SettleOutcome>({ kind: 'done' }),
  fc.record({ kind: fc.constant('again' as const), ms: fc.constantFrom(0, BRIEF_MS, HOUR_MS), counts: fc.boolean() }),
  fc.record({
    kind: fc.constant('again' as const),
    ms: fc.constantFrom(0, BRIEF_MS),
    counts: fc.constant(false),
    asked: fc.constant(true as const),
  }),
  fc.record({ kind: fc.constant('dead' as const), reason: fc.constantFrom('', 'no: luck\nat all', 'x'.repeat(600)) }),
);
const many = <T extends { readonly key: number }>(one: fc.Arbitrary<T>) =>
  fc.uniqueArray(one, { selector: (request) => request.key, minLength: 1, maxLength: 4 });
const asked = many(fc.record({ key, due: often(0, 1, OLD, 3), takeover: fc.boolean() })).map((requests) =>
  // Young copies that take nothing over are judged by the latest due time of their batch.
  requests.some(({ due, takeover }) => takeover || due >= OLD)
    ? requests
    : requests.map((request) => ({ ...request, due: requests[0]!.due })),
);
type Asked = { key: number; due: number; takeover: boolean };
const claims = (requests: readonly Asked[], keys: Keys, now: number): ClaimRequest[] =>
  requests.map(({ key, due, takeover }) => ({ key: keys.claims[key]!, dueMs: DUES[due]!(now), takeover }));
const onClaims = <T extends { readonly key: number }>(requests: readonly T[], { claims }: Keys) =>
  requests.map((request) => ({ ...request, key: claims[request.key]! }));
const onIds = <T extends { readonly key: number }>(requests: readonly T[], { ids }: Keys) =>
  requests.map((request) => ({ ...request, key: ids[request.key]! }));

export function command<T>(
  name: string,
  given: fc.Arbitrary<T>,
  run: (given: T, ...rest: Parameters<Command>) => unknown,
) {
  return given.map((value): Command & { [fc.toStringMethod]: () => string } =>
    Object.assign(async (...rest: Parameters<Command>) => run(value, ...rest), {
      [fc.toStringMethod]: () => `${name} ${JSON.stringify(value)}`,
    }),
  );
}

const pause =
  (forMs: number | undefined, reason: string) =>
  ({ store }: Side) =>
    store.pauses.pause(TUBE, { forMs, reason });
const resume = ({ store }: Side): Promise<boolean> => store.pauses.resume(TUBE);

/** Any command. */
export const anyCommand = fc.oneof(
  {
    weight: 5,
    arbitrary: command('claim', fc.tuple(holder, asked), ([who, requests], { store }, keys, now) =>
      store.claim(TUBE, who, claims(requests, keys, now)),
    ),
  },
  {
    weight: 2,
    arbitrary: command(
      'claim within',
      fc.tuple(holder, asked, fc.constantFrom(...MOMENTS), fc.constantFrom(...MOMENTS)),
      ([who, requests, good, over], side, keys, now) => side.claimWithin(who, claims(requests, keys, now), good, over),
    ),
  },
  {
    weight: 4,
    arbitrary: command(
      'settle',
      fc.tuple(holder, many(fc.record({ key, attempt, outcome, copies, toldAgain: fc.boolean() }))),
      ([who, requests], { store }, keys) => store.settle(TUBE, who, onClaims(requests, keys)),
    ),
  },
  command(
    'settle within',
    fc.tuple(holder, key, attempt, fc.constantFrom(...MOMENTS)),
    ([who, at, n, good], side, keys) => side.settleWithin(who, keys.claims[at]!, n, good),
  ),
  command(
    'renew',
    fc.tuple(holder, many(fc.record({ key, attempt, toldAgain: fc.boolean() }))),
    ([who, requests], { store }, keys) => store.renew(TUBE, who, onClaims(requests, keys)),
  ),
  {
    weight: 2,
    arbitrary: command('account', many(fc.record({ key, copies, gone: fc.nat(3) })), (requests, { store }, keys) =>
      store.account(TUBE, onClaims(requests, keys)),
    ),
  },
  {
    weight: 2,
    arbitrary: command(
      'revoke',
      fc.record({ key, copies, due: fc.option(fc.nat(3)), absent: fc.boolean() }),
      ({ key, due, ...rest }, { store }, keys, now) =>
        // Of an unknown claim it rejects.
        store
          .revoke(TUBE, { ...rest, key: keys.claims[key]!, dueMs: due === null ? undefined : DUES[due]!(now) })
          .catch((error: unknown) => (error as Error).message),
    ),
  },
  command(
    'resolve',
    fc.tuple(fc.uniqueArray(key), fc.constantFrom('retry' as const, 'drop' as const)),
    ([places, how], { store }, keys) =>
      store.resolveDead(
        TUBE,
        places.map((at) => keys.claims[at]!),
        how,
      ),
  ),
  command('describe', fc.constant(0), (_, { store }, keys) => store.describeDead(TUBE, keys.claims)),
  // Else all claims would soon be over.
  { weight: 3, arbitrary: command('forget', key, (at, { tools }, keys) => tools.forget(keys.claims[at]!)) },
  command('foreign', key, (at, { tools }, keys) => tools.putForeign(keys.claims[at]!, HOUR_MS)),
  command('unknown', key, (at, { tools }, keys) => tools.putUnknown(keys.claims[at]!, HOUR_MS)),
  {
    weight: 2,
    arbitrary: command(
      'admit',
      many(fc.record({ key: fc.nat(1), generation, due: fc.nat(3) })),
      (requests, { store }, keys, now) =>
        store.admit(
          TUBE,
          requests.map(({ key, generation, due }) => ({ key: keys.ids[key]!, generation, dueMs: DUES[due]!(now) })),
        ),
    ),
  },
  {
    weight: 2,
    arbitrary: command(
      'conclude',
      many(fc.record({ key: fc.nat(1), generation, due: fc.nat(3), written: fc.boolean() })),
      (requests, { store }, keys, now) =>
        store.conclude(
          TUBE,
          onIds(requests, keys).map(({ key, generation, due, written }) => ({
            key,
            generation,
            dueMs: DUES[due]!(now),
            written,
          })),
        ),
    ),
  },
  // Most of the time it is not paused.
  command('pause', fc.tuple(fc.constantFrom(undefined, HOUR_MS), fc.constantFrom('', 'a: b\nc:')), (given, side) =>
    pause(...given)(side),
  ),
  command('pause briefly', fc.constant(0), async (_, side) => {
    const known = await pause(BRIEF_MS, 'brief')(side);
    await sleep(PAUSE_OVER_MS);
    return known;
  }),
  { weight: 4, arbitrary: command('resume', fc.constant(0), (_, side) => resume(side)) },
  command('look at the pause', fc.constant(0), (_, { store }) => store.pauses.look(TUBE)),
  command('pending since long', fc.tuple(fc.nat(1), generation), ([at, known], side, keys, now) =>
    side.putPending(keys.ids[at]!, known, now - 11_000),
  ),
);

export const forAnHour: Holder = { token: 'a', leaseMs: HOUR_MS };
const another: Holder = { token: 'b', leaseMs: BRIEF_MS };
const ask =
  (who: Holder, key: number, due: number, takeover = false): Command =>
  ({ store }, keys, now) =>
    store.claim(TUBE, who, claims([{ key, due, takeover }], keys, now));
const end =
  (who: Holder, key: number, attempt: number, outcome: SettleOutcome): Command =>
  ({ store }, { claims: keys }) =>
    store.settle(TUBE, who, [{ key: keys[key]!, attempt, outcome, copies: 3 }]);
const admit =
  (generation: string): Command =>
  ({ store }, { ids }, now) =>
    store.admit(TUBE, [{ key: ids[0]!, generation, dueMs: now }]);

/** Commands that get every answer there is from a claim, each at least once: what is played at random may miss one. */
export const everyAnswer: readonly Command[] = [
  ask(forAnHour, 0, 1), // early
  ask(forAnHour, 0, 0), // granted
  ask(another, 0, 0), // running
  ({ store }, keys) => store.describeDead(TUBE, keys.claims), // alive, forgotten
  end(forAnHour, 0, 1, { kind: 'again', ms: HOUR_MS, counts: true }),
  ask(another, 0, 0), // waiting
  ({ store }, { claims: keys }) => store.revoke(TUBE, { key: keys[0]!, copies: 3, dueMs: 0 }),
  ask(another, 0, 0), // revoked
  ({ store }, keys) => store.describeDead(TUBE, keys.claims), // over
  ask(another, 1, 0),
  ask(forAnHour, 1, 0), // orphaned
  ask(forAnHour, 1, 0, true),
  end(forAnHour, 1, 2, { kind: 'done' }),
  ask(another, 1, 0), // done
  ask(forAnHour, 2, 0),
  end(forAnHour, 2, 1, { kind: 'dead', reason: 'no luck' }),
  ask(another, 2, 0), // dead
  ask(forAnHour, 3, 3), // expired
  ({ tools }, { claims: keys }) => tools.putForeign(keys[6]!, HOUR_MS),
  ask(forAnHour, 6, 0), // foreign
  ({ tools }, { claims: keys }) => tools.putUnknown(keys[5]!, HOUR_MS),
  ({ store }, keys) => store.describeDead(TUBE, keys.claims), // unknown
  pause(undefined, 'moving'),
  ask(forAnHour, 6, 0), // paused
  pause(HOUR_MS, ''),
  resume,
  admit('g1'), // admitted
  admit('g2'), // duplicate
];
