// The order of calls on a key, for how long its slot is known, and debounce.
import { describe, expect, it } from '@jest/globals';
import { A, again, B, claim, type ClaimLab, DEAD, DONE, HOUR_MS, newSlot, RETENTION_MS, TUBE } from './claim-lab.js';
import { KeyLab, OVER, told, twice } from './key-lab.js';

export function slotRules(lab: ClaimLab): void {
  const keys = new KeyLab(lab);
  const isGone = async (slot: string): Promise<boolean> => (await lab.fixture.keepsSlot(slot)) === undefined;

  describe('calls on one key count in the order of their reservations:', () => {
    it('the later one, where they are committed in that order', async () => {
      const slot = newSlot();
      const [first, second] = [await keys.reserve(slot), await keys.reserve(slot)];
      expect(second.reserved.order).toBeGreaterThan(first.reserved.order);
      expect(await keys.commit(first)).toEqual({ kind: 'scheduled' });
      expect(await keys.commit(second)).toEqual({ kind: 'replaced', previous: told(first) });
    });

    it('the later one, where it is committed first', async () => {
      const slot = newSlot();
      const [first, second] = [await keys.reserve(slot), await keys.reserve(slot)];
      expect(await keys.commit(second)).toEqual({ kind: 'scheduled' });
      const superseded = { kind: 'superseded', standing: told(second) };
      expect(await twice(() => keys.commit(first))).toEqual([superseded, superseded]);
      expect(await claim(lab.store, A, first.key)).toEqual({ kind: 'revoked' });
      expect(await lab.store.findKey(TUBE, slot)).toEqual(told(second));
      // Asked again it says which of the two stands.
      expect(await keys.commit(second)).toEqual({ kind: 'scheduled' });
    });

    it('the later one, also when its job is over by then', async () => {
      for (const state of OVER) {
        const slot = newSlot();
        const [first, second] = [await keys.reserve(slot), await keys.reserve(slot)];
        await keys.commit(second);
        await keys.bring(second, state);
        expect(await keys.commit(first)).toEqual({ kind: 'superseded', standing: undefined });
        expect(await claim(lab.store, A, first.key)).toEqual({ kind: 'revoked' });
      }
    });

    it('one that is never concluded does not count', async () => {
      const slot = newSlot();
      const [first] = [await keys.reserve(slot), await keys.reserve(slot)];
      expect(await keys.commit(first)).toEqual({ kind: 'scheduled' });
    });

    it('the equal of what stands, which writes nothing, counts like one that replaces', async () => {
      for (const ms of [HOUR_MS, 2 * HOUR_MS]) {
        const [slot, hash, dueMs] = [newSlot(), 'the same', keys.in(HOUR_MS)];
        const stands = await keys.stand(slot, { hash, dueMs });
        const before = await keys.reserve(slot);
        const moment = dueMs - HOUR_MS + ms;
        const { kind } = await keys.ask(keys.call(slot, { hash, dueMs: moment }));
        expect(kind).toBe(ms === HOUR_MS ? 'kept' : 'postponed');
        expect(await keys.commit(before)).toEqual({ kind: 'superseded', standing: told(stands, { dueMs: moment }) });
      }
    });

    it('those of one batch, too, and each with its own answer', async () => {
      const [one, other] = [newSlot(), newSlot()];
      const calls = [keys.call(one), keys.call(other), keys.call(one)];
      const reserved = await lab.store.reserveKeys(TUBE, calls);
      const orders = reserved.map((reservation) => (reservation.kind === 'reserved' ? reservation.order : 0));
      expect(orders[2]).toBeGreaterThan(orders[0]!);
      const commits = calls.map(({ slot, id, policy, hash, dueMs }, at) => ({
        slot,
        id,
        dueMs,
        handle: id,
        reserved: { order: orders[at]!, firstMs: dueMs, policy, hash },
      }));
      const answers = await lab.other.commitKeys(TUBE, commits.toReversed());
      expect(answers.map(({ kind }) => kind)).toEqual(['scheduled', 'scheduled', 'superseded']);
      expect(await lab.store.reserveKeys(TUBE, [])).toEqual([]);
      expect(await lab.store.commitKeys(TUBE, [])).toEqual([]);
    });

    it('and those of another key, or of a key of any characters, are none of its business', async () => {
      const slots = ['#', ':@{}', 'ключ 1', 'a'.repeat(200)].map((key) => `${newSlot()} ${key}`);
      for (const slot of slots) {
        const stands = await keys.stand(slot);
        expect(await lab.other.findKey(TUBE, slot)).toEqual(told(stands));
      }
      expect(await lab.store.cancelKey(TUBE, slots[0]!)).toMatchObject({ kind: 'cancelled' });
      expect(await lab.store.findKey(TUBE, slots[1]!)).toBeDefined();
    });
  });

  describe('the slot of a key', () => {
    it('goes with the end of the job that stands', async () => {
      for (const outcome of [DONE, DEAD]) {
        const slot = newSlot();
        const stands = await keys.stand(slot, { dueMs: keys.in(-1_000) });
        await claim(lab.store, B, stands.key);
        expect(await isGone(slot)).toBe(false);
        expect(await twice(() => keys.settle(stands, outcome))).toEqual([true, true]);
        expect(await isGone(slot)).toBe(true);
      }
    });

    it('stays where the end was refused, or was that of another job', async () => {
      const slot = newSlot();
      const stands = await keys.stand(slot, { dueMs: keys.in(-1_000) });
      await claim(lab.store, B, stands.key);
      expect(await keys.settle(stands, DONE, { holder: A })).toBe(false);
      const { key } = await keys.stand(newSlot());
      await lab.store.revoke(TUBE, { key, slot, copies: 3, dueMs: keys.in(0) });
      expect(await lab.store.findKey(TUBE, slot)).toMatchObject({ id: stands.request.id });
    });

    it('stays while a call is open, and goes when the last one is concluded', async () => {
      const slot = newSlot();
      const [first, second, third] = [await keys.reserve(slot), await keys.reserve(slot), await keys.reserve(slot)];
      await keys.commit(third);
      await keys.bring(third, 'done');
      expect(await lab.store.findKey(TUBE, slot)).toBeUndefined();
      await keys.commit(first);
      expect(await isGone(slot)).toBe(false);
      // Its nodes were away: it is withdrawn. A lost reply costs nothing.
      const withdraw = () => lab.store.revoke(TUBE, { key: second.key, slot, copies: 3, dueMs: keys.in(0) });
      expect(await twice(withdraw)).toEqual(['revoked', 'revoked']);
      expect(await isGone(slot)).toBe(true);
    });

    it('is free again when its job is revoked by its handle; that of a job that lost the key changes nothing', async () => {
      const slot = newSlot();
      const first = await keys.stand(slot);
      const second = await keys.stand(slot);
      const revoke = ({ key }: typeof first) => lab.store.revoke(TUBE, { key, slot, copies: 3, dueMs: keys.in(0) });
      expect(await revoke(first)).toBe('revoked');
      expect(await lab.store.findKey(TUBE, slot)).toEqual(told(second));
      expect(await revoke(second)).toBe('revoked');
      expect(await isGone(slot)).toBe(true);
    });

    it('is kept for the retention after the latest due time, and never made shorter', async () => {
      const slot = newSlot();
      const day = 24 * HOUR_MS;
      await keys.stand(slot, { dueMs: keys.in(3 * day) });
      await keys.stand(slot, { dueMs: keys.in(0) });
      expect(await lab.fixture.keepsSlot(slot)).toBeGreaterThan(RETENTION_MS + 3 * day);
      expect(await lab.fixture.keepsSlot(slot)).toBeLessThan(RETENTION_MS + 4 * day);
    });

    it('is known for as long as its job may be tried again', async () => {
      const slot = newSlot();
      const stands = await keys.stand(slot, { dueMs: keys.in(-1_000) });
      await claim(lab.store, B, stands.key);
      await keys.settle(stands, again(96 * HOUR_MS));
      expect(await lab.fixture.keepsSlot(slot)).toBeGreaterThan(RETENTION_MS + 96 * HOUR_MS);
    });

    it('that was forgotten does not keep a job from running: it stands, in whatever order', async () => {
      const slot = newSlot();
      const [first, second] = [await keys.reserve(slot, { dueMs: keys.in(0) }), await keys.stand(slot)];
      await lab.fixture.forgetSlot(slot);
      expect(await lab.store.findKey(TUBE, slot)).toBeUndefined();
      expect(await lab.store.cancelKey(TUBE, slot)).toEqual({ kind: 'none' });
      expect(await keys.commit(first)).toEqual({ kind: 'scheduled' });
      expect(await claim(lab.store, A, first.key)).toEqual({ kind: 'granted', attempt: 1 });
      expect(await keys.commitOnBehalf(second)).toEqual({ kind: 'scheduled' });
      expect(await claim(lab.store, A, second.key)).toEqual({ kind: 'granted', attempt: 1 });
    });
  });

  describe('debounce', () => {
    const MINUTE_MS = 60_000;
    const MAX_MS = 5 * MINUTE_MS;
    const due = async (slot: string, ms: number, maxWaitMs?: number, hash = `${ms}`): Promise<number> => {
      const request = keys.call(slot, { dueMs: keys.in(ms), hash, ...(maxWaitMs && { maxWaitMs }) });
      const answer = await keys.ask(request);
      if (answer.kind === 'refused') throw answer.error;
      return answer.kind === 'reserved' ? answer.dueMs : answer.standing.dueMs;
    };

    it('moves the due time no further than so long after the first call', async () => {
      const slot = newSlot();
      const stands = await keys.stand(slot, { dueMs: keys.in(3 * MINUTE_MS), maxWaitMs: MAX_MS, hash: 'same' });
      const { firstMs } = stands.reserved;
      expect(stands.reserved.dueMs).toBe(stands.request.dueMs);
      await lab.fixture.pass(20);
      expect(await due(slot, 4 * MINUTE_MS, MAX_MS)).toBeLessThan(firstMs + MAX_MS);
      expect(await due(slot, 9 * MINUTE_MS, MAX_MS)).toBe(firstMs + MAX_MS);
      // The equal one is postponed by the same rule, and then kept.
      expect(await due(slot, 9 * MINUTE_MS, MAX_MS, 'same')).toBe(firstMs + MAX_MS);
      expect(await lab.store.findKey(TUBE, slot)).toEqual(told(stands, { dueMs: firstMs + MAX_MS }));
      const kept = await keys.ask(keys.call(slot, { dueMs: keys.in(9 * MINUTE_MS), maxWaitMs: MAX_MS, hash: 'same' }));
      expect(kept.kind).toBe('kept');
      // The control: without it, it is the caller's.
      expect(await due(slot, 90 * MINUTE_MS)).toBeGreaterThan(firstMs + MAX_MS);
    });

    it('keeps the first call through a replacement, and begins anew when nothing waits', async () => {
      const slot = newSlot();
      const first = await keys.stand(slot, { dueMs: keys.in(0), maxWaitMs: MAX_MS });
      await lab.fixture.pass(20);
      const second = await keys.stand(slot, { dueMs: keys.in(0), maxWaitMs: MAX_MS });
      expect(second.reserved.firstMs).toBe(first.reserved.firstMs);
      await claim(lab.store, B, second.key);
      const beside = await keys.reserve(slot, { dueMs: keys.in(9 * MINUTE_MS), maxWaitMs: MAX_MS });
      expect(beside.reserved.firstMs).toBeGreaterThan(first.reserved.firstMs);
      expect(beside.reserved.dueMs).toBe(beside.reserved.firstMs + MAX_MS);
    });
  });
}
