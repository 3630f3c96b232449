// Any command on users' own keys, for properties that play the same commands on two stores.
import * as fc from 'fast-check';
import { idOfKey } from '../../../../lib/core/claims/claim-key.js';
import type { Holder } from '../../../../lib/core/claims/claim-store.js';
import type { KeyPolicy } from '../../../../lib/core/claims/key-claims.js';
import { HOUR_MS, TUBE } from '../../../contract/claim-lab.js';
import {
  attempt,
  command,
  type Command,
  copies,
  forAnHour,
  holder,
  type Keys,
  often,
  outcome,
  type Side,
} from './any-command.js';

/** The same moments for a while, so that some are equal. */
const DUES: readonly ((now: number) => number)[] = [
  (now) => now - 1_000,
  (now) => Math.floor(now / HOUR_MS) * HOUR_MS + 2 * HOUR_MS,
  (now) => Math.floor(now / HOUR_MS) * HOUR_MS + 3 * HOUR_MS,
];
const JOBS = 5;
const MAX_WAIT_MS = 90 * 60_000;

interface Reserving {
  readonly at: number;
  readonly due: number;
  readonly policy: KeyPolicy;
  readonly hash: string;
  readonly isCapped: boolean;
}

const slotOf = (at: number, { slots }: Keys): string => slots[at === JOBS - 1 ? 1 : 0]!;

async function reserve({ at, due, isCapped, ...call }: Reserving, side: Side, keys: Keys, now: number) {
  const request = { ...call, slot: slotOf(at, keys), id: idOfKey(keys.keyed[at]!), dueMs: DUES[due]!(now) };
  const answers = await side.store.reserveKeys(TUBE, [{ ...request, ...(isCapped && { maxWaitMs: MAX_WAIT_MS }) }]);
  for (const answer of answers)
    if (answer.kind === 'reserved') side.reserved.set(request.id, { ...answer, policy: call.policy, hash: call.hash });
  return answers;
}

async function commit(at: number, due: number, isOnBehalf: boolean, side: Side, keys: Keys, now: number) {
  const id = idOfKey(keys.keyed[at]!);
  const reserved = isOnBehalf ? undefined : side.reserved.get(id);
  const handle = `embedded/t/1:|,${id}`;
  return side.store.commitKeys(TUBE, [{ slot: slotOf(at, keys), id, dueMs: DUES[due]!(now), handle, reserved }]);
}

const keyed = fc.nat(JOBS - 1);
const due = fc.nat(DUES.length - 1);
const reserving = fc.record({
  at: keyed,
  due,
  policy: fc.constantFrom<KeyPolicy>('replace', 'replace', 'postpone', 'keep'),
  hash: fc.constantFrom('same', 'other: 1'),
  isCapped: fc.boolean(),
});

/** Claims and settlements name the slot, or come from one who cannot. */
export const anyKeyCommand = fc.oneof(
  { weight: 4, arbitrary: command('reserve', reserving, reserve) },
  {
    weight: 4,
    arbitrary: command('commit', fc.tuple(keyed, due, often(false, true)), ([at, moment, isOnBehalf], ...rest) =>
      commit(at, moment, isOnBehalf, ...rest),
    ),
  },
  command('cancel', keyed, (at, { store }, keys) => store.cancelKey(TUBE, slotOf(at, keys))),
  command('move', fc.tuple(keyed, due), ([at, moment], { store }, keys, now) =>
    store.moveKey(TUBE, slotOf(at, keys), DUES[moment]!(now)),
  ),
  command('find', keyed, (at, { store }, keys) => store.findKey(TUBE, slotOf(at, keys))),
  {
    weight: 3,
    arbitrary: command(
      'claim with key',
      fc.tuple(holder, keyed, fc.boolean(), often(true, false)),
      ([who, at, takeover, isTold], { store }, keys, now) => {
        const slot = isTold ? slotOf(at, keys) : undefined;
        return store.claim(TUBE, who, [{ key: keys.keyed[at]!, dueMs: now - 1_000, takeover, slot }]);
      },
    ),
  },
  {
    weight: 3,
    arbitrary: command(
      'settle with key',
      fc.tuple(holder, fc.record({ attempt, outcome, copies, toldAgain: fc.boolean() }), keyed, often(true, false)),
      ([who, request, at, isTold], { store }, keys) => {
        const slot = isTold ? slotOf(at, keys) : undefined;
        return store.settle(TUBE, who, [{ ...request, key: keys.keyed[at]!, slot }]);
      },
    ),
  },
  command(
    'renew with key',
    fc.tuple(holder, keyed, attempt, fc.boolean()),
    ([who, at, n, toldAgain], { store }, keys) =>
      store.renew(TUBE, who, [{ key: keys.keyed[at]!, attempt: n, toldAgain }]),
  ),
  command('revoke with key', fc.tuple(keyed, copies, due), ([at, n, moment], { store }, keys, now) => {
    const request = { key: keys.keyed[at]!, copies: n, dueMs: DUES[moment]!(now), slot: slotOf(at, keys) };
    return store.revoke(TUBE, request).catch((error: unknown) => (error as Error).message);
  }),
  command('resolve with key', keyed, (at, { store }, keys) => store.resolveDead(TUBE, [keys.keyed[at]!], 'retry')),
  command('leave', keyed, (at, side, keys) => side.makeStale(keys.keyed[at]!)),
  { weight: 2, arbitrary: command('forget with key', keyed, (at, side, keys) => side.forget(keys.keyed[at]!)) },
  command('forget slot', fc.nat(1), (at, side, keys) => side.forgetSlot(keys.slots[at]!)),
  command('unknown with key', keyed, (at, side, keys) => side.putUnknown(keys.keyed[at]!)),
);

const ask =
  (given: Partial<Reserving>): Command =>
  (...rest) =>
    reserve({ at: 0, due: 1, policy: 'replace', hash: 'same', isCapped: false, ...given }, ...rest);
const conclude =
  (at: number): Command =>
  (...rest) =>
    commit(at, 1, false, ...rest);
const claim =
  (who: Holder, at: number): Command =>
  ({ store }, keys, now) =>
    store.claim(TUBE, who, [{ key: keys.keyed[at]!, dueMs: now - 1_000, takeover: true, slot: slotOf(at, keys) }]);

/** Commands that get every answer there is from a key, each at least once. */
export const everyKeyAnswer: readonly Command[] = [
  ({ store }, { slots }) => store.cancelKey(TUBE, slots[0]!), // none
  ask({}), // reserved
  (side, { keyed: keys }) => side.makeStale(keys[0]!),
  claim(forAnHour, 0), // unborn
  ask({ at: 1, hash: 'other' }),
  conclude(0), // scheduled
  conclude(1), // replaced
  ask({ at: 2, policy: 'postpone', due: 2 }), // postponed
  ask({ at: 2, policy: 'keep' }), // kept
  ({ store }, { slots }, now) => store.moveKey(TUBE, slots[0]!, now), // earlier
  ({ store }, { slots }, now) => store.moveKey(TUBE, slots[0]!, now + 4 * HOUR_MS), // moved
  ask({ at: 2 }),
  ask({ at: 3 }),
  conclude(3),
  conclude(2), // superseded
  claim(forAnHour, 3),
  (side, { keyed: keys }) => side.forget(keys[0]!),
  ask({ at: 0 }),
  conclude(0), // besides
  ({ store }, { keyed: keys, slots }) => {
    const again = { kind: 'again', ms: 0, counts: true } as const;
    return store.settle(TUBE, forAnHour, [{ key: keys[3]!, attempt: 1, outcome: again, copies: 3, slot: slots[0] }]);
  },
  ({ store }, { slots }) => store.cancelKey(TUBE, slots[0]!), // cancelled
];
