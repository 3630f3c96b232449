// How claims are granted and renewed: every call in every state.
import { describe, expect, it } from '@jest/globals';
import type { ClaimVerdict } from '../../lib/core/claims/claim-store.js';
import {
  A,
  asking,
  B,
  claim,
  type ClaimLab,
  DONE,
  LEASE_MS,
  newKey,
  RETENTION_MS,
  renew,
  settle,
  type State,
  TUBE,
} from './claim-lab.js';

export function runRules(lab: ClaimLab): void {
  const granted = (attempt: number): ClaimVerdict => ({ kind: 'granted', attempt });

  describe('claim', () => {
    const table: readonly (readonly [State, object])[] = [
      ['none', granted(1)],
      ['running here', granted(1)],
      ['running elsewhere', { kind: 'running' }],
      ['run elsewhere, lease over', granted(2)],
      ['run here, lease over', granted(1)],
      ['waiting', { kind: 'waiting' }],
      ['waited enough', granted(2)],
      ['done', { kind: 'done' }],
      ['dead', { kind: 'dead' }],
      ['revoked', { kind: 'revoked' }],
      ['foreign', { kind: 'foreign' }],
      ['moved', { kind: 'waiting' }],
      ['moved, and due', { ...granted(1), movedMs: expect.any(Number) }],
      ['being written', { kind: 'running' }],
      ['left while it was written', { kind: 'unborn' }],
    ];

    it.each(table)('of a job that is %s', async (state, expected) => {
      const key = await lab.inState(state);
      expect(await claim(lab.other, A, key)).toMatchObject(expected);
      // A lost reply costs nothing: asking again changes nothing.
      expect(await claim(lab.other, A, key)).toMatchObject(expected);
      if (state !== 'foreign') expect(await lab.fixture.keeps(key)).toBeGreaterThan(RETENTION_MS);
    });

    it.each(table)('for a copy past the retention of a job that is %s', async (state, expected) => {
      const key = await lab.inState(state);
      const dueMs = lab.fixture.now() - RETENTION_MS - 60_000;
      const verdict = await claim(lab.other, A, key, dueMs);
      const forgotten = state === 'none' || state === 'left while it was written';
      expect(verdict).toMatchObject(forgotten ? { kind: 'expired' } : expected);
    });

    it('for a copy within the retention that nobody remembers is granted', async () => {
      expect(await claim(lab.other, A, newKey(), lab.fixture.now() - RETENTION_MS + 60_000)).toEqual(granted(1));
    });

    it('for a copy past the retention makes the job dead, and says so to those who look', async () => {
      const key = newKey();
      await claim(lab.other, A, key, 1);
      expect(await claim(lab.store, B, key)).toEqual({ kind: 'dead' });
      expect(await lab.store.describeDead(TUBE, [key])).toEqual([
        { kind: 'expired', attempts: 0, reason: 'it turned up later than the retention after its due time' },
      ]);
    });

    it.each(table)('that takes nothing over, of a job that is %s', async (state, expected) => {
      const key = await lab.inState(state);
      const orphan = state === 'run elsewhere, lease over';
      for (let time = 0; time < 2; time++) {
        const verdict = await claim(lab.other, A, key, undefined, false);
        expect(verdict).toMatchObject(orphan ? { kind: 'orphaned' } : expected);
      }
      if (orphan) expect(await claim(lab.other, A, key)).toEqual(granted(2));
    });

    it('for many at once that are young does so too', async () => {
      const [due, early] = [newKey(), newKey()];
      const now = lab.fixture.now();
      const verdicts = await lab.store.claim(TUBE, A, [
        asking(due, now - 60_000, false),
        asking(early, now + 5_000, false),
      ]);
      expect(verdicts.map(({ kind }) => kind)).toEqual(['granted', 'early']);
    });

    it('takes over a job of the beginning of time, too', async () => {
      const key = await lab.inState('run elsewhere, lease over');
      expect(await claim(lab.other, A, key, 0)).toEqual(granted(2));
    });

    it('for many at once judges each by itself', async () => {
      const [old, fresh, early, running] = [newKey(), newKey(), newKey(), await lab.inState('running elsewhere')];
      const now = lab.fixture.now();
      const verdicts = await lab.store.claim(TUBE, A, [
        asking(old, now - RETENTION_MS - 60_000),
        asking(fresh, now - 1_000),
        asking(early, now + 5_000),
        asking(running, now - 1_000, false),
      ]);
      expect(verdicts.map(({ kind }) => kind)).toEqual(['expired', 'granted', 'early', 'running']);
    });

    it('says how long the others wait', async () => {
      const running = await claim(lab.store, B, await lab.inState('running here'));
      const waiting = await claim(lab.store, B, await lab.inState('waiting'));
      for (const verdict of [running, waiting]) {
        const { ms } = verdict as Extract<ClaimVerdict, { ms: number }>;
        expect(ms).toBeGreaterThan(LEASE_MS - 10_000);
        expect(ms).toBeLessThanOrEqual(LEASE_MS);
      }
    });

    it("is not granted before the store's own clock says that the job is due", async () => {
      const key = newKey();
      const verdict = await claim(lab.store, A, key, lab.fixture.now() + 5_000);
      expect(verdict.kind).toBe('early');
      expect((verdict as { ms: number }).ms).toBeGreaterThan(3_000);
      expect(await lab.fixture.keeps(key)).toBeUndefined();
    });

    it('goes to one of two who ask at once', async () => {
      const key = newKey();
      const verdicts = await Promise.all([claim(lab.store, A, key), claim(lab.other, B, key)]);
      expect(verdicts.map(({ kind }) => kind).toSorted()).toEqual(['granted', 'running']);
    });

    it('taken over is lost to the one before, who may not settle it any more', async () => {
      const key = await lab.inState('run elsewhere, lease over');
      expect(await claim(lab.other, A, key)).toEqual(granted(2));
      expect(await claim(lab.store, B, key)).toMatchObject({ kind: 'running' });
      expect(await renew(lab.store, B, key)).toBe(false);
      expect(await settle(lab.store, B, key, 1, DONE)).toBe(false);
      expect(await settle(lab.other, A, key, 2, DONE)).toBe(true);
    });
  });

  describe('renew', () => {
    const table: readonly (readonly [State, boolean])[] = [
      ['none', true],
      ['running here', true],
      ['run here, lease over', true],
      ['running elsewhere', false],
      ['run elsewhere, lease over', false],
      ['waiting', false],
      ['waited enough', false],
      ['done', false],
      ['dead', false],
      ['revoked', false],
      ['foreign', false],
      ['moved', false],
      ['moved, and due', false],
      ['being written', false],
      ['left while it was written', false],
    ];

    it.each(table)('of a job that is %s: %s', async (state, expected) => {
      const key = await lab.inState(state);
      expect(await renew(lab.store, A, key)).toBe(expected);
      expect(await renew(lab.other, A, key)).toBe(expected);
      if (expected) expect(await claim(lab.store, B, key)).toMatchObject({ kind: 'running' });
    });

    it('is refused for another attempt', async () => {
      expect(await renew(lab.store, A, await lab.inState('running here'), 2)).toBe(false);
    });

    it('starts the lease anew', async () => {
      const key = newKey();
      await claim(lab.store, { ...A, leaseMs: 2_000 }, key);
      await lab.fixture.pass(1_200);
      await renew(lab.store, { ...A, leaseMs: 2_000 }, key);
      await lab.fixture.pass(1_200);
      expect(await claim(lab.other, B, key)).toMatchObject({ kind: 'running' });
      await lab.fixture.pass(1_200);
      expect(await claim(lab.other, B, key)).toEqual({ kind: 'granted', attempt: 2 });
    });
  });
}
