// Many schedules in one application, under virtual time: none of them drifts, is left out, or comes twice.
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { expect, it } from '@jest/globals';
import { DqHandler, type DqJob, DqModule } from 'nestjs-dq';
import { DqCronModule, DqScheduler } from 'nestjs-dq/cron';
import { DqTesting, useDqTesting } from 'nestjs-dq/testing';

const START = Date.parse('2027-01-04T08:00Z');
const MINUTE = 60_000;
/** DQ_SCHEDULES=10000 plays so many. */
const SCHEDULES = Number(process.env.DQ_SCHEDULES ?? 120);
const LONGEST_MS = 60_000 * Math.ceil(SCHEDULES / 120);

it(
  'an hour of schedules that come each minute at different moments',
  async () => {
    const runs = new Map<string, number[]>();
    @Injectable()
    class Jobs {
      @DqHandler('work', { concurrency: 1_000 })
      run(_data: unknown, { schedule }: DqJob): void {
        const name = schedule?.name ?? '';
        const slots = runs.get(name) ?? [];
        runs.set(name, slots);
        expect(dq.now()).toBe(schedule?.slot.getTime());
        slots.push(dq.now());
      }
    }
    const module = await useDqTesting(
      Test.createTestingModule({
        imports: [DqModule.forRoot({ embedded: true, logger: false, tubes: ['work'] }), DqCronModule.forRoot()],
        providers: [Jobs],
      }),
      { now: START },
    ).compile();
    const dq = module.get(DqTesting);
    await module.init();
    try {
      const scheduler = module.get(DqScheduler);
      const firstOf = (at: number): number => START + 1_000 * ((at % 60) + 1);
      for (let at = 0; at < SCHEDULES; at++)
        await scheduler.upsert(`one-${at}`, { tube: 'work', every: '1m', startAt: firstOf(at) });
      await dq.advance('1h', { limit: 61 * SCHEDULES });
      for (let at = 0; at < SCHEDULES; at++)
        expect(runs.get(`one-${at}`)).toEqual(Array.from({ length: 60 }, (_, minute) => firstOf(at) + minute * MINUTE));
    } finally {
      await module.close();
    }
  },
  LONGEST_MS,
);
