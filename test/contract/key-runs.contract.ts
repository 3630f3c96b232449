// Runs of jobs with keys: one that lost its key, one whose producer died while it was being written, and one that was moved.
import { describe, expect, it } from '@jest/globals';
import {
  A,
  again,
  B,
  brief,
  claim,
  type ClaimLab,
  DEAD,
  DONE,
  HOUR_MS,
  newSlot,
  renew,
  RETENTION_MS,
  TUBE,
} from './claim-lab.js';
import { type KeyCall, KeyLab, told, twice } from './key-lab.js';

export function keyRunRules(lab: ClaimLab): void {
  const keys = new KeyLab(lab);
  const takeover = async ({ key, request: { slot } }: KeyCall, given: object = {}) => {
    const request = { key, slot, dueMs: keys.in(-1_000), takeover: true, ...given };
    const [verdict] = await lab.other.claim(TUBE, A, [request]);
    return verdict!;
  };

  describe.each(['another call', 'a cancel'] as const)('a job that runs when its key is taken by %s', (how) => {
    async function taken(
      holder = B,
    ): Promise<{ readonly slot: string; readonly old: KeyCall; readonly next?: KeyCall }> {
      const slot = newSlot();
      const old = await keys.stand(slot, { dueMs: keys.in(-1_000) });
      await claim(lab.store, holder, old.key);
      if (how === 'another call') return { slot, old, next: await keys.stand(slot) };
      await lab.store.cancelKey(TUBE, slot);
      return { slot, old };
    }
    const isLeftAlone = async (slot: string, next: KeyCall | undefined): Promise<void> => {
      expect(await lab.store.findKey(TUBE, slot)).toEqual(next && told(next));
      if (next === undefined) expect(await lab.fixture.keepsSlot(slot)).toBeUndefined();
    };

    it.each([again(0), again(HOUR_MS), again(0, false)])('gets no further attempt: %j', async (outcome) => {
      const { slot, old, next } = await taken();
      expect(await twice(() => keys.settle(old, outcome))).toEqual(['superseded', 'superseded']);
      expect(await claim(lab.store, A, old.key)).toEqual({ kind: 'revoked' });
      await lab.keepsForRetention(old.key);
      await isLeftAlone(slot, next);
    });

    it.each([DONE, DEAD])('may end: %j', async (outcome) => {
      const { slot, old, next } = await taken();
      expect(await renew(lab.store, B, old.key)).toBe(true);
      expect(await twice(() => keys.settle(old, outcome))).toEqual([true, true]);
      expect(await claim(lab.store, A, old.key)).toEqual({ kind: outcome.kind });
      await isLeftAlone(slot, next);
    });

    it('is not taken over', async () => {
      const { slot, old, next } = await taken(brief(B));
      await lab.fixture.pass(120);
      // Whoever does not ask for that is told that it is an orphan.
      expect(await takeover(old, { takeover: false })).toEqual({ kind: 'orphaned' });
      expect(await twice(() => takeover(old))).toEqual([{ kind: 'revoked' }, { kind: 'revoked' }]);
      await lab.keepsForRetention(old.key);
      // Its holder may be told late.
      expect(await keys.settle(old, again(0))).toBe('superseded');
      await isLeftAlone(slot, next);
    });

    it('is remembered with its key until it ends, and longer than the one that follows', async () => {
      const { slot, old, next } = await taken();
      if (next === undefined) return;
      await keys.bring(next, 'done');
      expect(await lab.store.findKey(TUBE, slot)).toBeUndefined();
      const running = { kind: 'running' };
      expect(await twice(() => lab.store.cancelKey(TUBE, slot))).toEqual([running, running]);
      expect(await keys.settle(old, again(0))).toBe('superseded');
      expect(await lab.fixture.keepsSlot(slot)).toBeUndefined();
    });
  });

  it('a job that runs keeps its attempts where another stands, and nothing says that it lost its key to that', async () => {
    const slot = newSlot();
    const [fails, dies] = [await keys.stand(slot, { dueMs: keys.in(-1_000) }), await keys.stand(newSlot())];
    await claim(lab.store, B, fails.key);
    await claim(lab.store, brief(B), dies.key);
    // The store has lost what it knew of the key, and not the claims.
    await lab.fixture.forgetSlot(slot);
    await lab.fixture.pass(120);
    await keys.stand(slot);
    expect(await keys.settle(fails, again(0))).toBe(true);
    expect(await claim(lab.store, A, fails.key)).toEqual({ kind: 'granted', attempt: 2 });
    expect(await takeover({ ...dies, request: { ...dies.request, slot } })).toEqual({ kind: 'granted', attempt: 2 });
  });

  describe('a job that is being written', () => {
    it('is asked for again while it is young, and rolled forward when it was left', async () => {
      const slot = newSlot();
      const call = await keys.reserve(slot, { dueMs: keys.in(-1_000) });
      const young = await claim(lab.store, A, call.key);
      expect(young.kind).toBe('running');
      expect((young as { ms: number }).ms).toBeLessThan(1_000);
      await lab.fixture.makeStale(call.key);
      const unborn = { kind: 'unborn' };
      expect(await twice(() => claim(lab.store, A, call.key))).toEqual([unborn, unborn]);
      const scheduled = { kind: 'scheduled' };
      expect(await twice(() => keys.commitOnBehalf(call))).toEqual([scheduled, scheduled]);
      expect(await claim(lab.store, A, call.key)).toEqual({ kind: 'granted', attempt: 1 });
      expect(await lab.store.findKey(TUBE, slot)).toEqual(told(call, { state: 'running', attempt: 1 }));
      // Its producer was slow, and not dead.
      expect(await keys.commit(call)).toEqual(scheduled);
      await keys.settle(call, DONE, { holder: A });
      expect(await lab.fixture.keepsSlot(slot)).toBeUndefined();
    });

    it('and comes later than the retention is expired, and leaves what stands', async () => {
      const slot = newSlot();
      const stands = await keys.stand(slot);
      const dueMs = keys.in(-RETENTION_MS - 60_000);
      const call = await keys.reserve(slot, { dueMs });
      await lab.fixture.makeStale(call.key);
      const [verdict] = await lab.store.claim(TUBE, A, [{ key: call.key, slot, dueMs, takeover: false }]);
      expect(verdict).toEqual({ kind: 'expired' });
      expect(await lab.store.findKey(TUBE, slot)).toEqual(told(stands));
      // Those that are told with it are rolled forward.
      const young = await keys.reserve(slot, { dueMs: keys.in(-1_000) });
      await lab.fixture.makeStale(young.key);
      expect(await claim(lab.store, A, young.key)).toEqual({ kind: 'unborn' });
    });

    it('is rolled forward some time after it was due, where its place is ahead of the clock, which was set back', async () => {
      const day = 24 * HOUR_MS;
      const [left, young] = [newSlot(), newSlot()];
      const calls = [
        await keys.reserve(left, { dueMs: keys.in(-11_000) }),
        await keys.reserve(young, { dueMs: keys.in(-1_000) }),
      ];
      for (const { key } of calls) await lab.fixture.makeStale(key, -day);
      const kinds = await Promise.all(calls.map(async ({ key }) => (await claim(lab.store, A, key)).kind));
      expect(kinds).toEqual(['unborn', 'running']);
    });

    it('takes its place among all calls when it is rolled forward', async () => {
      const slot = newSlot();
      const old = await keys.stand(slot);
      const [replaces, keeps] = [await keys.reserve(slot), await keys.reserve(newSlot(), { policy: 'keep' })];
      expect(await keys.commitOnBehalf(replaces)).toEqual({ kind: 'replaced', previous: told(old) });
      const later = await keys.stand(keeps.request.slot, { policy: 'replace' });
      const answer = await keys.commitOnBehalf(keeps);
      expect(answer).toEqual({ kind: expect.stringMatching('kept|superseded'), standing: told(later) });
      expect(await claim(lab.store, A, keeps.key)).toEqual({ kind: 'revoked' });
    });

    it('that was committed, taken back or is over is not written again by what comes late', async () => {
      const slot = newSlot();
      const [stands, withdrawn] = [await keys.reserve(slot), await keys.reserve(newSlot())];
      await keys.commit(stands);
      await lab.store.revoke(TUBE, { ...withdrawn, slot: withdrawn.request.slot, copies: 3, dueMs: keys.in(0) });
      for (const { request } of [stands, withdrawn]) await keys.ask(request);
      expect((await lab.store.describe(TUBE, stands.key)).claim).toEqual({ kind: 'none' });
      expect((await lab.store.describe(TUBE, withdrawn.key)).claim).toEqual({ kind: 'revoked' });
      expect(await keys.commit(stands)).toEqual({ kind: 'scheduled' });
      expect(await keys.commit(withdrawn)).toEqual({ kind: 'superseded', standing: undefined });
      await claim(lab.store, B, stands.key);
      await keys.settle(stands, DONE);
      await keys.ask(stands.request);
      expect(await claim(lab.store, A, stands.key)).toEqual({ kind: 'done' });
      expect(await lab.fixture.keepsSlot(slot)).toBeUndefined();
      expect(await lab.fixture.keepsSlot(withdrawn.request.slot)).toBeUndefined();
    });

    it('is alive to those who look at dead letters', async () => {
      const { key } = await keys.reserve(newSlot());
      expect(await lab.store.describeDead(TUBE, [key])).toEqual([{ kind: 'alive' }]);
      expect(await lab.store.resolveDead(TUBE, [key], 'retry')).toEqual([false]);
      expect(await lab.store.resolveDead(TUBE, [key], 'drop')).toEqual([false]);
    });

    it('closes its call when it is told again that it has ended: its commit was lost', async () => {
      const slot = newSlot();
      const call = await keys.reserve(slot, { dueMs: keys.in(-1_000) });
      expect(await twice(() => keys.settle(call, DONE, { toldAgain: true }))).toEqual([true, true]);
      expect(await lab.fixture.keepsSlot(slot)).toBeUndefined();
    });
  });

  describe('a job that was moved', () => {
    it('tells its moment with each attempt, and that it waits for it until the first', async () => {
      const slot = newSlot();
      const call = await keys.stand(slot, { dueMs: keys.in(-1_000) });
      const movedMs = keys.in(60);
      await lab.store.moveKey(TUBE, slot, movedMs);
      expect((await lab.store.describe(TUBE, call.key)).claim).toMatchObject({ kind: 'waiting', movedMs });
      await lab.fixture.pass(80);
      expect(await twice(() => claim(lab.store, brief(B), call.key))).toEqual([
        { kind: 'granted', attempt: 1, movedMs },
        { kind: 'granted', attempt: 1, movedMs },
      ]);
      await renew(lab.store, brief(B), call.key);
      await lab.fixture.pass(120);
      expect(await takeover(call)).toEqual({ kind: 'granted', attempt: 2, movedMs });
      await keys.settle(call, again(0), { holder: A, attempt: 2 });
      const { claim: waits } = await lab.store.describe(TUBE, call.key);
      expect(waits).toEqual({ kind: 'waiting', attempt: 2, notBeforeMs: expect.any(Number) });
      expect(await claim(lab.other, B, call.key)).toEqual({ kind: 'granted', attempt: 3, movedMs });
      expect(await lab.store.findKey(TUBE, slot)).toMatchObject({ dueMs: movedMs, state: 'running', attempt: 3 });
    });

    it('tells both moments where its handler has asked to run again', async () => {
      const slot = newSlot();
      const call = await keys.stand(slot, { dueMs: keys.in(-1_000) });
      const movedMs = keys.in(0);
      await lab.store.moveKey(TUBE, slot, movedMs);
      await claim(lab.store, B, call.key);
      await keys.settle(call, { kind: 'again', ms: 0, counts: false, asked: true });
      const both = { kind: 'granted', attempt: 1, movedMs, askedMs: expect.any(Number) };
      expect(await claim(lab.store, B, call.key)).toEqual(both);
    });
  });
}
