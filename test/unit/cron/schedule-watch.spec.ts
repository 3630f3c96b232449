import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DqClaimStoreError } from '../../../lib/core/errors/connection.errors.js';
import { resolveOptions } from '../../../lib/core/options/resolve-options.js';
import { DqRuntime } from '../../../lib/core/runtime.js';
import { definitionOf, definitionText, markOf } from '../../../lib/cron/definition.js';
import { ScheduleWatch } from '../../../lib/cron/schedule-watch.js';
import { Schedules } from '../../../lib/cron/schedules.js';
import type { Spec } from '../../../lib/cron/spec/spec.js';
import { embeddedBackend } from '../../../lib/embedded/embedded-backend.js';
import { ManualClock } from '../../support/manual-clock.js';

const MINUTE = 60_000;

describe('the watch over recurring jobs', () => {
  let clock: ManualClock;
  let runtime: DqRuntime;
  let watch: ScheduleWatch;
  beforeEach(() => {
    clock = new ManualClock();
    const options = resolveOptions({ embedded: true, tubes: ['busy', 'other'] });
    runtime = new DqRuntime(options, { backend: embeddedBackend, clock });
    // They never start: nobody takes what is written.
    for (const tube of ['busy', 'other']) runtime.handle(tube, () => undefined);
    watch = new ScheduleWatch(runtime, new Schedules(runtime));
  });
  afterEach(async () => {
    const ended = watch.stop().then(() => runtime.close());
    await clock.settle();
    await ended;
  });

  /** A schedule whose turn came up that long ago, and has no copy anywhere. */
  async function overdue(tube: string, name: string, spec: Spec, ms: number): Promise<void> {
    const text = definitionText(definitionOf(spec, 'null'));
    const dueMs = clock.now() - ms;
    const turn = { slotMs: dueMs, dueMs, run: 1, missed: 0 };
    await runtime.parts.store.schedules.upsert(tube, [{ name, mark: markOf(text), text, turn }]);
    await runtime.parts.store.schedules.written(tube, name, dueMs);
  }

  async function copies(tube: string): Promise<number> {
    const counting = runtime.inspector.counts(tube);
    await clock.settle();
    return (await counting)[0]?.ready ?? NaN;
  }

  it('writes an occurrence again ever more seldom while nobody takes it, whatever the other tubes have', async () => {
    await overdue('busy', 'hourly', { everyMs: 60 * MINUTE }, MINUTE);
    watch.start([]);
    await clock.advance(20 * MINUTE);
    // At once, and 30 s, 1, 2, 4, 8 and 16 minutes after that; not at each of its forty looks.
    expect(await copies('busy')).toBe(7);
  });

  it('looks after the other tubes while it cannot put in what is declared', async () => {
    await overdue('busy', 'hourly', { everyMs: 60 * MINUTE }, MINUTE);
    const { schedules } = runtime.parts.store;
    const now = schedules.now.bind(schedules);
    jest.spyOn(schedules, 'now').mockImplementation((tube) => {
      return tube === 'other' ? Promise.reject(new DqClaimStoreError('its master is away')) : now(tube);
    });
    const definition = definitionOf({ everyMs: MINUTE }, 'null');
    watch.start([{ tube: 'other', name: 'declared', definition }]);
    await clock.settle();
    expect(await copies('busy')).toBe(1);
  });

  it('looks after the others where it can make nothing of one', async () => {
    await overdue('busy', 'foreign', { cron: '0 9 * * *', zone: 'Mars/Olympus' }, 2 * MINUTE);
    await overdue('busy', 'hourly', { everyMs: 60 * MINUTE }, MINUTE);
    watch.start([]);
    await clock.settle();
    expect(await copies('busy')).toBe(1);
  });
});
