// How claims end and how long they are remembered, and calls for many.
import { describe, expect, it } from '@jest/globals';
import { plainClaimKey } from '../../lib/core/claims/claim-key.js';
import type { RevokeVerdict } from '../../lib/core/claims/claim-store.js';
import {
  A,
  again,
  asking,
  B,
  claim,
  type ClaimLab,
  DONE,
  HOUR_MS,
  newKey,
  RETENTION_MS,
  settle,
  type State,
  TUBE,
} from './claim-lab.js';

const YEAR_MS = 365 * 24 * HOUR_MS;

export function endRules(lab: ClaimLab): void {
  const keepsForYear = (key: string): Promise<void> =>
    lab.within(key, YEAR_MS + RETENTION_MS, YEAR_MS + RETENTION_MS + 2 * HOUR_MS);

  describe('account', () => {
    const account = (key: string, copies: number, gone: number): Promise<void> =>
      lab.store.account(TUBE, [{ key, copies, gone }]);

    it('of all copies of a job that is done lets its claim go after an hour', async () => {
      const key = await lab.inState('done');
      await lab.keepsForRetention(key);
      await account(key, 3, 2);
      await lab.keepsForRetention(key);
      await account(key, 3, 1);
      await lab.keepsForHour(key);
      expect((await claim(lab.store, A, key)).kind).toBe('done');
    });

    it('of all copies of a job that is revoked keeps its tombstone: a copy may come back with an older disk', async () => {
      const key = await lab.inState('revoked');
      await account(key, 3, 3);
      await lab.keepsForRetention(key);
      await account(key, 3, 1);
      await lab.keepsForRetention(key);
      expect((await claim(lab.store, A, key)).kind).toBe('revoked');
    });

    it('of all copies at once does the same', async () => {
      const key = await lab.inState('done');
      await account(key, 3, 3);
      await lab.keepsForHour(key);
    });

    it('believes the highest number of copies that it was told', async () => {
      const key = await lab.inState('done');
      await account(key, 4, 2);
      await account(key, 3, 1);
      await lab.keepsForRetention(key);
      await account(key, 0, 1);
      await lab.keepsForHour(key);
    });

    it('keeps a claim whose number of copies is unknown', async () => {
      const key = await lab.inState('running here');
      await settle(lab.store, A, key, 1, DONE, 0);
      await account(key, 0, 3);
      await lab.keepsForRetention(key);
    });

    it('of some copies and of all leaves a tombstone whose due time was unknown its end', async () => {
      const key = newKey();
      await lab.store.revoke(TUBE, { key, copies: 0, dueMs: undefined });
      await account(key, 3, 1);
      await keepsForYear(key);
      await account(key, 3, 2);
      await keepsForYear(key);
    });

    it('of some copies keeps a tombstone for the retention from then on, since others may come', async () => {
      const key = newKey();
      await lab.store.revoke(TUBE, { key, copies: 3, dueMs: 0 });
      await account(key, 3, 1);
      await lab.keepsForRetention(key);
    });

    it.each(['running elsewhere', 'waiting', 'dead', 'moved', 'being written'] as const)(
      'of all copies leaves a job alone that is %s',
      async (state) => {
        const key = await lab.inState(state);
        await account(key, 3, 3);
        expect(await lab.fixture.keeps(key)).toBeGreaterThan(RETENTION_MS);
      },
    );

    it.each(['none', 'running elsewhere', 'waiting'] as const)(
      'of some copies leaves a job alone that is %s',
      async (state) => {
        const key = await lab.inState(state);
        const before = await lab.fixture.keeps(key);
        await account(key, 3, 1);
        expect((await lab.fixture.keeps(key)) === undefined).toBe(before === undefined);
        if (state !== 'none')
          expect((await claim(lab.store, A, key)).kind).toBe(state === 'waiting' ? state : 'running');
      },
    );
  });

  describe('revoke', () => {
    const revoke = async (key: string, dueMs?: number, copies = 3): Promise<RevokeVerdict> =>
      lab.other.revoke(TUBE, { key, copies, dueMs });
    const table: readonly (readonly [State, RevokeVerdict])[] = [
      ['none', 'revoked'],
      ['waiting', 'revoked'],
      ['waited enough', 'revoked'],
      ['revoked', 'revoked'],
      ['running here', 'running'],
      ['running elsewhere', 'running'],
      ['run elsewhere, lease over', 'running'],
      ['done', 'done'],
      ['foreign', 'done'],
      ['dead', 'dead'],
      ['moved', 'revoked'],
      ['moved, and due', 'revoked'],
      ['being written', 'revoked'],
      ['left while it was written', 'revoked'],
    ];

    it.each(table)('of a job that is %s: %s', async (state, expected) => {
      const key = await lab.inState(state);
      expect(await revoke(key, lab.fixture.now() + HOUR_MS)).toBe(expected);
      expect(await revoke(key, lab.fixture.now() + HOUR_MS)).toBe(expected);
      if (expected !== 'revoked') return;
      expect(await claim(lab.store, A, key)).toEqual({ kind: 'revoked' });
      await lab.within(key, RETENTION_MS + HOUR_MS - 60_000, RETENTION_MS + 3 * HOUR_MS);
    });

    it('without a due time is kept for a year and the retention, also when an earlier due time is told later', async () => {
      const key = newKey();
      await revoke(key);
      await keepsForYear(key);
      expect(await claim(lab.store, A, key)).toEqual({ kind: 'revoked' });
      await revoke(key, lab.fixture.now());
      await keepsForYear(key);
    });

    it('does not make a tombstone shorter than the one before, nor than the wait of the job', async () => {
      const [later, waiting] = [newKey(), newKey()];
      const day = 86_400_000;
      await revoke(later, lab.fixture.now() + 3 * day);
      await revoke(later, lab.fixture.now());
      await claim(lab.store, B, waiting);
      await settle(lab.store, B, waiting, 1, again(3 * day));
      await revoke(waiting, lab.fixture.now());
      for (const key of [later, waiting]) await lab.within(key, RETENTION_MS + 3 * day, RETENTION_MS + 4 * day);
    });

    it('of a job whose copies are certainly gone says done when nobody remembers it', async () => {
      const unknown = newKey();
      const request = { copies: 0, dueMs: undefined, absent: true };
      expect(await lab.store.revoke(TUBE, { ...request, key: unknown })).toBe('done');
      // A copy that turns up against all expectation does not run all the same.
      expect((await claim(lab.store, A, unknown)).kind).not.toBe('granted');
      expect(await lab.fixture.keeps(unknown)).toBeLessThan(Infinity);
      expect(await lab.store.revoke(TUBE, { ...request, key: await lab.inState('revoked') })).toBe('revoked');
      expect(await lab.store.revoke(TUBE, { ...request, key: await lab.inState('running here') })).toBe('running');
    });

    it('wins or loses against a claim made at once, never both', async () => {
      for (let round = 0; round < 20; round++) {
        const key = newKey();
        const [verdict, revoked] = await Promise.all([claim(lab.store, A, key), revoke(key, 0)]);
        expect([verdict.kind, revoked]).toEqual(
          verdict.kind === 'granted' ? ['granted', 'running'] : ['revoked', 'revoked'],
        );
      }
    });
  });

  describe('a call for many', () => {
    it('answers in the order of its requests, also beyond what fits into one message', async () => {
      const batch = Array.from({ length: 2_300 }, () => newKey());
      const done = batch.filter((_, at) => at % 3 === 0);
      await lab.store.settle(
        TUBE,
        A,
        done.map((key) => ({ key, attempt: 1, outcome: DONE, copies: 3 })),
      );
      const verdicts = await lab.store.claim(
        TUBE,
        B,
        batch.map((key) => asking(key)),
      );
      expect(verdicts.map(({ kind }) => kind)).toEqual(batch.map((_, at) => (at % 3 === 0 ? 'done' : 'granted')));
    });

    it('may mix jobs of both formats', async () => {
      const batch = [newKey(), plainClaimKey('a body'), newKey(), plainClaimKey('another body')];
      const verdicts = await lab.store.claim(
        TUBE,
        A,
        batch.map((key) => asking(key)),
      );
      expect(verdicts).toEqual(batch.map(() => ({ kind: 'granted', attempt: 1 })));
      const requests = batch.map((key) => ({ key, attempt: 1, outcome: DONE, copies: 3 }));
      expect(await lab.store.settle(TUBE, A, requests)).toEqual([true, true, true, true]);
    });

    it('may be for none', async () => {
      expect(await lab.store.claim(TUBE, A, [])).toEqual([]);
      expect(await lab.store.settle(TUBE, A, [])).toEqual([]);
      expect(await lab.store.renew(TUBE, A, [])).toEqual([]);
      await lab.store.account(TUBE, []);
    });
  });
}
