import { describe, expect, it } from '@jest/globals';
import { admissionKey, generationKey } from '../../lib/core/claims/claim-key.js';
import { A, again, B, claim, type ClaimLab, DONE, newKey, newPlainKey, settle, type State, TUBE } from './claim-lab.js';

/** What a store says of a job that is asked about. */
export function descriptionRules(lab: ClaimLab): void {
  describe('a job that is asked about', () => {
    it.each<[State, object]>([
      ['none', { kind: 'none' }],
      ['running elsewhere', { kind: 'running', attempt: 1, leaseEndMs: expect.any(Number) }],
      ['run elsewhere, lease over', { kind: 'running', attempt: 1, leaseEndMs: expect.any(Number) }],
      ['waiting', { kind: 'waiting', attempt: 1, notBeforeMs: expect.any(Number) }],
      ['done', { kind: 'done', attempt: 1 }],
      ['dead', { kind: 'dead', attempts: 1, reason: 'no luck: at all\nreally' }],
      ['revoked', { kind: 'revoked' }],
      ['foreign', { kind: 'foreign' }],
      ['unknown', { kind: 'unknown' }],
      ['moved', { kind: 'waiting', attempt: 0, notBeforeMs: expect.any(Number), movedMs: expect.any(Number) }],
      ['being written', { kind: 'pending', dueMs: expect.any(Number) }],
      ['left while it was written', { kind: 'pending', dueMs: expect.any(Number) }],
    ])('%s', async (state, described) => {
      const key = await lab.inState(state);
      expect(await lab.store.describe(TUBE, key)).toEqual({ claim: described });
      // Nothing was changed by that.
      expect(await lab.other.describe(TUBE, key)).toEqual({ claim: described });
    });

    it('tells when the lease ends and when a job runs again, by its own clock', async () => {
      const now = lab.fixture.now();
      const running = (await lab.store.describe(TUBE, await lab.inState('running here'))).claim;
      expect(running.kind === 'running' && running.leaseEndMs - now).toBeGreaterThan(A.leaseMs - 30_000);
      const waiting = (await lab.store.describe(TUBE, await lab.inState('waiting'))).claim;
      expect(waiting.kind === 'waiting' && waiting.notBeforeMs).toBeGreaterThan(now);
    });

    it('tells its marks as nothing but a state: it asked to run again, and was revived', async () => {
      const asked = newKey();
      await claim(lab.store, B, asked);
      await settle(lab.store, B, asked, 1, { kind: 'again', ms: 60_000, counts: false, asked: true });
      expect((await lab.store.describe(TUBE, asked)).claim).toMatchObject({ kind: 'waiting', attempt: 0 });
      const revived = await lab.inState('dead');
      await lab.store.resolveDead(TUBE, [revived], 'retry');
      expect((await lab.store.describe(TUBE, revived)).claim).toMatchObject({ kind: 'waiting', attempt: 0 });
    });

    it('is known by the md5 of its body where it is plain', async () => {
      const key = newPlainKey();
      await claim(lab.store, B, key);
      expect((await lab.store.describe(TUBE, key)).claim).toMatchObject({ kind: 'running' });
    });

    it('leads from a caller’s own id to the claim of its last write', async () => {
      const key = newKey();
      const write = { key, generation: 'g1', dueMs: lab.fixture.now() };
      await lab.store.admit(TUBE, [write]);
      const admission = { state: 'pending', dueMs: write.dueMs };
      expect(await lab.store.describe(TUBE, key)).toEqual({ claim: { kind: 'none' }, admission });
      await lab.store.conclude(TUBE, [{ ...write, written: true }]);
      const scheduled = { ...admission, state: 'scheduled' };
      expect(await lab.store.describe(TUBE, key)).toEqual({ claim: { kind: 'none' }, admission: scheduled });
      const own = generationKey(key, 'g1');
      await claim(lab.store, B, own);
      expect(await lab.store.describe(TUBE, key)).toMatchObject({
        claim: { kind: 'running', attempt: 1 },
        admission: scheduled,
      });
      await settle(lab.store, B, own, 1, again(60_000));
      expect(await lab.store.describe(TUBE, key)).toMatchObject({ claim: { kind: 'waiting', attempt: 1 } });
    });

    it('is done for as long as its id is taken, also when its claim has gone', async () => {
      const key = newKey();
      const write = { key, generation: 'g1', dueMs: lab.fixture.now() };
      await lab.store.admit(TUBE, [write]);
      await lab.store.conclude(TUBE, [{ ...write, written: true }]);
      const own = generationKey(key, 'g1');
      await claim(lab.store, B, own);
      await settle(lab.store, B, own, 1, DONE);
      await lab.store.account(TUBE, [{ key: own, copies: 3, gone: 3 }]);
      await lab.fixture.forget(own);
      expect((await lab.store.describe(TUBE, key)).claim).toEqual({ kind: 'done', attempt: undefined });
    });

    it('is not known by an id whose write failed, or whose admission a later release wrote', async () => {
      const failed = newKey();
      const write = { key: failed, generation: 'g1', dueMs: lab.fixture.now() };
      await lab.store.admit(TUBE, [write]);
      await lab.store.conclude(TUBE, [{ ...write, written: false }]);
      expect(await lab.store.describe(TUBE, failed)).toEqual({ claim: { kind: 'none' } });
      const later = newKey();
      await lab.fixture.putUnknownAdmission(admissionKey(later), 60_000);
      expect(await lab.store.describe(TUBE, later)).toEqual({ claim: { kind: 'none' } });
    });
  });
}
