import { beforeEach, describe, expect, it } from '@jest/globals';
import type { HistoryEntry, HistoryRecord, SettleAnswer, SettleOutcome } from '../../lib/core/claims/claim-store.js';
import { again, B, claim, type ClaimLab, DEAD, DONE, newKey, newPlainKey, newSlot, TUBE } from './claim-lab.js';
import { KeyLab, twice } from './key-lab.js';

const HISTORY = { last: 1_000, forMs: 86_400_000 };

/** What a store writes of attempts that end, on a tube that keeps a history. */
export function historyRules(lab: ClaimLab): void {
  describe('a tube that keeps a history', () => {
    let tubes = 0;
    let tube: string;
    beforeEach(() => {
      tube = `history-${++tubes}`;
    });

    const entry = (id: string, more: Partial<HistoryEntry> = {}): HistoryEntry => {
      return { id, outcome: 'done', lateMs: 12, tookMs: 340, error: '', ...more };
    };

    async function end(
      key: string,
      outcome: SettleOutcome,
      written?: HistoryEntry,
      history = HISTORY,
    ): Promise<SettleAnswer[]> {
      return [...(await lab.store.settle(tube, B, [{ key, attempt: 1, outcome, copies: 3, entry: written }], history))];
    }

    const read = (limit = 100, before?: string): Promise<readonly HistoryRecord[]> =>
      lab.other.history(tube, limit, before);

    it('has what was settled, the latest first, whatever stands in its texts', async () => {
      const now = lab.fixture.now();
      const entries: [SettleOutcome, HistoryEntry][] = [
        [DONE, entry('one')],
        [again(60_000), entry('a:b=c', { outcome: 'retrying', error: 'it failed: at all ☃' })],
        [DEAD, entry('three', { outcome: 'dead', lateMs: -3, error: 'x'.repeat(500) })],
      ];
      for (const [outcome, written] of entries) {
        const key = newKey();
        await claim(lab.store, B, key);
        expect(await end(key, outcome, written)).toEqual([true]);
      }
      const records = await read();
      expect(records).toEqual(
        entries.map(([, written]) => expect.objectContaining({ ...written, attempt: 1, token: B.token })).toReversed(),
      );
      for (const { atMs } of records) expect(Math.abs(atMs - now)).toBeLessThan(60_000);
      const [, second] = records;
      expect(await read(1)).toEqual(records.slice(0, 1));
      expect(await read(5, second?.place)).toEqual(records.slice(2));
    });

    it('has plain jobs too', async () => {
      const key = newPlainKey();
      await claim(lab.store, B, key);
      await end(key, DONE, entry(key));
      expect(await read()).toHaveLength(1);
    });

    it('has what failed or was put off while its key went to another job: it is not tried again', async () => {
      const keys = new KeyLab(lab);
      for (const outcome of [again(0), again(0, false)]) {
        const call = await keys.stand(newSlot(), { dueMs: keys.in(-1_000) });
        await claim(lab.store, B, call.key);
        await lab.store.cancelKey(TUBE, call.request.slot);
        const written = entry('it', {
          outcome: outcome.kind === 'again' && outcome.counts ? 'retrying' : 'again',
          error: 'no',
        });
        const end = { key: call.key, slot: call.request.slot, attempt: 1, outcome, copies: 3, entry: written };
        const answers = await twice(() => lab.store.settle(tube, B, [end], HISTORY));
        expect(answers).toEqual([['superseded'], ['superseded']]);
      }
      const told = { id: 'it', outcome: 'superseded', attempt: 1, lateMs: 12, tookMs: 340, error: 'no' };
      expect(await read()).toEqual([expect.objectContaining(told), expect.objectContaining(told)]);
    });

    it('has nothing of what was refused, nor twice what was asked for again', async () => {
      const key = newKey();
      await claim(lab.store, B, key);
      await end(key, DONE, entry('one'));
      await end(key, DONE, entry('one'));
      expect(await end(await lab.inState('revoked'), DONE, entry('two'))).toEqual([false]);
      expect((await read()).map(({ id }) => id)).toEqual(['one']);
    });

    it('has nothing of an attempt of which nothing is to be written', async () => {
      const [one, two] = [newKey(), newKey()];
      for (const key of [one, two]) await claim(lab.store, B, key);
      const ends = [
        { key: one, attempt: 1, outcome: again(0, false), copies: 3 },
        { key: two, attempt: 1, outcome: DONE, copies: 3, entry: entry('two') },
      ];
      expect(await lab.store.settle(tube, B, ends, HISTORY)).toEqual([true, true]);
      expect((await read()).map(({ id }) => id)).toEqual(['two']);
    });

    it('keeps about as many as it may', async () => {
      const keys = Array.from({ length: 500 }, newKey);
      for (const key of keys) await claim(lab.store, B, key);
      for (const key of keys)
        await end(key, DONE, entry(key.slice(key.lastIndexOf(':') + 1)), { ...HISTORY, last: 100 });
      const records = await read(1_000);
      expect(records.length).toBeGreaterThanOrEqual(100);
      expect(records.length).toBeLessThanOrEqual(300);
      expect(keys.at(-1)).toContain(records[0]?.id);
    });
  });

  it('a tube that keeps none has nothing', async () => {
    const key = newKey();
    await claim(lab.store, B, key);
    const ends = [
      {
        key,
        attempt: 1,
        outcome: DONE,
        copies: 3,
        entry: { id: 'x', outcome: 'done', lateMs: 0, tookMs: 0, error: '' } as const,
      },
    ];
    await lab.store.settle('no-history', B, ends);
    expect(await lab.store.history('no-history', 10)).toEqual([]);
  });
}
