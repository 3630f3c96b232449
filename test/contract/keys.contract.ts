// The calls on users' own keys: each with each policy, in every state of the job that stands.
import { describe, expect, it } from '@jest/globals';
import { A, again, claim, type ClaimLab, HOUR_MS, LEASE_MS, newSlot, RETENTION_MS, TUBE } from './claim-lab.js';
import type { KeyPolicy } from '../../lib/core/claims/key-claims.js';
import { handleOf, KeyLab, OVER, POLICIES, RUNS, SHOWN, type StandingState, told, twice, WAITS } from './key-lab.js';

const LATER_MS = 10 * HOUR_MS;
/** The job that stands was due then: it may have run. */
const PAST_MS = -1_000;

export function keyRules(lab: ClaimLab): void {
  const keys = new KeyLab(lab);
  const keepsFor = async (slot: string, ms: number): Promise<void> => {
    const keeps = await lab.fixture.keepsSlot(slot);
    expect(keeps).toBeGreaterThan(ms - 60_000);
    expect(keeps).toBeLessThanOrEqual(ms + 2 * HOUR_MS);
  };

  describe('a call that is reserved, and asked for twice,', () => {
    it.each(POLICIES)(
      'to %s where nothing is known of the key, gets its place, and the job is being written',
      async (policy) => {
        const request = keys.call(newSlot(), { policy });
        const [first, second] = await twice(() => keys.ask(request));
        const now = lab.fixture.now();
        expect(first).toMatchObject({ kind: 'reserved', dueMs: request.dueMs });
        if (first.kind !== 'reserved') return;
        expect(Math.abs(first.firstMs - now)).toBeLessThan(30_000);
        expect(Math.abs(first.order / 1_000 - now)).toBeLessThan(30_000);
        expect(second).toEqual(first);
        await keepsFor(request.slot, RETENTION_MS + HOUR_MS);
        expect(await lab.store.findKey(TUBE, request.slot)).toBeUndefined();
      },
    );

    it.each([...RUNS, ...OVER])('to replace or postpone what is %s is to be written', async (state) => {
      for (const policy of ['replace', 'postpone'] as const) {
        const slot = newSlot();
        const hash = 'the same';
        const stands = await keys.stand(slot, { dueMs: keys.in(PAST_MS), hash });
        await keys.bring(stands, state);
        const [first, second] = await twice(async () => (await keys.ask(keys.call(slot, { policy, hash }))).kind);
        expect([first, second]).toEqual(['reserved', 'reserved']);
      }
    });

    it.each(OVER)('to keep what is %s is to be written', async (state) => {
      const slot = newSlot();
      await keys.bring(await keys.stand(slot, { dueMs: keys.in(PAST_MS) }), state);
      expect(await keys.isFree(slot)).toBe(true);
    });

    it.each([...WAITS, ...RUNS])('to keep what is %s keeps it, and changes nothing', async (state) => {
      const slot = newSlot();
      const stands = await keys.stand(slot, { dueMs: keys.in(PAST_MS) });
      await keys.bring(stands, state);
      const before = await lab.store.describe(TUBE, stands.key);
      const request = keys.call(slot, { policy: 'keep', dueMs: keys.in(LATER_MS) });
      const [first, second] = await twice(() => keys.ask(request));
      const dueMs = state === 'moved' ? expect.closeTo(keys.in(LEASE_MS), -5) : stands.reserved.dueMs;
      expect(first).toEqual({ kind: 'kept', standing: told(stands, { ...SHOWN[state], dueMs }) });
      expect(second).toEqual(first);
      expect(await lab.store.describe(TUBE, stands.key)).toEqual(before);
    });

    it.each(RUNS)('to keep what is %s and was cancelled is to be written, and stands beside it', async (state) => {
      const slot = newSlot();
      const open = await keys.reserve(slot, { policy: 'keep' });
      const stands = await keys.stand(slot, { dueMs: keys.in(PAST_MS) });
      await keys.bring(stands, state);
      await lab.store.cancelKey(TUBE, slot);
      const call = await keys.reserve(slot, { policy: 'keep' });
      expect(await keys.commit(call)).toMatchObject({ kind: 'besides', previous: { id: stands.request.id } });
      expect(await lab.store.findKey(TUBE, slot)).toEqual(told(call));
      // What was called before the cancel stays without effect.
      expect(await keys.commit(open)).toEqual({ kind: 'kept', standing: told(call) });
    });

    it.each(WAITS)('to postpone what is %s moves it, once', async (state) => {
      const slot = newSlot();
      const stands = await keys.stand(slot, { dueMs: keys.in(PAST_MS) });
      await keys.bring(stands, state);
      const request = keys.call(slot, { policy: 'postpone', dueMs: keys.in(LATER_MS) });
      const [first, second] = await twice(() => keys.ask(request));
      const standing = told(stands, { ...SHOWN[state], dueMs: request.dueMs });
      expect(first).toEqual({ kind: 'postponed', standing });
      expect(second).toEqual({ kind: 'kept', standing });
      expect(await lab.store.findKey(TUBE, slot)).toEqual(standing);
      await keepsFor(slot, RETENTION_MS + LATER_MS);
      await lab.within(stands.key, RETENTION_MS + LATER_MS, RETENTION_MS + LATER_MS + 2 * HOUR_MS);
    });

    it.each(WAITS)('to postpone what is %s to a moment that is no later keeps it', async (state) => {
      const slot = newSlot();
      const stands = await keys.stand(slot, { dueMs: keys.in(PAST_MS) });
      await keys.bring(stands, state);
      const before = await lab.store.findKey(TUBE, slot);
      const request = keys.call(slot, { policy: 'postpone', dueMs: keys.in(PAST_MS - 1_000) });
      expect(await keys.ask(request)).toEqual({ kind: 'kept', standing: before });
      expect(await lab.store.findKey(TUBE, slot)).toEqual(before);
    });

    it.each(WAITS)(
      'with the equal of what is %s postpones it, keeps it, or has to be written, by its moment',
      async (state) => {
        const slot = newSlot();
        const hash = 'the same';
        const stands = await keys.stand(slot, { dueMs: keys.in(PAST_MS), hash });
        await keys.bring(stands, state);
        const later = keys.call(slot, { hash, dueMs: keys.in(LATER_MS) });
        const standing = told(stands, { ...SHOWN[state], dueMs: later.dueMs });
        expect(await keys.ask(later)).toEqual({ kind: 'postponed', standing });
        expect(await keys.ask({ ...keys.call(slot, { hash }), dueMs: later.dueMs })).toEqual({
          kind: 'kept',
          standing,
        });
        const earlier = keys.call(slot, { hash, dueMs: later.dueMs - 1 });
        expect((await keys.ask(earlier)).kind).toBe('reserved');
        // The control: another one has to be written whatever its moment is.
        expect((await keys.ask(keys.call(slot, { dueMs: keys.in(2 * LATER_MS) }))).kind).toBe('reserved');
      },
    );

    it('with an equal that waits for a further attempt is not later than it before that attempt is', async () => {
      const slot = newSlot();
      const hash = 'the same';
      await keys.bring(await keys.stand(slot, { dueMs: keys.in(PAST_MS), hash }), 'retrying');
      expect((await keys.ask(keys.call(slot, { policy: 'postpone', dueMs: keys.in(LEASE_MS / 2) }))).kind).toBe('kept');
      expect((await keys.ask(keys.call(slot, { hash, dueMs: keys.in(LEASE_MS / 2) }))).kind).toBe('reserved');
    });
  });

  describe('a call that moves a job to an earlier moment, and is committed twice,', () => {
    /** A call that means the equal of what stands, which is found in that state. */
    async function moving(state: StandingState, hash = 'the same') {
      const slot = newSlot();
      const stands = await keys.stand(slot, { dueMs: keys.in(PAST_MS), hash: 'the same' });
      await keys.bring(stands, state);
      const call = await keys.reserve(slot, { policy: 'move', dueMs: keys.in(PAST_MS - 1), hash });
      return { slot, stands, call, before: await lab.store.findKey(TUBE, slot) };
    }

    it.each(WAITS)('takes the place of its equal that is %s, also on behalf of its producer', async (state) => {
      for (const commit of [() => keys.commit.bind(keys), () => keys.commitOnBehalf.bind(keys)]) {
        const { slot, stands, call, before } = await moving(state);
        expect(await commit()(call)).toEqual({ kind: 'replaced', previous: before });
        expect(await commit()(call)).toEqual({ kind: 'scheduled' });
        expect(await lab.store.findKey(TUBE, slot)).toEqual(told(call));
        expect(await claim(lab.store, A, stands.key)).toEqual({ kind: 'revoked' });
      }
    });

    it.each([...RUNS, ...OVER])('is superseded where its equal is %s, which loses nothing', async (state) => {
      const { slot, stands, call, before } = await moving(state);
      const claimed = await lab.store.describe(TUBE, stands.key);
      const superseded = { kind: 'superseded', standing: before };
      expect(await twice(() => keys.commit(call))).toEqual([superseded, superseded]);
      expect(await lab.store.findKey(TUBE, slot)).toEqual(before);
      expect(await lab.store.describe(TUBE, stands.key)).toEqual(claimed);
      expect(await claim(lab.store, A, call.key)).toEqual({ kind: 'revoked' });
      // It gets its further attempt: no mark stands in its slot.
      if (state !== 'running here') return;
      expect(await keys.settle(stands, again(0), { holder: A })).toBe(true);
    });

    it.each(WAITS)('is superseded where another one is %s, also on behalf of its producer', async (state) => {
      const { slot, stands, call, before } = await moving(state, 'another');
      const superseded = { kind: 'superseded', standing: before };
      expect([await keys.commitOnBehalf(call), await keys.commit(call)]).toEqual([superseded, superseded]);
      expect(await lab.store.findKey(TUBE, slot)).toMatchObject({ id: stands.request.id });
    });

    it('is superseded by a word that came later', async () => {
      const { slot, call } = await moving('scheduled');
      await lab.store.cancelKey(TUBE, slot);
      expect(await keys.commit(call)).toEqual({ kind: 'superseded', standing: undefined });
    });
  });

  describe('a call that is committed, and asked for twice,', () => {
    /** A call that was reserved before the job stood that it finds in that state. */
    async function found(state: StandingState, policy: KeyPolicy) {
      const slot = newSlot();
      const stands = await keys.reserve(slot, { dueMs: keys.in(PAST_MS) });
      const call = await keys.reserve(slot, { policy, dueMs: keys.in(PAST_MS) });
      expect(await keys.commit(stands)).toEqual({ kind: 'scheduled' });
      await keys.bring(stands, state);
      return { slot, stands, call, before: await lab.store.findKey(TUBE, slot) };
    }
    const isScheduled = async (slot: string, call: Awaited<ReturnType<typeof found>>['call']): Promise<void> => {
      expect(await keys.commit(call, lab.store)).toEqual({ kind: 'scheduled' });
      expect(await keys.commitOnBehalf(call)).toEqual({ kind: 'scheduled' });
      expect(await lab.other.findKey(TUBE, slot)).toEqual(told(call));
      expect((await lab.store.describe(TUBE, call.key)).claim).toEqual({ kind: 'none' });
      expect(await claim(lab.store, A, call.key)).toEqual({ kind: 'granted', attempt: 1 });
      // It has begun.
      expect(await keys.commit(call, lab.store)).toEqual({ kind: 'scheduled' });
      expect(await claim(lab.store, A, call.key)).toEqual({ kind: 'granted', attempt: 1 });
    };

    it.each(POLICIES)('to %s where nothing stands, stands', async (policy) => {
      const slot = newSlot();
      const call = await keys.reserve(slot, { policy });
      expect(await keys.commit(call)).toEqual({ kind: 'scheduled' });
      await isScheduled(slot, call);
    });

    it.each(WAITS)('to replace or postpone what is %s stands in its place, and that never runs', async (state) => {
      for (const policy of ['replace', 'postpone'] as const) {
        const { slot, stands, call, before } = await found(state, policy);
        expect(await keys.commit(call)).toEqual({ kind: 'replaced', previous: before });
        expect(before).toMatchObject({ ...SHOWN[state], handle: handleOf(stands.request.id) });
        await isScheduled(slot, call);
        expect(await claim(lab.store, A, stands.key)).toEqual({ kind: 'revoked' });
        await lab.within(stands.key, RETENTION_MS, RETENTION_MS + 2 * HOUR_MS);
      }
    });

    it.each(RUNS)('to replace or postpone what is %s stands beside it', async (state) => {
      for (const policy of ['replace', 'postpone'] as const) {
        const { slot, call, before } = await found(state, policy);
        expect(await keys.commit(call)).toEqual({ kind: 'besides', previous: before });
        expect(before).toMatchObject({ ...SHOWN[state] });
        await isScheduled(slot, call);
      }
    });

    it.each(OVER)('whatever its policy stands where what was there is %s', async (state) => {
      for (const policy of POLICIES) {
        const { slot, call } = await found(state, policy);
        expect(await keys.commit(call)).toEqual({ kind: 'scheduled' });
        await isScheduled(slot, call);
      }
    });

    it.each([...WAITS, ...RUNS])('to keep what is %s never runs', async (state) => {
      const { slot, stands, call, before } = await found(state, 'keep');
      const kept = { kind: 'kept', standing: before };
      expect(before).toMatchObject({ ...SHOWN[state], id: stands.request.id });
      expect(await twice(() => keys.commit(call))).toEqual([kept, kept]);
      expect(await lab.store.findKey(TUBE, slot)).toEqual(before);
      expect(await claim(lab.store, A, call.key)).toEqual({ kind: 'revoked' });
      await lab.within(call.key, RETENTION_MS, RETENTION_MS + 2 * HOUR_MS);
    });
  });

  describe('a cancel, asked for twice,', () => {
    it.each(WAITS)('revokes what is %s', async (state) => {
      const slot = newSlot();
      const stands = await keys.stand(slot, { dueMs: keys.in(PAST_MS) });
      await keys.bring(stands, state);
      const before = await lab.store.findKey(TUBE, slot);
      const answers = await twice(() => lab.store.cancelKey(TUBE, slot));
      expect(answers).toEqual([{ kind: 'cancelled', previous: before }, { kind: 'none' }]);
      expect(before).toMatchObject({ ...SHOWN[state] });
      expect(await claim(lab.store, A, stands.key)).toEqual({ kind: 'revoked' });
      await lab.within(stands.key, RETENTION_MS, RETENTION_MS + 2 * HOUR_MS);
      expect(await lab.fixture.keepsSlot(slot)).toBeUndefined();
    });

    it.each(RUNS)('says that it is %s', async (state) => {
      const slot = newSlot();
      const stands = await keys.stand(slot, { dueMs: keys.in(PAST_MS) });
      await keys.bring(stands, state);
      const running = { kind: 'running' };
      expect(await twice(() => lab.other.cancelKey(TUBE, slot))).toEqual([running, running]);
      expect(await lab.store.findKey(TUBE, slot)).toEqual(told(stands, SHOWN[state]));
    });

    it.each([undefined, ...OVER])('says none where what was there is %s', async (state) => {
      const slot = newSlot();
      if (state !== undefined) await keys.bring(await keys.stand(slot, { dueMs: keys.in(PAST_MS) }), state);
      const none = { kind: 'none' };
      expect(await twice(() => lab.store.cancelKey(TUBE, slot))).toEqual([none, none]);
    });

    it('supersedes a call that was reserved before, and none that was reserved after it', async () => {
      const slot = newSlot();
      const [before, left] = [await keys.reserve(slot), await keys.reserve(slot)];
      expect(await lab.store.cancelKey(TUBE, slot)).toEqual({ kind: 'cancelled', previous: undefined });
      const after = await keys.reserve(slot);
      const superseded = { kind: 'superseded', standing: undefined };
      expect(await twice(() => keys.commit(before))).toEqual([superseded, superseded]);
      expect(await claim(lab.store, A, before.key)).toEqual({ kind: 'revoked' });
      expect(await keys.commit(after)).toEqual({ kind: 'scheduled' });
      expect(await keys.commitOnBehalf(left)).toEqual({ kind: 'superseded', standing: told(after) });
      expect(await claim(lab.store, A, left.key)).toEqual({ kind: 'revoked' });
      expect(await lab.store.findKey(TUBE, slot)).toEqual(told(after));
    });
  });

  describe('a job that is moved, asked for twice,', () => {
    it.each(WAITS)('while it is %s waits until then', async (state) => {
      const slot = newSlot();
      const stands = await keys.stand(slot, { dueMs: keys.in(PAST_MS) });
      await keys.bring(stands, state);
      const dueMs = keys.in(LATER_MS);
      const moved = { kind: 'moved', standing: told(stands, { ...SHOWN[state], dueMs }) };
      expect(await twice(() => lab.other.moveKey(TUBE, slot, dueMs))).toEqual([moved, moved]);
      const verdict = await claim(lab.store, A, stands.key);
      expect(verdict).toEqual({ kind: 'waiting', ms: expect.closeTo(LATER_MS, -5) });
      await keepsFor(slot, RETENTION_MS + LATER_MS);
    });

    it.each(WAITS)('while it is %s, to an earlier moment stays', async (state) => {
      const slot = newSlot();
      await keys.bring(await keys.stand(slot, { dueMs: keys.in(PAST_MS) }), state);
      const standing = await lab.store.findKey(TUBE, slot);
      const earlier = { kind: 'earlier', standing };
      const dueMs = (standing?.dueMs ?? 0) - 1;
      expect(await twice(() => lab.store.moveKey(TUBE, slot, dueMs))).toEqual([earlier, earlier]);
      expect(await lab.store.findKey(TUBE, slot)).toEqual(standing);
    });

    it.each(RUNS)('stays while it is %s', async (state) => {
      const slot = newSlot();
      const stands = await keys.stand(slot, { dueMs: keys.in(PAST_MS) });
      await keys.bring(stands, state);
      const running = { kind: 'running' };
      expect(await twice(() => lab.store.moveKey(TUBE, slot, keys.in(LATER_MS)))).toEqual([running, running]);
      expect(await lab.store.findKey(TUBE, slot)).toEqual(told(stands, SHOWN[state]));
    });

    it.each([undefined, ...OVER])('is none where what was there is %s, and nothing is found', async (state) => {
      const slot = newSlot();
      if (state !== undefined) await keys.bring(await keys.stand(slot, { dueMs: keys.in(PAST_MS) }), state);
      expect(await lab.store.moveKey(TUBE, slot, keys.in(LATER_MS))).toEqual({ kind: 'none' });
      expect(await lab.store.findKey(TUBE, slot)).toBeUndefined();
    });
  });
}
