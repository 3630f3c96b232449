import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DqClaimStoreError } from '../../../lib/core/errors/connection.errors.js';
import { resolveOptions } from '../../../lib/core/options/resolve-options.js';
import { DqRuntime } from '../../../lib/core/runtime.js';
import { definitionOf, definitionText, markOf } from '../../../lib/cron/definition.js';
import { KnownSchedules } from '../../../lib/cron/known-schedules.js';
import { DqScheduler } from '../../../lib/cron/scheduler.js';
import { Schedules, type WantedSchedule } from '../../../lib/cron/schedules.js';
import { readSpec } from '../../../lib/cron/spec/spec.js';
import { SchedulesViews } from '../../../lib/dashboard/schedules-view.js';
import { embeddedBackend } from '../../../lib/embedded/embedded-backend.js';

const HOUR = 3_600_000;

describe('a schedule that began hours ago and leaves nothing out', () => {
  let runtime: DqRuntime;
  let schedules: Schedules;
  let began: number;
  beforeEach(() => {
    began = Date.now() - 4.5 * HOUR;
    runtime = new DqRuntime(resolveOptions({ embedded: true, tubes: ['work'] }), { backend: embeddedBackend });
    schedules = new Schedules(runtime);
  });
  afterEach(() => runtime.close());

  const wanted = (): WantedSchedule => {
    const spec = readSpec({ every: '1h', startAt: began, missed: 'all' }, 'hourly');
    return { tube: 'work', name: 'hourly', definition: definitionOf(spec, 'null') };
  };

  it('begins where it began', async () => {
    const [put] = await schedules.put('work', [wanted()]);
    expect(put?.turn?.slotMs).toBe(began);
  });

  it('goes on with what is to come where it is put in again, since the rest was run or lies on the nodes', async () => {
    const [put] = await schedules.put('work', [wanted()], true);
    expect(put).toMatchObject({ outcome: 'created', turn: { slotMs: began + 5 * HOUR } });
  });
});

it('a schedule in a zone that only other processes know is listed with the others, and the id of its last run is not known', async () => {
  const runtime = new DqRuntime(resolveOptions({ embedded: true, tubes: ['work'] }), { backend: embeddedBackend });
  const schedules = new Schedules(runtime);
  const lastMs = Date.parse('2027-01-04T09:00Z');
  const turn = { slotMs: lastMs + 24 * HOUR, dueMs: lastMs + 24 * HOUR, run: 2, missed: 0, lastMs };
  const requests = ['UTC', 'Mars/Olympus'].map((zone) => {
    const text = definitionText(definitionOf({ cron: '0 9 * * *', zone }, 'null'));
    return { name: zone.slice(0, 4), mark: markOf(text), text, turn };
  });
  await runtime.parts.store.schedules.upsert('work', requests);
  const names: string[] = [];
  const ids = new Set<string | undefined>();
  for await (const { name, last } of new DqScheduler(runtime, schedules, undefined).list())
    names.push(`${name} ${last?.toISOString()}`);
  const known = new KnownSchedules(runtime, schedules);
  for await (const { lastId } of known.list()) ids.add(lastId);
  const scheduler = new DqScheduler(runtime, schedules, undefined);
  const preview: typeof DqScheduler.preview = (...given) => DqScheduler.preview(...given);
  const cron = { scheduler, known, preview };
  const { schedules: rows } = await new SchedulesViews(runtime, () => cron).get();
  await runtime.close();
  // The one that is written is known everywhere.
  expect(rows.map(({ name, next }) => [name, next[0], next.length > 1])).toEqual(
    expect.arrayContaining([
      ['UTC', turn.dueMs, true],
      ['Mars', turn.dueMs, false],
    ]),
  );
  expect(names.toSorted()).toEqual(['Mars 2027-01-04T09:00:00.000Z', 'UTC 2027-01-04T09:00:00.000Z']);
  expect(ids).toEqual(new Set([`~UTC~${requests[0]?.mark}~20270104T090000`, undefined]));
});

it('a schedule that went to another tube leaves the one before, also where the first call ended in between', async () => {
  const runtime = new DqRuntime(resolveOptions({ embedded: true, tubes: ['one', 'other'] }), {
    backend: embeddedBackend,
  });
  const { schedules: registry } = runtime.parts.store;
  const scheduler = new DqScheduler(runtime, new Schedules(runtime), undefined);
  const tubes = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const { tube } of scheduler.list()) found.push(tube);
    return found;
  };
  try {
    await scheduler.upsert('hourly', { tube: 'one', every: '1h' });
    const away = jest.spyOn(registry, 'remove').mockRejectedValueOnce(new DqClaimStoreError('away'));
    away.mockRejectedValueOnce(new DqClaimStoreError('away'));
    const move = () => scheduler.upsert('hourly', { tube: 'other', every: '1h' });
    await expect(move()).rejects.toThrow(DqClaimStoreError);
    expect((await tubes()).toSorted()).toEqual(['one', 'other']);
    expect(await move()).toMatchObject({ outcome: 'unchanged' });
    expect(await tubes()).toEqual(['other']);
  } finally {
    await runtime.close();
  }
});
