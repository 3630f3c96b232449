import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { resolveOptions } from '../../../lib/core/options/resolve-options.js';
import { DqRuntime } from '../../../lib/core/runtime.js';
import { definitionOf } from '../../../lib/cron/definition.js';
import { Schedules, type WantedSchedule } from '../../../lib/cron/schedules.js';
import { readSpec } from '../../../lib/cron/spec/spec.js';
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
