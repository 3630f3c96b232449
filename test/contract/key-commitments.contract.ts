// What comes of a call on a user's own key when it is committed: with each policy, in every state of the job that stands.
import { describe, expect, it } from '@jest/globals';
import type { KeyPolicy } from '../../lib/core/claims/key-claims.js';
import { A, again, claim, type ClaimLab, newSlot, TUBE } from './claim-lab.js';
import {
  handleOf,
  type KeyCall,
  KeyLab,
  OVER,
  PAST_MS,
  POLICIES,
  RUNS,
  SHOWN,
  type StandingState,
  told,
  twice,
  WAITS,
} from './key-lab.js';

export function keyCommitmentRules(lab: ClaimLab): void {
  const keys = new KeyLab(lab);

  describe('a call that moves a job to an earlier moment, and is committed twice,', () => {
    /** A call that means the equal of what stands, which is found in that state. */
    async function moving(state: StandingState, other?: string) {
      const { slot, stands, hash } = await keys.standing(state);
      const means = { policy: 'move', dueMs: keys.in(PAST_MS - 1), hash: other ?? hash } as const;
      const call = await keys.reserve(slot, means);
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
    const isScheduled = async (call: KeyCall): Promise<void> => {
      expect(await keys.commit(call, lab.store)).toEqual({ kind: 'scheduled' });
      expect(await keys.commitOnBehalf(call)).toEqual({ kind: 'scheduled' });
      expect(await lab.other.findKey(TUBE, call.request.slot)).toEqual(told(call));
      expect((await lab.store.describe(TUBE, call.key)).claim).toEqual({ kind: 'none' });
      expect(await claim(lab.store, A, call.key)).toEqual({ kind: 'granted', attempt: 1 });
      // It has begun.
      expect(await keys.commit(call, lab.store)).toEqual({ kind: 'scheduled' });
      expect(await claim(lab.store, A, call.key)).toEqual({ kind: 'granted', attempt: 1 });
    };

    it.each(POLICIES)('to %s where nothing stands, stands', async (policy) => {
      const call = await keys.reserve(newSlot(), { policy });
      expect(await keys.commit(call)).toEqual({ kind: 'scheduled' });
      await isScheduled(call);
    });

    it.each(WAITS)('to replace or postpone what is %s stands in its place, and that never runs', async (state) => {
      for (const policy of ['replace', 'postpone'] as const) {
        const { stands, call, before } = await found(state, policy);
        expect(await keys.commit(call)).toEqual({ kind: 'replaced', previous: before });
        expect(before).toMatchObject({ ...SHOWN[state], handle: handleOf(stands.request.id) });
        await isScheduled(call);
        expect(await claim(lab.store, A, stands.key)).toEqual({ kind: 'revoked' });
        await lab.keepsForRetention(stands.key);
      }
    });

    it.each(RUNS)('to replace or postpone what is %s stands beside it', async (state) => {
      for (const policy of ['replace', 'postpone'] as const) {
        const { call, before } = await found(state, policy);
        expect(await keys.commit(call)).toEqual({ kind: 'besides', previous: before });
        expect(before).toMatchObject({ ...SHOWN[state] });
        await isScheduled(call);
      }
    });

    it.each(OVER)('whatever its policy stands where what was there is %s', async (state) => {
      for (const policy of POLICIES) {
        const { call } = await found(state, policy);
        expect(await keys.commit(call)).toEqual({ kind: 'scheduled' });
        await isScheduled(call);
      }
    });

    it.each([...WAITS, ...RUNS])('to keep what is %s never runs', async (state) => {
      const { slot, stands, call, before } = await found(state, 'keep');
      const kept = { kind: 'kept', standing: before };
      expect(before).toMatchObject({ ...SHOWN[state], id: stands.request.id });
      expect(await twice(() => keys.commit(call))).toEqual([kept, kept]);
      expect(await lab.store.findKey(TUBE, slot)).toEqual(before);
      expect(await claim(lab.store, A, call.key)).toEqual({ kind: 'revoked' });
      await lab.keepsForRetention(call.key);
    });
  });
}
