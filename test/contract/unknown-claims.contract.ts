// What a store makes of claims that a later release wrote: every call leaves them alone, and none says that their job is over.
import { describe, expect, it } from '@jest/globals';
import { generationKey } from '../../lib/core/claims/claim-key.js';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import {
  A,
  again,
  claim,
  type ClaimLab,
  DEAD,
  DONE,
  HOUR_MS,
  newKey,
  newSlot,
  renew,
  RETENTION_MS,
  settle,
  TUBE,
} from './claim-lab.js';
import { KeyLab, told } from './key-lab.js';

/** Longer than a pending admission is respected. */
const STALE_MS = 10_500;

export function unknownRules(lab: ClaimLab): void {
  describe('a claim that is not understood', () => {
    const looksAgain = { kind: 'running' };
    /** It stands as it did. */
    const stands = async (key: string): Promise<void> => {
      expect(await claim(lab.store, A, key)).toMatchObject(looksAgain);
      await lab.keepsForHour(key);
    };

    it('is asked for again, by whom and when ever', async () => {
      const key = await lab.inState('unknown');
      for (const dueMs of [lab.fixture.now(), lab.fixture.now() + HOUR_MS, lab.fixture.now() - RETENTION_MS - HOUR_MS])
        for (const takeover of [true, false])
          expect(await claim(lab.other, A, key, dueMs, takeover)).toMatchObject(looksAgain);
      await stands(key);
    });

    it.each([DONE, DEAD, again(0), again(0, false)])('is not settled as %p, nor renewed', async (outcome) => {
      const key = await lab.inState('unknown');
      expect(await settle(lab.store, A, key, 1, outcome)).toBe(false);
      expect(await renew(lab.store, A, key)).toBe(false);
      await stands(key);
    });

    it('is kept whatever copies are gone', async () => {
      const key = await lab.inState('unknown');
      await lab.store.account(TUBE, [{ key, copies: 1, gone: 1 }]);
      await lab.store.account(TUBE, [{ key, copies: 3, gone: 1 }]);
      await stands(key);
    });

    it('is not revoked: the call rejects, and says what to do', async () => {
      const key = await lab.inState('unknown');
      for (const request of [
        { copies: 3, dueMs: lab.fixture.now() },
        { copies: 0, dueMs: undefined },
        { copies: 0, dueMs: undefined, absent: true },
      ]) {
        const revoke = lab.store.revoke(TUBE, { key, ...request });
        await expect(revoke).rejects.toThrow(DqClaimStoreError);
        await expect(revoke).rejects.toThrow(/was not revoked.*that release/s);
      }
      await stands(key);
    });

    it('is no dead letter, and none that is over', async () => {
      const key = await lab.inState('unknown');
      expect(await lab.store.describeDead(TUBE, [key])).toEqual([{ kind: 'unknown' }]);
      expect(await lab.store.resolveDead(TUBE, [key], 'retry')).toEqual([false]);
      expect(await lab.store.resolveDead(TUBE, [key], 'drop')).toEqual([false]);
      await stands(key);
    });

    it('keeps its id taken, whether its write was concluded or left', async () => {
      const [written, left] = [newKey(), newKey()];
      for (const key of [written, left]) {
        await lab.store.admit(TUBE, [{ key, generation: 'one', dueMs: 1_000 }]);
        await lab.fixture.putUnknown(generationKey(key, 'one'), HOUR_MS);
      }
      await lab.store.conclude(TUBE, [{ key: written, generation: 'one', dueMs: 1_000, written: true }]);
      await lab.fixture.pass(STALE_MS);
      for (const key of [written, left]) {
        expect(await lab.store.admit(TUBE, [{ key, generation: 'two', dueMs: 2_000 }])).toEqual([
          { kind: 'duplicate', state: 'pending', dueMs: 1_000 },
        ]);
        await stands(generationKey(key, 'one'));
      }
    });

    it('keeps what stands under its key from being replaced, as one that runs', async () => {
      const keys = new KeyLab(lab);
      const slot = newSlot();
      const job = await keys.stand(slot);
      await lab.fixture.putUnknown(job.key, HOUR_MS);
      expect(await lab.store.findKey(TUBE, slot)).toEqual(told(job, { state: 'running' }));
      expect(await lab.store.moveKey(TUBE, slot, keys.in(2 * HOUR_MS))).toEqual({ kind: 'running' });
      await stands(job.key);
    });
  });

  describe('an admission that is not understood', () => {
    it('keeps its id taken, and leads a revoke nowhere', async () => {
      const key = newKey();
      await lab.fixture.putUnknownAdmission(key, HOUR_MS);
      expect(await lab.store.admit(TUBE, [{ key, generation: 'one', dueMs: 1_000 }])).toMatchObject([
        { kind: 'duplicate', state: 'pending' },
      ]);
      expect(await lab.store.conclude(TUBE, [{ key, generation: 'one', dueMs: 1_000, written: true }])).toEqual([
        false,
      ]);
      await expect(lab.store.revoke(TUBE, { key, copies: 3, dueMs: 0 })).rejects.toThrow(DqClaimStoreError);
      expect(await lab.fixture.keeps(key)).toBeUndefined();
      const keeps = (await lab.fixture.keepsAdmission(key))!;
      // What runs under it does not change it either.
      await claim(lab.store, A, generationKey(key, 'one'));
      expect(await lab.fixture.keepsAdmission(key)).toBeLessThanOrEqual(keeps);
    });
  });
}
