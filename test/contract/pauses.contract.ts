import { afterEach, describe, expect, it } from '@jest/globals';
import { idOfKey, nativeClaimKey } from '../../lib/core/claims/claim-key.js';
import type { ClaimRequest, ClaimVerdict, JobRecord } from '../../lib/core/claims/claim-store.js';
import {
  A,
  again,
  asking,
  claim,
  type ClaimLab,
  DEAD,
  DONE,
  EVERY_STATE,
  HOUR_MS,
  newKey,
  newSlot,
  RETENTION_MS,
  renew,
  settle,
  TUBE,
} from './claim-lab.js';

const PAUSED = { kind: 'paused' };
const FOR_GOOD = { forMs: undefined, reason: '' };
const OTHER_TUBE = 'another';

/** What a store must do with tubes that are paused. */
export function pauseRules(lab: ClaimLab): void {
  const pause = () => lab.store.pauses.pause(TUBE, FOR_GOOD);
  const resume = () => lab.other.pauses.resume(TUBE);
  afterEach(async () => void (await Promise.all([resume(), lab.store.pauses.resume(OTHER_TUBE)])));

  /** All that is to be seen of a claim. */
  async function seen(key: string): Promise<{ readonly record: JobRecord; readonly keeps: number | undefined }> {
    return { record: await lab.store.describe(TUBE, key), keeps: await lab.fixture.keeps(key) };
  }
  async function expectUnchanged(key: string, { record, keeps }: Awaited<ReturnType<typeof seen>>): Promise<void> {
    const now = await seen(key);
    expect(now.record).toEqual(record);
    if (keeps === undefined || keeps === Infinity) expect(now.keeps).toBe(keeps);
    else {
      expect(now.keeps).toBeLessThanOrEqual(keeps);
      expect(now.keeps).toBeGreaterThan(keeps - 60_000);
    }
  }

  describe('a paused tube', () => {
    it.each(EVERY_STATE)('leaves what is %s as it is, and answers as ever once it is resumed', async (state) => {
      const [key, twin] = [await lab.inState(state), await lab.inState(state)];
      const before = await seen(key);
      await pause();
      const now = lab.fixture.now();
      const late = now - RETENTION_MS - HOUR_MS;
      for (const dueMs of [undefined, now + HOUR_MS, late])
        for (const takeover of [true, false])
          for (const holder of [A, { ...A, token: 'holder-c' }])
            expect(await claim(lab.other, holder, key, dueMs, takeover)).toEqual(PAUSED);
      await expectUnchanged(key, before);
      expect(await resume()).toBe(true);
      // The control: one that nobody asked for while the tube was paused.
      expect(await claim(lab.store, A, key)).toEqual(loosely(await claim(lab.store, A, twin)));
      expect((await seen(key)).record).toEqual(loosely((await seen(twin)).record));
    });

    it('does not give up what comes later than the retention, until it is resumed', async () => {
      const [key, twin] = [newKey(), newKey()];
      const late = lab.fixture.now() - RETENTION_MS - HOUR_MS;
      await pause();
      expect(await claim(lab.store, A, key, late)).toEqual(PAUSED);
      expect(await lab.store.describe(TUBE, key)).toEqual({ claim: { kind: 'none' } });
      await resume();
      for (const one of [key, twin]) expect(await claim(lab.store, A, one, late)).toEqual({ kind: 'expired' });
    });

    it('answers each claim of a call, and of a job with a key', async () => {
      const keys = await Promise.all((['none', 'done', 'running here', 'waited enough'] as const).map(inState));
      await pause();
      const requests: ClaimRequest[] = keys.map((key) => asking(key));
      requests.push({ ...asking(await inState('run elsewhere, lease over')), slot: newSlot() });
      expect(await lab.store.claim(TUBE, A, requests)).toEqual(requests.map(() => PAUSED));
    });
    const inState = (state: (typeof EVERY_STATE)[number]): Promise<string> => lab.inState(state);

    it('is one of many: others are not paused', async () => {
      const key = nativeClaimKey(OTHER_TUBE, idOfKey(newKey()));
      await pause();
      const ask = async (): Promise<ClaimVerdict | undefined> =>
        (await lab.store.claim(OTHER_TUBE, A, [asking(key)]))[0];
      expect(await ask()).toEqual({ kind: 'granted', attempt: 1 });
      await lab.store.pauses.pause(OTHER_TUBE, FOR_GOOD);
      expect(await ask()).toEqual(PAUSED);
    });

    it('lets go on, end and be decided all that is no claim', async () => {
      const { store } = lab;
      const running = await Promise.all([1, 2, 3, 4].map(() => inState('running here')));
      const [dead, dropped, waiting] = [await inState('dead'), await inState('dead'), await inState('waiting')];
      await pause();
      const [done = '', failed = '', given = '', renewed = ''] = running;
      expect(await settle(store, A, done, 1, DONE)).toBe(true);
      expect(await settle(store, A, failed, 1, DEAD)).toBe(true);
      expect(await settle(store, A, given, 1, again(0))).toBe(true);
      expect(await renew(store, A, renewed)).toBe(true);
      await store.account(TUBE, [{ key: done, copies: 3, gone: 3 }]);
      await lab.keepsForHour(done);
      const dueMs = lab.fixture.now() + HOUR_MS;
      expect(await store.revoke(TUBE, { key: waiting, copies: 3, dueMs })).toBe('revoked');
      expect(await store.revoke(TUBE, { key: renewed, copies: 3, dueMs })).toBe('running');
      expect(await store.resolveDead(TUBE, [dead], 'retry')).toEqual([true]);
      expect(await store.resolveDead(TUBE, [dropped], 'drop')).toEqual([true]);
      const write = { key: newKey(), generation: 'g', dueMs };
      expect(await store.admit(TUBE, [write])).toMatchObject([{ kind: 'admitted' }]);
      expect(await store.conclude(TUBE, [{ ...write, written: true }])).toEqual([true]);
      expect(await claim(store, A, given)).toEqual(PAUSED);
      await resume();
      expect(await claim(store, A, given)).toEqual({ kind: 'granted', attempt: 2 });
      expect(await claim(store, A, dead)).toMatchObject({ kind: 'granted', revived: true });
      expect(await claim(store, A, dropped)).toEqual({ kind: 'revoked' });
    });

    it('takes new jobs with keys, and recurring jobs', async () => {
      const { store } = lab;
      const [slot, id, dueMs] = [newSlot(), idOfKey(newKey()), lab.fixture.now() + HOUR_MS];
      const call = { policy: 'replace', hash: 'same' } as const;
      await pause();
      const [reservation] = await store.reserveKeys(TUBE, [{ slot, id, dueMs, ...call }]);
      if (reservation?.kind !== 'reserved') throw new Error(`expected a reservation, got ${reservation?.kind}`);
      const commit = { slot, id, dueMs, handle: 'any', reserved: { ...call, ...reservation } };
      expect(await store.commitKeys(TUBE, [commit])).toEqual([{ kind: 'scheduled' }]);
      expect(await store.moveKey(TUBE, slot, dueMs + HOUR_MS)).toMatchObject({ kind: 'moved' });
      expect(await store.cancelKey(TUBE, slot)).toMatchObject({ kind: 'cancelled' });
      const turn = { slotMs: dueMs, dueMs, run: 1, missed: 0 };
      const [known] = await store.schedules.upsert(TUBE, [{ name: id, mark: 'm', text: '{}', turn }]);
      expect(known).toMatchObject({ outcome: 'created', write: true });
      expect(await store.schedules.remove(TUBE, id)).toBe(true);
    });

    it('is seen by all, with its reason, and is no more once it is resumed', async () => {
      expect(await lab.other.pauses.look(TUBE)).toBeUndefined();
      const reason = 'moving: the table "orders" – since 9:00 :0:';
      const known = await lab.store.pauses.pause(TUBE, { forMs: undefined, reason });
      expect(known).toEqual({ sinceMs: expect.any(Number), untilMs: undefined, reason });
      expect(Math.abs(known.sinceMs - lab.fixture.now())).toBeLessThan(5_000);
      expect(await lab.other.pauses.look(TUBE)).toEqual(known);
      expect(await lab.other.pauses.look(OTHER_TUBE)).toBeUndefined();
      expect(await resume()).toBe(true);
      expect(await lab.store.pauses.look(TUBE)).toBeUndefined();
      expect(await resume()).toBe(false);
    });

    it('that is paused again has the new end and reason, and has been paused since before', async () => {
      const { pauses } = lab.store;
      const { sinceMs } = await pauses.pause(TUBE, { forMs: 60_000, reason: 'one' });
      await lab.fixture.pass(20);
      expect(await pauses.pause(TUBE, FOR_GOOD)).toEqual({ sinceMs, untilMs: undefined, reason: '' });
      await lab.fixture.pass(20);
      const now = lab.fixture.now();
      const brief = await pauses.pause(TUBE, { forMs: 800, reason: 'two' });
      expect(brief).toMatchObject({ sinceMs, reason: 'two' });
      expect(Math.abs(brief.untilMs! - now - 800)).toBeLessThan(5_000);
      expect(await lab.other.pauses.look(TUBE)).toEqual(brief);
      await lab.fixture.pass(820);
      expect(await pauses.look(TUBE)).toBeUndefined();
      expect((await pause()).sinceMs).toBeGreaterThan(sinceMs);
    });

    it('is named to whoever knows no names, until it is resumed', async () => {
      await pause();
      await lab.store.pauses.pause(OTHER_TUBE, FOR_GOOD);
      await pause();
      expect((await lab.other.pauses.tubes()).filter((name) => [TUBE, OTHER_TUBE].includes(name)).toSorted()).toEqual(
        [OTHER_TUBE, TUBE].toSorted(),
      );
      await resume();
      expect(await lab.store.pauses.tubes()).toContain(OTHER_TUBE);
      expect(await lab.store.pauses.look(TUBE)).toBeUndefined();
    });

    it('goes on by itself when its time is over, of less than a second too', async () => {
      const key = newKey();
      await lab.store.pauses.pause(TUBE, { forMs: 900, reason: '' });
      expect(await claim(lab.other, A, key)).toEqual(PAUSED);
      await lab.fixture.pass(920);
      expect(await claim(lab.other, A, key)).toEqual({ kind: 'granted', attempt: 1 });
      expect(await resume()).toBe(false);
    });
  });
}

const TIMES = new Set(['ms', 'leaseEndMs', 'notBeforeMs', 'movedMs', 'dueMs', 'askedMs']);

/** The same, but for times within five seconds. */
function loosely(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    TIMES.has(name) ? expect.closeTo(field as number, -4) : loosely(field),
  ]);
  return Object.fromEntries(fields) as unknown;
}
