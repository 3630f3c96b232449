import 'reflect-metadata';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nativeClaimKey } from '../../../lib/core/claims/claim-key.js';
import type { KnownSchedule } from '../../../lib/core/claims/schedule-claims.js';
import { HandedJob } from '../../../lib/core/consumer/dq-job.js';
import { DqAgain } from '../../../lib/core/consumer/outcome.js';
import { DqClaimStoreError } from '../../../lib/core/errors/connection.errors.js';
import type { DqEvent } from '../../../lib/core/base/events.js';
import { resolveOptions } from '../../../lib/core/options/resolve-options.js';
import { DqRuntime } from '../../../lib/core/runtime.js';
import type { ScheduleHeader } from '../../../lib/core/wire/schedule-header.js';
import { OccurrenceLayer } from '../../../lib/cron/occurrence-layer.js';
import { Schedules } from '../../../lib/cron/schedules.js';
import { occurrenceId, slotName } from '../../../lib/cron/spec/slot-name.js';
import { type DqScheduleRules, type DqScheduleTimes, readSpec } from '../../../lib/cron/spec/spec.js';
import { embeddedBackend } from '../../../lib/embedded/embedded-backend.js';
import { ManualClock } from '../../support/manual-clock.js';

const HOUR = 3_600_000;
const TUBE = 'work';
const START = Date.parse('2027-01-04T08:00Z');

let clock: ManualClock;
let runtime: DqRuntime;
let layer: OccurrenceLayer;
let events: DqEvent[];
let runs: number;
let stopped: AbortController;
beforeEach(() => {
  clock = new ManualClock(START);
  runtime = new DqRuntime(resolveOptions({ embedded: true, tubes: [TUBE] }), { clock, backend: embeddedBackend });
  events = [];
  runtime.listen({ name: 'the spec', tell: (event) => events.push(event) });
  layer = new OccurrenceLayer(runtime, new Schedules(runtime));
  runs = 0;
  stopped = new AbortController();
});
afterEach(async () => {
  await played(runtime.close());
});

/** What is deferred and timed goes on meanwhile. */
async function played<T>(promise: Promise<T>): Promise<T> {
  const end = { reached: false };
  const reach = (): void => {
    end.reached = true;
  };
  promise.then(reach, reach);
  while (!end.reached) {
    clock.pass(0);
    await turn();
  }
  return promise;
}

interface Given extends Partial<Omit<ScheduleHeader, 'spec'>> {
  readonly attempt?: number;
  readonly attempts?: number;
  readonly outcome?: () => unknown;
}

/** One attempt of an occurrence. */
function occurs(times: DqScheduleTimes & DqScheduleRules, given: Given = {}): Promise<unknown> {
  const { attempt = 1, attempts = 3, outcome = () => 'result', ...more } = given;
  const spec = { ...readSpec(times, 'x') };
  const schedule = { name: 'hourly', mark: 'm', rev: START, slot: START, run: 1, missed: 0, spec, ...more };
  const id = idOf(times, schedule.slot, schedule.mark);
  const held = {
    id,
    key: nativeClaimKey(TUBE, id),
    dueMs: schedule.slot,
    header: { schedule },
    envelope: { payload: Buffer.from('null') },
  };
  const job = new HandedJob({ job: held, tube: TUBE, attempt, attempts, signal: stopped.signal }, null);
  return played(
    layer.job(job, async () => {
      runs++;
      return outcome();
    }),
  );
}

function idOf(times: DqScheduleTimes, slot: number, mark = 'm'): string {
  return occurrenceId('hourly', mark, slotName(readSpec(times, 'x'), slot));
}

const known = async (): Promise<KnownSchedule | undefined> => runtime.parts.store.schedules.get(TUBE, 'hourly');
const written = (): string[] =>
  events.filter(({ type }) => type === 'job-scheduled').map((event) => (event as { id: string }).id);
const hourly = { cron: '0 * * * *' };

describe('an occurrence that is granted', () => {
  it('runs, and the next one is written beside it', async () => {
    const times = hourly;
    const result = await occurs(times, {
      outcome: async () => {
        while (written().length === 0) await turn();
        return 'result';
      },
    });
    expect(result).toBe('result');
    expect(runs).toBe(1);
    expect(written()).toEqual([idOf(times, START + HOUR)]);
    expect(await known()).toMatchObject({ turn: { slotMs: START + HOUR, run: 2, missed: 0, lastMs: START } });
  });

  it('runs again where its consumer died, and the next one is not written twice', async () => {
    await occurs(hourly);
    await occurs(hourly, { attempt: 2 });
    expect(runs).toBe(2);
    expect(written()).toHaveLength(1);
  });

  it('is not a job that is no occurrence', async () => {
    const held = { id: 'x', key: 'x', dueMs: START, header: {}, envelope: { payload: Buffer.from('null') } };
    const job = new HandedJob({ job: held, tube: TUBE, attempt: 1, attempts: 3, signal: stopped.signal }, null);
    expect(await layer.job(job, async () => 'own')).toBe('own');
    expect(await known()).toBeUndefined();
  });

  it('is asked for again where the claim store does not answer, and has not begun', async () => {
    runtime.parts.store.schedules.step = () => Promise.reject(new DqClaimStoreError('away'));
    expect(await occurs(hourly)).toBeInstanceOf(DqAgain);
    expect(runs).toBe(0);
    expect(written()).toEqual([]);
  });

  it('fails as its handler does where that meets a claim store that does not answer', async () => {
    const error = new DqClaimStoreError('away');
    await expect(occurs(hourly, { outcome: () => Promise.reject(error) })).rejects.toBe(error);
    await expect(occurs(hourly, { extra: true, outcome: () => Promise.reject(error) })).rejects.toBe(error);
  });

  it('does not run where a later definition stands, and nothing comes behind it', async () => {
    await occurs(hourly, { mark: 'new', rev: START + 5 });
    expect(await occurs(hourly)).toBeUndefined();
    expect(runs).toBe(1);
    expect(written()).toHaveLength(1);
  });

  it('does not run where its schedule was removed, however long that is ago', async () => {
    const { schedules } = runtime.parts.store;
    const dueMs = START + 4_000 * HOUR;
    const turn = { slotMs: dueMs, dueMs, run: 1, missed: 0 };
    const [given] = await schedules.upsert(TUBE, [{ name: 'hourly', mark: 'm', text: '{}', turn }]);
    await schedules.remove(TUBE, 'hourly');
    clock.step(dueMs - START + HOUR);
    expect(await occurs(hourly, { slot: dueMs, rev: given?.rev })).toBeUndefined();
    expect([runs, written().length]).toEqual([0, 0]);
  });

  it('ends the schedule where it is the last one', async () => {
    await occurs({ ...hourly, limit: 2 }, { run: 2 });
    expect(await known()).toMatchObject({ turn: undefined });
    await occurs({ ...hourly, endAt: START + HOUR - 1 }, { mark: 'other', rev: START + 1 });
    expect(await known()).toMatchObject({ turn: undefined });
    expect([runs, written().length]).toEqual([2, 0]);
  });
});

describe('an occurrence for which no consumer was there', () => {
  const late = 3 * HOUR + HOUR / 2;

  it('gives way to the last that was missed, which runs for all', async () => {
    clock.step(late);
    await occurs(hourly);
    expect(runs).toBe(0);
    expect(written()).toEqual([idOf(hourly, START + 3 * HOUR)]);
    expect(await known()).toMatchObject({ turn: { slotMs: START + 3 * HOUR, run: 1, missed: 3 } });
    await occurs(hourly, { slot: START + 3 * HOUR, missed: 3 });
    expect(runs).toBe(1);
    expect(written()).toEqual([idOf(hourly, START + 3 * HOUR), idOf(hourly, START + 4 * HOUR)]);
  });

  it('runs as it is where it was begun in time, however late its retry is', async () => {
    await occurs(hourly);
    clock.step(late);
    for (const missed of ['once', 'skip', 'all'] as const) await occurs({ ...hourly, missed }, { attempt: 2 });
    expect(runs).toBe(4);
  });

  it('is left out with the others where they are to be skipped, and told', async () => {
    clock.step(late);
    await occurs({ ...hourly, missed: 'skip' });
    expect(runs).toBe(0);
    expect(await known()).toMatchObject({ turn: { slotMs: START + 4 * HOUR, missed: 4 } });
    expect(events).toContainEqual({ type: 'schedule-missed', tube: TUBE, name: 'hourly', missed: 4 });
  });

  it('comes before the next one where all are to run', async () => {
    clock.step(late);
    const times = { ...hourly, missed: 'all' } as const;
    await occurs(times, {
      outcome: () => {
        expect(written()).toEqual([]);
      },
    });
    expect(written()).toEqual([idOf(times, START + HOUR)]);
    await expect(
      occurs(times, { slot: START + HOUR, outcome: () => Promise.reject(new Error('again')) }),
    ).rejects.toThrow();
    expect(written()).toHaveLength(1);
    const last = { slot: START + HOUR, attempt: 3, outcome: () => Promise.reject(new Error('dead')) };
    await expect(occurs(times, last)).rejects.toThrow('dead');
    expect(written()).toEqual([idOf(times, START + HOUR), idOf(times, START + 2 * HOUR)]);
  });

  it('is left out where all are to run and it is older than the window, and told', async () => {
    clock.step(late);
    await occurs({ ...hourly, missed: 'all', missedWindow: '2h' });
    expect(runs).toBe(0);
    expect(await known()).toMatchObject({ turn: { slotMs: START + 2 * HOUR, missed: 2 } });
    expect(events).toContainEqual({ type: 'schedule-missed', tube: TUBE, name: 'hourly', missed: 2 });
  });

  it('goes on with those in between where the registry was made anew meanwhile', async () => {
    clock.step(late);
    const times = { ...hourly, missed: 'all' } as const;
    const { schedules } = runtime.parts.store;
    const turn = { slotMs: START + 4 * HOUR, dueMs: START + 4 * HOUR, run: 1, missed: 0 };
    await schedules.upsert(TUBE, [{ name: 'hourly', mark: 'm', text: '{}', turn }]);
    await schedules.written(TUBE, 'hourly', turn.slotMs);
    await occurs(times);
    expect(runs).toBe(1);
    expect(written()).toEqual([idOf(times, START + HOUR)]);
    expect(await known()).toMatchObject({ turn });
  });
});

describe('an occurrence while the last one runs', () => {
  const times = { ...hourly, overlap: 'skip' } as const;
  const claim = async (slot: number): Promise<void> => {
    const key = nativeClaimKey(TUBE, idOf(times, slot));
    await runtime.parts.store.claim(TUBE, { token: 'a', leaseMs: HOUR }, [{ key, dueMs: slot, takeover: false }]);
  };

  it('is left out, and so is each one behind it as long as that goes on', async () => {
    await claim(START - HOUR);
    await occurs(times, { last: START - HOUR });
    expect(runs).toBe(0);
    expect(await known()).toMatchObject({ turn: { slotMs: START + HOUR, run: 1, lastMs: START - HOUR } });
    expect(written()).toEqual([idOf(times, START + HOUR)]);
  });

  it('runs where that has ended, or where it does not matter', async () => {
    await occurs(times, { last: START - HOUR });
    expect(runs).toBe(1);
    expect(await known()).toMatchObject({ turn: { lastMs: START } });
    await claim(START - HOUR);
    await occurs(hourly, { last: START - HOUR, mark: 'other', rev: START + 1 });
    expect(runs).toBe(2);
  });
});
