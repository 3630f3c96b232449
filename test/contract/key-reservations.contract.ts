// What a call on a user's own key is told when it is reserved: with each policy, in every state of the job that stands.
import { describe, expect, it } from '@jest/globals';
import { type ClaimLab, HOUR_MS, LEASE_MS, newSlot, RETENTION_MS, TUBE } from './claim-lab.js';
import { KeyLab, LATER_MS, OVER, PAST_MS, POLICIES, RUNS, SHOWN, told, twice, WAITS } from './key-lab.js';

export function keyReservationRules(lab: ClaimLab): void {
  const keys = new KeyLab(lab);

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
        await keys.keepsFor(request.slot, RETENTION_MS + HOUR_MS);
        expect(await lab.store.findKey(TUBE, request.slot)).toBeUndefined();
      },
    );

    it.each([...RUNS, ...OVER])('to replace or postpone what is %s is to be written', async (state) => {
      for (const policy of ['replace', 'postpone'] as const) {
        const { slot, hash } = await keys.standing(state);
        const [first, second] = await twice(async () => (await keys.ask(keys.call(slot, { policy, hash }))).kind);
        expect([first, second]).toEqual(['reserved', 'reserved']);
      }
    });

    it.each(OVER)('to keep what is %s is to be written', async (state) => {
      const { slot } = await keys.standing(state);
      expect(await keys.isFree(slot)).toBe(true);
    });

    it.each([...WAITS, ...RUNS])('to keep what is %s keeps it, and changes nothing', async (state) => {
      const { slot, stands } = await keys.standing(state);
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
      const { slot, stands } = await keys.standing(state);
      const request = keys.call(slot, { policy: 'postpone', dueMs: keys.in(LATER_MS) });
      const [first, second] = await twice(() => keys.ask(request));
      const standing = told(stands, { ...SHOWN[state], dueMs: request.dueMs });
      expect(first).toEqual({ kind: 'postponed', standing });
      expect(second).toEqual({ kind: 'kept', standing });
      expect(await lab.store.findKey(TUBE, slot)).toEqual(standing);
      await keys.keepsFor(slot, RETENTION_MS + LATER_MS);
      await lab.within(stands.key, RETENTION_MS + LATER_MS, RETENTION_MS + LATER_MS + 2 * HOUR_MS);
    });

    it.each(WAITS)('to postpone what is %s to a moment that is no later keeps it', async (state) => {
      const { slot } = await keys.standing(state);
      const before = await lab.store.findKey(TUBE, slot);
      const request = keys.call(slot, { policy: 'postpone', dueMs: keys.in(PAST_MS - 1_000) });
      expect(await keys.ask(request)).toEqual({ kind: 'kept', standing: before });
      expect(await lab.store.findKey(TUBE, slot)).toEqual(before);
    });

    it.each(WAITS)(
      'with the equal of what is %s postpones it, keeps it, or has to be written, by its moment',
      async (state) => {
        const { slot, stands, hash } = await keys.standing(state);
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
      const { slot, hash } = await keys.standing('retrying');
      expect((await keys.ask(keys.call(slot, { policy: 'postpone', dueMs: keys.in(LEASE_MS / 2) }))).kind).toBe('kept');
      expect((await keys.ask(keys.call(slot, { hash, dueMs: keys.in(LEASE_MS / 2) }))).kind).toBe('reserved');
    });
  });
}
