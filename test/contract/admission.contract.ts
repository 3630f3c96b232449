// What every claim store must do about callers' own ids, and about jobs that were given up.
import { describe, expect, it } from '@jest/globals';
import { generationKey } from '../../lib/core/claims/claim-key.js';
import type { Admission, Holder, SettleOutcome } from '../../lib/core/claims/claim-store.js';
import {
  A,
  again,
  asking,
  B,
  brief,
  claim,
  type ClaimLab,
  DONE,
  newKey,
  renew,
  RETENTION_MS,
  settle,
  TUBE,
} from './claim-lab.js';

const DEAD: SettleOutcome = { kind: 'dead', reason: 'no luck: at all' };
const ADMITTED: Admission = { kind: 'admitted' };
/** Longer than a pending admission is respected. */
const STALE_MS = 10_500;

export function admissionRules(lab: ClaimLab): void {
  const admit = async (key: string, generation: string, dueMs = 1_000): Promise<Admission> => {
    const [admission] = await lab.store.admit(TUBE, [{ key, generation, dueMs }]);
    return admission!;
  };
  const conclude = async (key: string, generation: string, written: boolean): Promise<boolean> => {
    const [concluded] = await lab.other.conclude(TUBE, [{ key, generation, dueMs: 1_000, written }]);
    return concluded!;
  };
  /** Runs the claim of one write to an outcome. */
  const run = async (key: string, generation: string, outcome?: SettleOutcome): Promise<void> => {
    const claimed = generationKey(key, generation);
    await lab.store.claim(TUBE, A, [asking(claimed)]);
    if (outcome !== undefined) await lab.store.settle(TUBE, A, [{ key: claimed, attempt: 1, outcome, copies: 3 }]);
  };

  describe("a caller's own id", () => {
    it('is admitted once, and the same call again', async () => {
      const key = newKey();
      expect(await admit(key, 'one')).toEqual(ADMITTED);
      expect(await admit(key, 'one')).toEqual(ADMITTED);
      expect(await admit(key, 'two')).toEqual({ kind: 'duplicate', state: 'pending', dueMs: 1_000 });
    });

    it('goes to one of two who ask at once', async () => {
      const key = newKey();
      const admissions = await Promise.all([
        lab.store.admit(TUBE, [{ key, generation: 'one', dueMs: 1 }]),
        lab.other.admit(TUBE, [{ key, generation: 'two', dueMs: 1 }]),
      ]);
      expect(
        admissions
          .flat()
          .map(({ kind }) => kind)
          .toSorted(),
      ).toEqual(['admitted', 'duplicate']);
    });

    it('whose write succeeded is taken, and whose write failed is free', async () => {
      const [written, failed] = [newKey(), newKey()];
      await admit(written, 'one', 7_777);
      await admit(failed, 'one');
      expect(await conclude(written, 'one', true)).toBe(true);
      expect(await conclude(failed, 'one', false)).toBe(true);
      expect(await admit(written, 'two')).toEqual({ kind: 'duplicate', state: 'scheduled', dueMs: 7_777 });
      expect(await admit(failed, 'two')).toEqual(ADMITTED);
      // A late word of the first write does not count any more.
      expect(await conclude(failed, 'one', true)).toBe(false);
      expect(await admit(failed, 'three')).toMatchObject({ state: 'pending' });
    });

    it('is concluded as often as one likes', async () => {
      const key = newKey();
      await admit(key, 'one');
      expect([await conclude(key, 'one', true), await conclude(key, 'one', true)]).toEqual([true, true]);
    });

    it('is taken when its write succeeded, though its admission was forgotten meanwhile', async () => {
      const [written, failed] = [newKey(), newKey()];
      const dueMs = lab.fixture.now() + 86_400_000;
      const request = { generation: 'one', dueMs };
      expect(await lab.store.conclude(TUBE, [{ ...request, key: written, written: true }])).toEqual([true]);
      expect(await lab.store.conclude(TUBE, [{ ...request, key: failed, written: false }])).toEqual([true]);
      expect(await admit(written, 'two')).toEqual({ kind: 'duplicate', state: 'scheduled', dueMs });
      expect(await lab.fixture.keepsAdmission(written)).toBeGreaterThan(RETENTION_MS + 86_000_000);
      expect(await admit(failed, 'two')).toEqual(ADMITTED);
    });

    it.each([
      ['running', undefined],
      ['done', DONE],
      ['dead', DEAD],
      ['retrying', { kind: 'again', ms: 60_000, counts: true } satisfies SettleOutcome],
    ] as const)('tells that its job is %s', async (state, outcome) => {
      const key = newKey();
      await admit(key, 'one');
      await conclude(key, 'one', true);
      await run(key, 'one', outcome);
      expect(await admit(key, 'two')).toMatchObject({ kind: 'duplicate', state });
    });

    it('is revoked without its generation, and stays taken', async () => {
      const key = newKey();
      await admit(key, 'one');
      await conclude(key, 'one', true);
      expect(await lab.store.revoke(TUBE, { key, copies: 3, dueMs: lab.fixture.now() })).toBe('revoked');
      expect(await lab.store.claim(TUBE, A, [asking(generationKey(key, 'one'))])).toEqual([{ kind: 'revoked' }]);
      expect(await admit(key, 'two')).toMatchObject({ kind: 'duplicate', state: 'revoked' });
    });

    it('is remembered for the retention after its due time', async () => {
      const key = newKey();
      await admit(key, 'one', lab.fixture.now() + 86_400_000);
      await conclude(key, 'one', true);
      const keeps = (await lab.fixture.keepsAdmission(key))!;
      expect(keeps).toBeGreaterThan(RETENTION_MS + 86_000_000);
      expect(keeps).toBeLessThan(RETENTION_MS + 2 * 86_400_000);
    });

    it('left pending for 10 s goes to the next, unless its job was started', async () => {
      const [left, started, over] = [newKey(), newKey(), newKey()];
      for (const key of [left, started, over]) await admit(key, 'one');
      await run(started, 'one');
      await run(over, 'one', DONE);
      await lab.fixture.pass(STALE_MS);
      expect(await admit(left, 'two')).toEqual(ADMITTED);
      // Copies of the first write never run beside those of the second.
      expect(await lab.store.claim(TUBE, A, [asking(generationKey(left, 'one'))])).toEqual([{ kind: 'revoked' }]);
      expect(await conclude(left, 'one', true)).toBe(false);
      expect(await conclude(left, 'two', true)).toBe(true);
      expect(await admit(started, 'two')).toMatchObject({ kind: 'duplicate', state: 'running' });
      expect(await admit(over, 'two')).toMatchObject({ kind: 'duplicate', state: 'done' });
    });
  });

  describe('a job that was given up', () => {
    const dead = async (): Promise<string> => {
      const key = newKey();
      await lab.store.claim(TUBE, A, [asking(key)]);
      await lab.store.settle(TUBE, A, [{ key, attempt: 1, outcome: DEAD, copies: 3 }]);
      return key;
    };

    it('is described with its attempts and reason, others by what they are', async () => {
      const [running, done, unknown] = [newKey(), newKey(), newKey()];
      await lab.store.claim(
        TUBE,
        A,
        [running, done].map((key) => asking(key)),
      );
      await lab.store.settle(TUBE, A, [{ key: done, attempt: 1, outcome: DONE, copies: 3 }]);
      expect(await lab.other.describeDead(TUBE, [await dead(), running, done, unknown])).toEqual([
        { kind: 'dead', attempts: 1, reason: 'no luck: at all' },
        { kind: 'alive' },
        { kind: 'over' },
        { kind: 'forgotten' },
      ]);
    });

    it('is kept longer than the retention', async () => {
      expect(await lab.fixture.keeps(await dead())).toBeGreaterThan(300 * 86_400_000);
    });

    it('runs again from its first attempt when it is to be retried, once', async () => {
      const key = await dead();
      expect(await lab.other.resolveDead(TUBE, [key], 'retry')).toEqual([true]);
      expect(await lab.store.claim(TUBE, A, [asking(key)])).toEqual([{ kind: 'granted', attempt: 1, revived: true }]);
      expect(await lab.other.resolveDead(TUBE, [key], 'retry')).toEqual([false]);
    });

    describe('that is retried is known as such in every attempt', () => {
      const asRevived = (attempt: number): object => ({ kind: 'granted', attempt, revived: true });
      const revived = async (holder: Holder = A): Promise<string> => {
        const key = await dead();
        await lab.other.resolveDead(TUBE, [key], 'retry');
        expect(await claim(lab.store, holder, key)).toEqual(asRevived(1));
        return key;
      };

      it('to the holder whose answer was lost, also after a renewal', async () => {
        const key = await revived();
        expect(await claim(lab.store, A, key)).toEqual(asRevived(1));
        expect(await renew(lab.store, A, key)).toBe(true);
        expect(await claim(lab.store, A, key)).toEqual(asRevived(1));
      });

      it('to the next holder of one that was given back', async () => {
        const key = await revived();
        expect(await settle(lab.store, A, key, 1, again(0, false))).toBe(true);
        expect(await claim(lab.other, B, key)).toEqual(asRevived(1));
      });

      it('to those who run it after it failed', async () => {
        const key = await revived();
        expect(await settle(lab.store, A, key, 1, again(0))).toBe(true);
        expect(await claim(lab.other, B, key)).toEqual(asRevived(2));
        expect(await settle(lab.other, B, key, 2, again(0))).toBe(true);
        expect(await claim(lab.store, A, key)).toEqual(asRevived(3));
      });

      it('to whoever takes it over', async () => {
        const key = await revived(brief(A));
        await lab.fixture.pass(120);
        expect(await claim(lab.other, B, key)).toEqual(asRevived(2));
      });

      it('until it is over: dead again, it is a dead letter as any other', async () => {
        const key = await revived();
        expect(await settle(lab.store, A, key, 1, DEAD)).toBe(true);
        expect(await lab.other.describeDead(TUBE, [key])).toEqual([
          { kind: 'dead', attempts: 1, reason: 'no luck: at all' },
        ]);
      });
    });

    it('never runs again when it is dropped', async () => {
      const key = await dead();
      expect(await lab.other.resolveDead(TUBE, [key], 'drop')).toEqual([true]);
      expect(await lab.store.claim(TUBE, A, [asking(key)])).toEqual([{ kind: 'revoked' }]);
      expect(await lab.fixture.keeps(key)).toBeLessThan(Infinity);
    });
  });
}
