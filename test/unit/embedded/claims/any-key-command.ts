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
/** Of these there are enough that some are new, and of those so few that much happens to each. */
export const KEYED_JOBS = 20;
const FEW = 5;
const MAX_WAIT_MS = 90 * 60_000;

interface Reserving {
  readonly at: number;
  readonly due: number;
  readonly policy: KeyPolicy;
  readonly hash: string;
  readonly isCapped: boolean;
}

const slotOf = (at: number, { slots }: Keys): string => slots[at % FEW === FEW - 1 ? 1 : 0]!;

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

const due = fc.nat(DUES.length - 1);

/** Commands on some jobs. Claims and settlements name the slot, or come from one who cannot. */
function commandsOn(job: fc.Arbitrary<number>) {
  const reserving = fc.record({
    at: job,
    due,
    policy: fc.constantFrom<KeyPolicy>('replace', 'replace', 'postpone', 'keep', 'move'),
    hash: fc.constantFrom('same', 'other: 1'),
    isCapped: fc.boolean(),
  });
  return {
    reserve: command('reserve', reserving, reserve),
    commit: command('commit', fc.tuple(job, due, often(false, true)), ([at, moment, isOnBehalf], ...rest) =>
      commit(at, moment, isOnBehalf, ...rest),
    ),
    cancel: command('cancel', job, (at, { store }, keys) => store.cancelKey(TUBE, slotOf(at, keys))),
    move: command('move', fc.tuple(job, due), ([at, moment], { store }, keys, now) =>
      store.moveKey(TUBE, slotOf(at, keys), DUES[moment]!(now)),
    ),
    find: command('find', job, (at, { store }, keys) => store.findKey(TUBE, slotOf(at, keys))),
    claim: command(
      'claim with key',
      fc.tuple(holder, job, fc.boolean(), often(true, false)),
      ([who, at, takeover, isTold], { store }, keys, now) => {
        const slot = isTold ? slotOf(at, keys) : undefined;
        return store.claim(TUBE, who, [{ key: keys.keyed[at]!, dueMs: now - 1_000, takeover, slot }]);
      },
    ),
    settle: command(
      'settle with key',
      fc.tuple(holder, fc.record({ attempt, outcome, copies, toldAgain: fc.boolean() }), job, often(true, false)),
      ([who, request, at, isTold], { store }, keys) => {
        const slot = isTold ? slotOf(at, keys) : undefined;
        return store.settle(TUBE, who, [{ ...request, key: keys.keyed[at]!, slot }]);
      },
    ),
    renew: command(
      'renew with key',
      fc.tuple(holder, job, attempt, fc.boolean()),
      ([who, at, n, toldAgain], { store }, keys) =>
        store.renew(TUBE, who, [{ key: keys.keyed[at]!, attempt: n, toldAgain }]),
    ),
    revoke: command('revoke with key', fc.tuple(job, copies, due), ([at, n, moment], { store }, keys, now) => {
      const request = { key: keys.keyed[at]!, copies: n, dueMs: DUES[moment]!(now), slot: slotOf(at, keys) };
      return store.revoke(TUBE, request).catch((error: unknown) => (error as Error).message);
    }),
    resolve: command('resolve with key', job, (at, { store }, keys) =>
      store.resolveDead(TUBE, [keys.keyed[at]!], 'retry'),
    ),
    leave: command('leave', job, (at, { tools }, keys) => tools.makeStale(keys.keyed[at]!)),
    forget: command('forget with key', job, (at, { tools }, keys) => tools.forget(keys.keyed[at]!)),
    forgetSlot: command('forget slot', fc.nat(1), (at, { tools }, keys) => tools.forgetSlot(keys.slots[at]!)),
    unknown: command('unknown with key', job, (at, { tools }, keys) => tools.putUnknown(keys.keyed[at]!, HOUR_MS)),
  };
}

const any = commandsOn(fc.nat(FEW - 1));
export const anyKeyCommand = fc.oneof(
  { weight: 4, arbitrary: any.reserve },
  { weight: 4, arbitrary: any.commit },
  { weight: 3, arbitrary: any.claim },
  { weight: 3, arbitrary: any.settle },
  { weight: 2, arbitrary: any.forget },
  ...[any.cancel, any.move, any.find, any.renew, any.revoke, any.resolve, any.leave, any.forgetSlot, any.unknown],
);

const other = commandsOn(fc.nat(KEYED_JOBS - 1));
/** Commands on one job that often follow each other: else few would run. */
export const keyStory: fc.Arbitrary<Command[]> = fc.nat(KEYED_JOBS - 1).chain((at) => {
  const own = commandsOn(fc.constant(at));
  const change = fc.oneof(other.reserve, own.cancel, own.move);
  return fc.oneof(
    anyKeyCommand.map((one) => [one]),
    fc.tuple(own.reserve, own.commit, own.claim, change, fc.oneof(own.claim, own.settle)),
    fc.tuple(own.reserve, own.commit, own.claim, own.settle, own.claim),
    fc.tuple(own.reserve, own.commit, other.reserve, own.move, own.move),
    fc.tuple(own.reserve, own.leave, own.claim, own.commit, own.claim),
  );
});

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
  ({ tools }, { keyed: keys }) => tools.makeStale(keys[0]!),
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
  ({ tools }, { keyed: keys }) => tools.forget(keys[0]!),
  ask({ at: 0 }),
  conclude(0), // besides
  ({ store }, { keyed: keys, slots }) => {
    const again = { kind: 'again', ms: 0, counts: true } as const;
    return store.settle(TUBE, forAnHour, [{ key: keys[3]!, attempt: 1, outcome: again, copies: 3, slot: slots[0] }]);
  },
  ({ store }, { slots }) => store.cancelKey(TUBE, slots[0]!), // cancelled
];
