// The job that stands under a user's own key, in each of its states: it is cancelled, or moved.
import { describe, expect, it } from '@jest/globals';
import { A, claim, type ClaimLab, newSlot, RETENTION_MS, TUBE } from './claim-lab.js';
import { KeyLab, LATER_MS, OVER, RUNS, SHOWN, told, twice, WAITS } from './key-lab.js';

export function standingJobRules(lab: ClaimLab): void {
  const keys = new KeyLab(lab);

  describe('a cancel, asked for twice,', () => {
    it.each(WAITS)('revokes what is %s', async (state) => {
      const { slot, stands } = await keys.standing(state);
      const before = await lab.store.findKey(TUBE, slot);
      const answers = await twice(() => lab.store.cancelKey(TUBE, slot));
      expect(answers).toEqual([{ kind: 'cancelled', previous: before }, { kind: 'none' }]);
      expect(before).toMatchObject({ ...SHOWN[state] });
      expect(await claim(lab.store, A, stands.key)).toEqual({ kind: 'revoked' });
      await lab.keepsForRetention(stands.key);
      expect(await lab.fixture.keepsSlot(slot)).toBeUndefined();
    });

    it.each(RUNS)('says that it is %s', async (state) => {
      const { slot, stands } = await keys.standing(state);
      const running = { kind: 'running' };
      expect(await twice(() => lab.other.cancelKey(TUBE, slot))).toEqual([running, running]);
      expect(await lab.store.findKey(TUBE, slot)).toEqual(told(stands, SHOWN[state]));
    });

    it.each([undefined, ...OVER])('says none where what was there is %s', async (state) => {
      const slot = state === undefined ? newSlot() : (await keys.standing(state)).slot;
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
      const { slot, stands } = await keys.standing(state);
      const dueMs = keys.in(LATER_MS);
      const moved = { kind: 'moved', standing: told(stands, { ...SHOWN[state], dueMs }) };
      expect(await twice(() => lab.other.moveKey(TUBE, slot, dueMs))).toEqual([moved, moved]);
      const verdict = await claim(lab.store, A, stands.key);
      expect(verdict).toEqual({ kind: 'waiting', ms: expect.closeTo(LATER_MS, -5) });
      await keys.keepsFor(slot, RETENTION_MS + LATER_MS);
    });

    it.each(WAITS)('while it is %s, to an earlier moment stays', async (state) => {
      const { slot } = await keys.standing(state);
      const standing = await lab.store.findKey(TUBE, slot);
      const earlier = { kind: 'earlier', standing };
      const dueMs = (standing?.dueMs ?? 0) - 1;
      expect(await twice(() => lab.store.moveKey(TUBE, slot, dueMs))).toEqual([earlier, earlier]);
      expect(await lab.store.findKey(TUBE, slot)).toEqual(standing);
    });

    it.each(RUNS)('stays while it is %s', async (state) => {
      const { slot, stands } = await keys.standing(state);
      const running = { kind: 'running' };
      expect(await twice(() => lab.store.moveKey(TUBE, slot, keys.in(LATER_MS)))).toEqual([running, running]);
      expect(await lab.store.findKey(TUBE, slot)).toEqual(told(stands, SHOWN[state]));
    });

    it.each([undefined, ...OVER])('is none where what was there is %s, and nothing is found', async (state) => {
      const slot = state === undefined ? newSlot() : (await keys.standing(state)).slot;
      expect(await lab.store.moveKey(TUBE, slot, keys.in(LATER_MS))).toEqual({ kind: 'none' });
      expect(await lab.store.findKey(TUBE, slot)).toBeUndefined();
    });
  });
}
