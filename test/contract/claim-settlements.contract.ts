// How runs are settled: every outcome in every state.
import { describe, expect, it } from '@jest/globals';
import type { ClaimStore, ClaimVerdict, Holder, SettleOutcome } from '../../lib/core/claims/claim-store.js';
import {
  A,
  again,
  asking,
  B,
  brief,
  claim,
  type ClaimLab,
  DEAD,
  DONE,
  HOUR_MS,
  LEASE_MS,
  newKey,
  newPlainKey,
  RETENTION_MS,
  renew,
  settle,
  type State,
  TUBE,
} from './claim-lab.js';

export function settlementRules(lab: ClaimLab): void {
  const granted = (attempt: number): ClaimVerdict => ({ kind: 'granted', attempt });

  describe('settle', () => {
    const outcomes = { done: DONE, again: again(LEASE_MS), 'again, not counted': again(LEASE_MS, false), dead: DEAD };
    const refused: readonly State[] = [
      'running elsewhere',
      'run elsewhere, lease over',
      'done',
      'dead',
      'revoked',
      'foreign',
      'moved',
      'being written',
      'left while it was written',
    ];
    const accepted: readonly State[] = ['none', 'running here', 'run here, lease over'];
    const after = {
      done: { kind: 'done' },
      again: { kind: 'waiting' },
      'again, not counted': { kind: 'waiting' },
      dead: { kind: 'dead' },
    };

    describe.each(Object.keys(outcomes) as (keyof typeof outcomes)[])('as %s', (name) => {
      it.each(accepted)('is accepted, and again, where the job is %s', async (state) => {
        const key = await lab.inState(state);
        expect(await settle(lab.store, A, key, 1, outcomes[name])).toBe(true);
        expect(await settle(lab.other, A, key, 1, outcomes[name])).toBe(true);
        expect(await claim(lab.store, B, key)).toMatchObject(after[name]);
        await lab.within(key, RETENTION_MS, 400 * 86_400_000);
      });

      it.each(refused)('is refused where the job is %s, and changes nothing', async (state) => {
        const key = await lab.inState(state);
        const before = await claim(lab.store, { ...A, token: 'holder-c' }, newKey());
        expect(before).toEqual({ kind: 'granted', attempt: 1 });
        expect(await settle(lab.store, A, key, 1, outcomes[name])).toBe(false);
        const left = { 'running elsewhere': 'running', 'run elsewhere, lease over': 'granted', moved: 'waiting' };
        const written = { 'being written': 'running', 'left while it was written': 'unborn' };
        const kinds: Partial<Record<State, string>> = { ...left, ...written };
        const verdict = await claim(lab.store, A, key);
        expect(verdict.kind).toBe(kinds[state] ?? state);
        if (verdict.kind === 'granted') expect(verdict.attempt).toBe(2);
      });

      it('is refused for another attempt than the one that runs', async () => {
        const key = await lab.inState('running here');
        expect(await settle(lab.store, A, key, 2, outcomes[name])).toBe(false);
        expect(await settle(lab.store, A, key, 0, outcomes[name])).toBe(false);
        expect(await settle(lab.store, A, key, 1, outcomes[name])).toBe(true);
      });
    });

    it('counts attempts, and leaves out those that are not to be counted', async () => {
      const key = newKey();
      expect(await claim(lab.store, A, key)).toEqual({ kind: 'granted', attempt: 1 });
      await settle(lab.store, A, key, 1, again(0, false));
      expect(await claim(lab.store, B, key)).toEqual({ kind: 'granted', attempt: 1 });
      await settle(lab.store, B, key, 1, again(0));
      expect(await claim(lab.store, A, key)).toEqual({ kind: 'granted', attempt: 2 });
      await settle(lab.store, A, key, 2, again(0));
      expect(await claim(lab.store, A, key)).toEqual({ kind: 'granted', attempt: 3 });
    });

    describe('of a plain job, whose key a Go consumer takes for a lock whatever its value is,', () => {
      it('as given back with no attempt counted leaves nothing, asked twice or not', async () => {
        for (const state of ['none', 'running here', 'run here, lease over'] as const) {
          const key = await lab.inState(state, newPlainKey());
          expect(await settle(lab.store, A, key, 1, again(0, false))).toBe(true);
          expect(await lab.fixture.keeps(key)).toBeUndefined();
          expect(await settle(lab.other, A, key, 1, again(0, false))).toBe(true);
          expect(await lab.fixture.keeps(key)).toBeUndefined();
          expect(await claim(lab.other, B, key)).toEqual({ kind: 'granted', attempt: 1 });
        }
      });

      it('for many at once does so too', async () => {
        const keys = [newPlainKey(), newPlainKey(), newKey()];
        for (const key of keys) await claim(lab.store, A, key);
        const requests = keys.map((key) => ({ key, attempt: 1, outcome: again(0, false), copies: 3 }));
        expect(await lab.store.settle(TUBE, A, requests)).toEqual([true, true, true]);
        const kept = await Promise.all(keys.map((key) => lab.fixture.keeps(key)));
        // The control: a native one counts its attempts.
        expect(kept).toEqual([undefined, undefined, expect.any(Number)]);
      });

      it('does not take the claim of the holder, or of the lock, that has it by now', async () => {
        const key = newPlainKey();
        await claim(lab.store, A, key);
        await settle(lab.store, A, key, 1, again(0, false));
        await claim(lab.other, B, key);
        expect(await settle(lab.store, A, key, 1, again(0, false))).toBe(false);
        expect(await renew(lab.other, B, key)).toBe(true);
        const locked = await lab.inState('foreign', newPlainKey());
        expect(await settle(lab.store, A, locked, 1, again(0, false))).toBe(false);
        expect(await claim(lab.store, A, locked)).toEqual({ kind: 'foreign' });
      });

      it.each([
        ['that waits for a moment', 1, again(LEASE_MS, false)],
        ['that its handler has put off, and that can expire', 1, { ...again(0, false), asked: true }],
        ['after an attempt that failed', 1, again(0)],
        ['in its second attempt', 2, again(0, false)],
      ] as const)('keeps what is to be known of one %s', async (_which, attempt, outcome) => {
        const key = newPlainKey();
        for (let before = 1; before < attempt; before++) {
          await claim(lab.store, A, key);
          await settle(lab.store, A, key, before, again(0));
        }
        await claim(lab.store, A, key);
        expect(await settle(lab.store, A, key, attempt, outcome)).toBe(true);
        expect(await lab.fixture.keeps(key)).toBeGreaterThan(RETENTION_MS);
      });

      it('keeps that it was a dead letter: else it would be too late to be run', async () => {
        const key = await lab.inState('dead', newPlainKey());
        await lab.store.resolveDead(TUBE, [key], 'retry');
        await claim(lab.store, A, key, 1);
        expect(await settle(lab.store, A, key, 1, again(0, false))).toBe(true);
        expect(await claim(lab.other, B, key, 1)).toEqual({ kind: 'granted', attempt: 1, revived: true });
      });
    });

    it('refuses an "again" that another holder said before: the store lost a claim, and two ran one attempt', async () => {
      for (const counts of [true, false]) {
        const key = newKey();
        await claim(lab.store, A, key);
        expect(await settle(lab.store, A, key, 1, again(LEASE_MS, counts))).toBe(true);
        expect(await settle(lab.other, B, key, 1, again(LEASE_MS, counts))).toBe(false);
        expect(await settle(lab.store, A, key, 1, again(LEASE_MS, counts))).toBe(true);
      }
    });

    it('does not let a repeated "again" undo the attempt that followed', async () => {
      const key = await lab.inState('running here');
      await settle(lab.store, A, key, 1, again(0));
      expect(await claim(lab.other, B, key)).toEqual({ kind: 'granted', attempt: 2 });
      expect(await settle(lab.store, A, key, 1, again(0))).toBe(false);
      expect(await renew(lab.other, B, key, 2)).toBe(true);
    });

    describe('that its handler asked for, is known with its moment in every attempt after it', () => {
      const asked = (ms: number): SettleOutcome => ({ kind: 'again', ms, counts: false, asked: true });
      const put = async (holder: Holder = A): Promise<string> => {
        const key = newKey();
        await claim(lab.store, holder, key);
        expect(await settle(lab.store, holder, key, 1, asked(0))).toBe(true);
        return key;
      };
      const momentOf = async (store: ClaimStore, holder: Holder, key: string, attempt: number): Promise<number> => {
        const verdict = await claim(store, holder, key);
        expect(verdict).toEqual({ kind: 'granted', attempt, askedMs: expect.any(Number) });
        return (verdict as { askedMs: number }).askedMs;
      };

      it('by the store, however long the wait', async () => {
        const key = newKey();
        await claim(lab.store, A, key);
        expect(await settle(lab.store, A, key, 1, asked(1_000))).toBe(true);
        expect(await claim(lab.other, B, key)).toMatchObject({ kind: 'waiting' });
        await lab.fixture.pass(1_020);
        const first = await momentOf(lab.other, B, key, 1);
        expect(await settle(lab.other, B, key, 1, asked(0))).toBe(true);
        const second = await momentOf(lab.store, A, key, 1);
        expect(second).toBeGreaterThanOrEqual(first);
        expect(second - first).toBeLessThan(60_000);
      });

      it('also when its answer is repeated, after a renewal, a failure, a return and a takeover', async () => {
        const key = await put(brief(A));
        const moment = await momentOf(lab.store, brief(A), key, 1);
        expect(await momentOf(lab.store, brief(A), key, 1)).toBe(moment);
        expect(await renew(lab.store, brief(A), key)).toBe(true);
        await lab.fixture.pass(120);
        expect(await momentOf(lab.other, brief(B), key, 2)).toBe(moment);
        expect(await settle(lab.other, brief(B), key, 2, again(0))).toBe(true);
        expect(await momentOf(lab.store, A, key, 3)).toBe(moment);
        expect(await settle(lab.store, A, key, 3, again(0, false))).toBe(true);
        expect(await momentOf(lab.other, B, key, 3)).toBe(moment);
      });

      it('each with its own, where many are claimed at once', async () => {
        const keys = [newKey(), await put(), newKey(), await put(), newKey()];
        const moments = await Promise.all([1, 3].map((at) => momentOf(lab.store, A, keys[at]!, 1)));
        const verdicts = await lab.store.claim(
          TUBE,
          A,
          keys.map((key) => asking(key)),
        );
        expect(verdicts).toEqual([
          granted(1),
          { ...granted(1), askedMs: moments[0] },
          granted(1),
          { ...granted(1), askedMs: moments[1] },
          granted(1),
        ]);
      });

      it('until it is over, and said twice it is settled once', async () => {
        const key = newKey();
        await claim(lab.store, A, key);
        expect(await settle(lab.store, A, key, 1, asked(0))).toBe(true);
        expect(await settle(lab.store, A, key, 1, asked(0))).toBe(true);
        expect(await settle(lab.other, B, key, 1, asked(0))).toBe(false);
        await momentOf(lab.store, A, key, 1);
        expect(await settle(lab.store, A, key, 1, DEAD)).toBe(true);
        await lab.store.resolveDead(TUBE, [key], 'retry');
        expect(await claim(lab.store, A, key)).toEqual({ kind: 'granted', attempt: 1, revived: true });
      });
    });

    it('keeps a waiting claim for its wait and the retention', async () => {
      const key = await lab.inState('running here');
      await settle(lab.store, A, key, 1, again(86_400_000));
      await lab.within(key, RETENTION_MS + 86_400_000, RETENTION_MS + 86_400_000 + 2 * HOUR_MS);
    });
  });
}
