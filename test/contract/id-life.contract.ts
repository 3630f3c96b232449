// For how long a caller's own id is taken, and what is told of its job meanwhile.
import { describe, expect, it } from '@jest/globals';
import { generationKey } from '../../lib/core/claims/claim-key.js';
import type { Admission } from '../../lib/core/claims/claim-store.js';
import {
  A,
  again,
  B,
  brief,
  claim,
  type ClaimLab,
  DEAD,
  DONE,
  newKey,
  renew,
  RETENTION_MS,
  settle,
  TUBE,
} from './claim-lab.js';

const DAY_MS = 86_400_000;
const GENERATION = 'one';
/** Longer than a pending admission is respected. */
const STALE_MS = 10_500;

/** A job with an own id, to be brought somewhere. */
interface OwnJob {
  readonly id: string;
  readonly key: string;
}

export function idLifeRules(lab: ClaimLab): void {
  const admit = async ({ id }: OwnJob, generation: string, dueMs: number): Promise<Admission> => {
    const [admission] = await lab.store.admit(TUBE, [{ key: id, generation, dueMs }]);
    return admission!;
  };
  const scheduled = async (dueMs = lab.fixture.now(), concludes = true): Promise<OwnJob> => {
    const id = newKey();
    const job = { id, key: generationKey(id, GENERATION) };
    expect(await admit(job, GENERATION, dueMs)).toEqual({ kind: 'admitted' });
    if (concludes)
      await lab.store.conclude(TUBE, [{ key: id, generation: GENERATION, dueMs: lab.fixture.now(), written: true }]);
    return job;
  };
  const begun = async (): Promise<OwnJob> => {
    const job = await scheduled();
    await claim(lab.store, A, job.key);
    return job;
  };
  const askedAgain = (job: OwnJob): Promise<Admission> => admit(job, 'two', lab.fixture.now());
  const account = (key: string, gone: number): Promise<void> => lab.store.account(TUBE, [{ key, copies: 3, gone }]);

  describe('the own id of a job that lives is taken for as long as its claim is kept: one that', () => {
    const lives: Readonly<Record<string, () => Promise<OwnJob>>> = {
      'waits for another attempt': async () => {
        const job = await begun();
        await settle(lab.store, A, job.key, 1, again(30 * DAY_MS));
        return job;
      },
      'asked to be run again': async () => {
        const job = await begun();
        await settle(lab.store, A, job.key, 1, again(30 * DAY_MS, false));
        return job;
      },
      'waits once more': async () => {
        const job = await begun();
        await settle(lab.store, A, job.key, 1, again(0));
        await claim(lab.other, B, job.key);
        await settle(lab.other, B, job.key, 2, again(30 * DAY_MS));
        return job;
      },
      'is started late': async () => {
        const job = await scheduled(lab.fixture.now() - RETENTION_MS + DAY_MS);
        await claim(lab.store, A, job.key);
        return job;
      },
      'is renewed': async () => {
        const job = await begun();
        await lab.fixture.pass(1_500);
        await renew(lab.store, A, job.key);
        return job;
      },
      'is taken over': async () => {
        const job = await scheduled();
        await claim(lab.store, brief(B), job.key);
        await lab.fixture.pass(1_500);
        expect(await claim(lab.other, A, job.key)).toEqual({ kind: 'granted', attempt: 2 });
        return job;
      },
      'is due far ahead': () => scheduled(lab.fixture.now() + 100 * DAY_MS),
      'was a dead letter': async () => {
        const job = await begun();
        await settle(lab.store, A, job.key, 1, DEAD);
        await lab.fixture.pass(1_500);
        await lab.store.resolveDead(TUBE, [job.key], 'retry');
        return job;
      },
      'was a dead letter for so long that its id was free': async () => {
        const id = newKey();
        const key = generationKey(id, GENERATION);
        await settle(lab.store, A, key, 1, DEAD);
        await lab.store.resolveDead(TUBE, [key], 'retry');
        return { id, key };
      },
      'is still being concluded': async () => {
        const job = await scheduled(lab.fixture.now(), false);
        await claim(lab.store, A, job.key);
        await settle(lab.store, A, job.key, 1, again(30 * DAY_MS));
        await lab.store.conclude(TUBE, [
          { key: job.id, generation: GENERATION, dueMs: lab.fixture.now(), written: true },
        ]);
        return job;
      },
    };

    it.each(Object.keys(lives))('%s', async (name) => {
      const job = await lives[name]!();
      const ofClaim = (await lab.fixture.keeps(job.key)) ?? 100 * DAY_MS + RETENTION_MS;
      // Two looks, one after the other.
      expect(await lab.fixture.keepsAdmission(job.id)).toBeGreaterThan(ofClaim - 500);
      expect(await askedAgain(job)).toMatchObject({ kind: 'duplicate' });
    });

    it('is not held for a job whose id went to another one', async () => {
      const job = await scheduled();
      const other = generationKey(job.id, 'other');
      const before = (await lab.fixture.keepsAdmission(job.id))!;
      await claim(lab.store, A, other);
      await settle(lab.store, A, other, 1, again(30 * DAY_MS));
      expect(await lab.fixture.keepsAdmission(job.id)).toBeLessThanOrEqual(before);
    });
  });

  describe('what became of a job is told for as long as its id is taken', () => {
    it('done, also when all copies are gone and its claim too', async () => {
      const job = await begun();
      await settle(lab.store, A, job.key, 1, DONE);
      await account(job.key, 2);
      await account(job.key, 1);
      await lab.keepsForHour(job.key);
      expect(await askedAgain(job)).toMatchObject({ kind: 'duplicate', state: 'done' });
      await lab.fixture.forget(job.key);
      expect(await askedAgain(job)).toMatchObject({ kind: 'duplicate', state: 'done' });
      expect(await lab.store.revoke(TUBE, { key: job.id, copies: 0, dueMs: undefined, absent: true })).toBe('done');
      expect(await askedAgain(job)).toMatchObject({ kind: 'duplicate', state: 'done' });
      expect(
        await lab.store.conclude(TUBE, [
          { key: job.id, generation: GENERATION, dueMs: lab.fixture.now(), written: true },
        ]),
      ).toEqual([true]);
    });

    it('done, when all copies are gone at once', async () => {
      const job = await scheduled();
      await settle(lab.store, A, job.key, 1, DONE);
      await account(job.key, 3);
      await lab.keepsForHour(job.key);
      await lab.fixture.forget(job.key);
      expect(await askedAgain(job)).toMatchObject({ kind: 'duplicate', state: 'done' });
    });

    it('done, when its producer died before it could say that it was written: the id does not become free', async () => {
      const job = await scheduled(lab.fixture.now(), false);
      await settle(lab.store, A, job.key, 1, DONE);
      await account(job.key, 3);
      await lab.fixture.forget(job.key);
      await lab.fixture.pass(STALE_MS);
      expect(await askedAgain(job)).toMatchObject({ kind: 'duplicate', state: 'done' });
    });

    it('revoked and dead: their claims are kept for at least as long as the id', async () => {
      const [revoked, dead] = [await scheduled(), await scheduled()];
      await lab.store.revoke(TUBE, { key: revoked.id, copies: 3, dueMs: lab.fixture.now() });
      await settle(lab.store, A, dead.key, 1, DEAD);
      for (const { id, key } of [revoked, dead]) {
        await account(key, 3);
        expect(await lab.fixture.keeps(key)).toBeGreaterThan((await lab.fixture.keepsAdmission(id))! - 500);
      }
      expect(await askedAgain(revoked)).toMatchObject({ state: 'revoked' });
      expect(await askedAgain(dead)).toMatchObject({ state: 'dead' });
    });

    it('revoked, after a wait of another attempt was taken back', async () => {
      const job = await begun();
      await settle(lab.store, A, job.key, 1, again(30 * DAY_MS));
      expect(await lab.store.revoke(TUBE, { key: job.key, copies: 3, dueMs: lab.fixture.now() })).toBe('revoked');
      await account(job.key, 3);
      expect(await lab.fixture.keeps(job.key)).toBeGreaterThan((await lab.fixture.keepsAdmission(job.id))! - 500);
    });

    it('running, when a copy that was forgotten runs once more', async () => {
      const job = await scheduled();
      await settle(lab.store, A, job.key, 1, DONE);
      await account(job.key, 3);
      await lab.fixture.forget(job.key);
      expect(await claim(lab.store, B, job.key)).toEqual({ kind: 'granted', attempt: 1 });
      expect(await askedAgain(job)).toMatchObject({ kind: 'duplicate', state: 'running' });
    });
  });
}
