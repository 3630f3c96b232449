import { beforeEach, describe, expect, it } from '@jest/globals';
import { nativeClaimKey, removedScheduleKey } from '../../lib/core/claims/claim-key.js';
import type {
  KnownSchedule,
  ScheduleClaims,
  ScheduleStep,
  ScheduleTurn,
  ScheduleUpsert,
} from '../../lib/core/claims/schedule-claims.js';
import { A, brief, claim, type ClaimLab, DONE, HOUR_MS, newKey, RETENTION_MS, settle } from './claim-lab.js';

/** What a store must do with recurring jobs. */
export function scheduleRules(lab: ClaimLab): void {
  describe('schedules', () => {
    let tubes = 0;
    let tube: string;
    let now: number;
    let schedules: ScheduleClaims;
    beforeEach(async () => {
      tube = `schedules-${++tubes}-${String(Math.random()).slice(2, 8)}`;
      schedules = lab.store.schedules;
      now = await schedules.now(tube);
    });

    const at = (ms: number, more: Partial<ScheduleTurn> = {}): ScheduleTurn => {
      return { slotMs: now + ms, dueMs: now + ms, run: 1, missed: 0, ...more };
    };
    const definition = (mark = 'm1', name = 'nightly'): ScheduleUpsert => {
      return { name, mark, text: `{"of":"${mark}:\n"}`, turn: at(60_000) };
    };
    const step = (more: Partial<ScheduleStep> = {}): ScheduleStep => {
      return { ...definition(), rev: now, turn: at(60_000), next: at(120_000, { run: 2 }), ...more };
    };
    async function upsert(request = definition(), onlyMissing = false) {
      const [answer] = await schedules.upsert(tube, [request], onlyMissing);
      return answer!;
    }
    async function all(): Promise<KnownSchedule[]> {
      const found: KnownSchedule[] = [];
      for await (const one of lab.other.schedules.list(tube)) found.push(one);
      return found.toSorted((one, other) => one.name.localeCompare(other.name));
    }

    it('tells a time that is near', () => {
      expect(Math.abs(now - lab.fixture.now())).toBeLessThan(5_000);
    });

    it('are created once, and whoever asks first writes the first turn', async () => {
      const first = await upsert();
      expect(first).toMatchObject({ outcome: 'created', write: true, turn: at(60_000) });
      // The time that is told is rounded up, and this may be the same millisecond.
      expect(first.rev).toBeGreaterThanOrEqual(now - 1);
      const again = { ...definition(), turn: at(90_000) };
      expect(await upsert(again)).toEqual({ outcome: 'unchanged', rev: first.rev, turn: at(60_000), write: false });
      const { name, mark, text } = definition();
      const known = { name, mark, text, rev: first.rev, paused: false, turn: at(60_000) };
      expect(await lab.other.schedules.get(tube, 'nightly')).toEqual(known);
      expect(await all()).toEqual([known]);
    });

    it('have another turn and a greater revision when they change', async () => {
      const { rev } = await upsert();
      await schedules.written(tube, 'nightly', now + 60_000);
      const changed = await upsert({ ...definition('m2'), turn: at(5_000) });
      expect(changed).toMatchObject({ outcome: 'changed', turn: at(5_000), write: true });
      expect(changed.rev).toBeGreaterThan(rev);
    });

    it('may be many in one call', async () => {
      const names = Array.from({ length: 450 }, (_, place) => `many.${place}`);
      const answers = await schedules.upsert(
        tube,
        names.map((name) => definition('m1', name)),
      );
      expect(answers.map(({ outcome }) => outcome)).toEqual(names.map(() => 'created'));
      expect((await all()).map(({ name }) => name)).toEqual(names.toSorted((one, other) => one.localeCompare(other)));
    });

    it('are left as they are where only what is missing is put in', async () => {
      await upsert();
      expect(await upsert({ ...definition('m2') }, true)).toMatchObject({ outcome: 'unchanged', turn: at(60_000) });
      await schedules.remove(tube, 'nightly');
      expect(await upsert(definition(), true)).toMatchObject({ outcome: 'unchanged', write: false });
      expect(await all()).toEqual([]);
      expect(await upsert(definition('m1', 'other'), true)).toMatchObject({ outcome: 'created', write: true });
    });

    describe('when an occurrence is granted', () => {
      it('the next one becomes the turn, to be written by who asked', async () => {
        const { rev } = await upsert();
        const next = at(120_000, { run: 2, missed: 3, lastMs: now + 60_000 });
        expect(await schedules.step(tube, step({ rev, next }))).toEqual({
          state: 'go',
          fresh: true,
          turn: next,
          write: true,
        });
        expect(await schedules.step(tube, step({ rev, next: at(180_000) }))).toEqual({
          state: 'go',
          fresh: false,
          turn: next,
          write: false,
        });
        await schedules.written(tube, 'nightly', now + 120_000);
        expect(await schedules.get(tube, 'nightly')).toMatchObject({ turn: next });
      });

      it('it is adopted where nobody remembers its schedule', async () => {
        expect(await schedules.step(tube, step())).toMatchObject({ state: 'go', fresh: true, write: true });
        expect(await schedules.get(tube, 'nightly')).toMatchObject({
          mark: 'm1',
          rev: now,
          turn: at(120_000, { run: 2 }),
        });
        expect(await upsert({ ...definition(), turn: at(300_000) })).toMatchObject({
          outcome: 'unchanged',
          turn: at(120_000, { run: 2 }),
        });
      });

      it('it is adopted where an older definition stands', async () => {
        await schedules.step(tube, step({ rev: now - 5_000 }));
        const other = step({ ...definition('m2'), rev: now, turn: at(60_000), next: at(70_000) });
        expect(await schedules.step(tube, other)).toMatchObject({ state: 'go', turn: at(70_000), write: true });
      });

      it('it is superseded where a later definition stands', async () => {
        await upsert();
        const answer = await schedules.step(tube, step({ ...definition('m0'), rev: now - 5_000, turn: at(60_000) }));
        expect(answer).toEqual({ state: 'superseded', fresh: false, turn: undefined, write: false });
        expect(await schedules.get(tube, 'nightly')).toMatchObject({ mark: 'm1', turn: at(60_000) });
      });

      it('it is superseded where the schedule was removed, until that is given again', async () => {
        const { rev } = await upsert();
        expect(await lab.other.schedules.remove(tube, 'nightly')).toBe(true);
        expect(await schedules.step(tube, step({ rev }))).toMatchObject({ state: 'superseded' });
        expect(await schedules.remove(tube, 'nightly')).toBe(false);
        expect(await schedules.get(tube, 'nightly')).toBeUndefined();
        const back = await upsert();
        expect(back).toMatchObject({ outcome: 'created', write: true });
        expect(back.rev).toBeGreaterThan(rev);
        expect(await schedules.step(tube, step({ rev }))).toMatchObject({ state: 'go', fresh: true });
      });

      it('it is superseded where a schedule was removed of which nobody knew', async () => {
        expect(await schedules.remove(tube, 'nightly')).toBe(false);
        expect(await schedules.step(tube, step({ rev: now - 1 }))).toMatchObject({ state: 'superseded' });
      });

      it('a paused one goes on without a run', async () => {
        const { rev } = await upsert();
        expect(await schedules.pause(tube, 'nightly', true)).toBe(true);
        expect(await schedules.step(tube, step({ rev }))).toMatchObject({ state: 'paused', fresh: true, write: true });
        expect(await all()).toMatchObject([{ paused: true }]);
        expect(await upsert(definition('m2'))).toMatchObject({ outcome: 'changed' });
        expect(await all()).toMatchObject([{ paused: true, mark: 'm2' }]);
        expect(await schedules.pause(tube, 'nightly', false)).toBe(true);
        expect(await all()).toMatchObject([{ paused: false }]);
        expect(await schedules.pause(tube, 'unknown', true)).toBe(false);
      });

      it('it sees whether the last one runs', async () => {
        const { rev } = await upsert();
        const key = newKey();
        const asked = step({ rev, next: undefined, unlessRunning: key });
        expect(await schedules.step(tube, asked)).toMatchObject({ state: 'go' });
        await claim(lab.store, A, key);
        expect(await schedules.step(tube, asked)).toMatchObject({ state: 'overlap', fresh: true, write: false });
        await settle(lab.store, A, key, 1, DONE);
        expect(await schedules.step(tube, asked)).toMatchObject({ state: 'go' });
        const dead = newKey();
        await claim(lab.store, brief(A), dead);
        await lab.fixture.pass(150);
        expect(await schedules.step(tube, { ...asked, unlessRunning: dead })).toMatchObject({ state: 'go' });
      });

      it('a schedule may end, and stays ended for who gives it again', async () => {
        const { rev } = await upsert();
        expect(await schedules.step(tube, step({ rev, next: 'none' }))).toMatchObject({ fresh: true, write: false });
        expect(await schedules.get(tube, 'nightly')).toMatchObject({ turn: undefined });
        expect(await upsert()).toMatchObject({ outcome: 'unchanged', turn: undefined, write: false });
        expect((await schedules.overdue(tube, -600_000, ['nightly'])).missing).toEqual([]);
      });
    });

    it('that were removed are remembered until the retention after their next turn', async () => {
      const far = 400 * 86_400_000;
      await upsert({ ...definition(), turn: at(far) });
      await schedules.remove(tube, 'nightly');
      await schedules.remove(tube, 'nightly');
      const keeps = await lab.fixture.keeps(removedScheduleKey(tube, 'nightly'));
      // A store in memory keeps it beside its claims.
      if (keeps !== undefined) expect(keeps).toBeGreaterThan(far + RETENTION_MS);
      await upsert({ ...definition('m1', 'other'), turn: at(1_000) });
      await schedules.remove(tube, 'other');
      const short = await lab.fixture.keeps(removedScheduleKey(tube, 'other'));
      if (short !== undefined) expect(short).toBeLessThan(RETENTION_MS + 2 * HOUR_MS);
    });

    it('that should have come up are found, with those that are not known at all', async () => {
      await upsert(definition('m1', 'later'));
      await upsert({ ...definition('m1', 'sooner'), turn: at(-20_000) });
      await upsert(definition('m1', 'gone'));
      await schedules.remove(tube, 'gone');
      const { overdue, missing, nextMs } = await schedules.overdue(tube, 15_000, ['later', 'unknown', 'gone']);
      expect(overdue).toMatchObject([{ name: 'sooner', mark: 'm1', turn: at(-20_000) }]);
      expect(missing).toEqual(['unknown']);
      expect(nextMs).toBe(now - 20_000);
      expect(await schedules.overdue('no-schedules', 0, [])).toEqual({ overdue: [], missing: [], nextMs: undefined });
    });

    it('have nothing in common with claims of the same name', async () => {
      await upsert();
      expect(await lab.store.describe(tube, nativeClaimKey(tube, 'nightly'))).toEqual({ claim: { kind: 'none' } });
    });
  });
}
