// Recurring jobs under virtual time: their semantics, and what a test of an application can do with them.
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Scope,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DqAgain,
  DqGiveUp,
  DqHandler,
  type DqJob,
  DqModule,
  type DqEvent,
  DqProducer,
  DqScheduleError,
  getDqProducerToken,
} from 'nestjs-dq';
import {
  DqCron,
  DqCronModule,
  type DqCronOptions,
  type DqOccurrence,
  DqScheduler,
  type DqScheduleOptions,
  type DqScheduleTimes,
} from 'nestjs-dq/cron';
import { DqTesting, useDqTesting } from 'nestjs-dq/testing';
import { definitionOf } from '../../lib/cron/definition.js';
import { Schedules } from '../../lib/cron/schedules.js';
import { readSpec } from '../../lib/cron/spec/spec.js';

/** 09:00 in Berlin. */
const START = Date.parse('2027-01-04T08:00Z');
const MINUTE = 60_000;

let seen: string[];
let events: DqEvent[];
let doing: (at: DqOccurrence) => unknown;
let close: () => Promise<void>;
let virtual: () => number;
beforeEach(() => {
  seen = [];
  events = [];
  doing = () => undefined;
});
afterEach(() => close());

interface Bed {
  readonly dq: DqTesting;
  readonly scheduler: DqScheduler;
  readonly producer: DqProducer;
  readonly schedules: Schedules;
}

/** `slot+lateness`, and what it says besides. */
function note(name: string, slot: Date, missed: number, now: number, attempt: number): void {
  const more = [missed > 0 ? ` missed ${missed}` : '', attempt > 1 ? ` attempt ${attempt}` : ''].join('');
  seen.push(`${name} ${slot.toISOString().slice(5, 19)}+${now - slot.getTime()}${more}`);
}

async function open(...providers: Type[]): Promise<Bed> {
  @Injectable()
  class Invoices {
    @DqHandler('invoices', { attempts: 3, backoff: { type: 'fixed', delay: 1_000 } })
    run(_data: unknown, job: DqJob): unknown {
      const { schedule } = job;
      if (schedule === undefined) return seen.push('no schedule');
      note(schedule.name, schedule.slot, schedule.missed, dq.now(), job.attempt);
      return doing({ ...schedule, job });
    }
  }
  const module = await useDqTesting(
    Test.createTestingModule({
      imports: [
        DqModule.forRoot({
          embedded: true,
          logger: false,
          tubes: ['invoices'],
          onEvent: (event) => void events.push(event),
        }),
        DqCronModule.forRoot({ tube: 'crons', attempts: 3, backoff: { type: 'fixed', delay: 1_000 } }),
      ],
      providers: [Invoices, ...providers],
    }),
    { now: START },
  ).compile();
  close = () => module.close();
  const dq = module.get(DqTesting);
  virtual = () => dq.now();
  await module.init();
  return {
    dq,
    schedules: module.get(Schedules, { strict: false }),
    scheduler: module.get(DqScheduler),
    producer: module.get<DqProducer>(getDqProducerToken('invoices')),
  };
}

function cron(times: string | DqScheduleTimes, options?: DqCronOptions): Type {
  @Injectable()
  class Reports {
    @DqCron(times, options)
    daily(at: DqOccurrence): unknown {
      note(at.name, at.slot, at.missed, virtual(), at.job.attempt);
      return doing(at);
    }
  }
  return Reports;
}

describe('a method with @DqCron', () => {
  it('runs at each of its times while a test advances, for a whole year', async () => {
    const { dq } = await open(cron('0 9 * * *', { timeZone: 'Europe/Berlin' }));
    expect(dq.schedules()).toMatchObject([
      {
        name: 'Reports.daily',
        tube: 'crons',
        cron: '0 9 * * *',
        timeZone: 'Europe/Berlin',
        next: new Date(START + 1_440 * MINUTE),
      },
    ]);
    await dq.advance('2d');
    expect(seen).toEqual(['Reports.daily 01-05T08:00:00+0', 'Reports.daily 01-06T08:00:00+0']);
    await dq.advance('363d');
    expect(seen).toHaveLength(365);
    expect(seen[200]).toBe('Reports.daily 07-24T07:00:00+0');
    expect(new Set(seen).size).toBe(365);
    expect(dq.schedules('crons')).toHaveLength(1);
    expect(dq.schedules('invoices')).toEqual([]);
  }, 60_000);

  it('is left out by drain, which would never end', async () => {
    const { dq, producer } = await open(cron({ every: '1m' }));
    await producer.delay('x', '90s');
    await dq.drain();
    expect(dq.now()).toBe(START + 90_000);
    expect(seen).toEqual(['Reports.daily 01-04T08:01:00+0', 'no schedule']);
  });

  it('is on a grid that is the same in all processes', async () => {
    const { dq } = await open(cron({ every: '7m' }));
    await dq.advance('15m');
    const grid = 7 * MINUTE;
    const first = Math.floor(START / grid + 1) * grid;
    expect(seen).toEqual(
      [first, first + grid].map((ms) => `Reports.daily ${new Date(ms).toISOString().slice(5, 19)}+0`),
    );
  });

  it('waits behind the end of its last run, retries included', async () => {
    const { dq } = await open(cron({ afterEnd: '10s' }));
    doing = ({ job }) => {
      if (seen.length === 2 && job.attempt === 1) throw new Error('not yet');
      return undefined;
    };
    await dq.advance('35s');
    expect(seen).toEqual([
      'Reports.daily 01-04T08:00:10+0',
      'Reports.daily 01-04T08:00:20+0',
      'Reports.daily 01-04T08:00:20+1000 attempt 2',
      'Reports.daily 01-04T08:00:31+0',
    ]);
  });

  it.each<readonly [string, () => unknown, number]>([
    ['dies of its attempts', () => Promise.reject(new Error('never')), 2],
    ['gives up', () => Promise.reject(new DqGiveUp('never')), 0],
  ])('goes on behind its last run when that %s', async (_, ends, retries) => {
    const { dq } = await open(cron({ afterEnd: '10s' }));
    doing = ends;
    await dq.advance(`${20 + 2 * retries}s`);
    expect(seen.filter((run) => run.endsWith('+0'))).toEqual([
      'Reports.daily 01-04T08:00:10+0',
      `Reports.daily 01-04T08:00:${20 + retries}+0`,
    ]);
    expect(dq.dead('crons').length).toBeGreaterThan(0);
  });

  it('comes again on its grid when a run fails, and while it is put off', async () => {
    const { dq } = await open(cron({ every: '1m' }));
    doing = ({ slot, job }) => {
      if (slot.getTime() !== START + MINUTE) return undefined;
      if (job.attempt === 1 && seen.length === 1) return new DqAgain('90s');
      throw new Error('never');
    };
    await dq.advance('3m');
    expect(seen).toEqual([
      'Reports.daily 01-04T08:01:00+0',
      'Reports.daily 01-04T08:02:00+0',
      'Reports.daily 01-04T08:01:00+90000',
      'Reports.daily 01-04T08:01:00+91000 attempt 2',
      'Reports.daily 01-04T08:01:00+92000 attempt 3',
      'Reports.daily 01-04T08:03:00+0',
    ]);
  });

  it('is later by its jitter, the same each time', async () => {
    const { dq } = await open(cron('0 * * * *', { jitter: '5m' }));
    await dq.advance('1h');
    const [job] = dq.jobs('crons');
    const lateMs = Number(job?.dueAt) - START - 60 * MINUTE;
    expect(lateMs).toBeGreaterThan(0);
    expect(lateMs).toBeLessThan(5 * MINUTE);
    await dq.advance('5m');
    expect(seen).toEqual([`Reports.daily 01-04T09:00:00+${lateMs}`]);
  });

  it('begins, ends, and has a limit', async () => {
    const at = (minutes: number): Date => new Date(START + minutes * MINUTE);
    const { dq } = await open(cron({ every: '1m' }, { startAt: at(2.5), endAt: at(9), limit: 3 }));
    await dq.advance('20m');
    expect(seen.map((run) => run.slice(-14))).toEqual(
      ['T08:02:30+0', 'T08:03:30+0', 'T08:04:30+0'].map((run) => `-04${run}`),
    );
    expect(dq.schedules()).toMatchObject([{ next: undefined }]);
  });

  it('is removed where it is disabled', async () => {
    const { dq } = await open(cron({ every: '1m' }, { disabled: true }));
    await dq.advance('5m');
    expect(seen).toEqual([]);
    expect(dq.schedules()).toEqual([]);
  });
});

describe('DqScheduler', () => {
  it('makes a schedule once, and changes it', async () => {
    const { dq, scheduler } = await open();
    const options = { tube: 'invoices', every: '10m', data: { customer: 42 } };
    expect(await scheduler.upsert('one', options)).toEqual({ outcome: 'created', next: new Date(START + 10 * MINUTE) });
    expect(await scheduler.upsert('one', { ...options })).toMatchObject({ outcome: 'unchanged' });
    const changed = await scheduler.upsert('one', { ...options, every: '15m' });
    expect(changed).toEqual({ outcome: 'changed', next: new Date(START + 15 * MINUTE) });
    await dq.advance('31m');
    expect(seen).toEqual(['one 01-04T08:15:00+0', 'one 01-04T08:30:00+0']);
    expect(dq.completed('invoices').map(({ data }) => data)).toContainEqual({ customer: 42 });
    expect(await scheduler.get('one')).toMatchObject({
      name: 'one',
      tube: 'invoices',
      every: 15 * MINUTE,
      missed: 'once',
      overlap: 'allow',
      paused: false,
      last: new Date(START + 30 * MINUTE),
      next: new Date(START + 45 * MINUTE),
    });
  });

  it('pauses, goes on, runs at once, and removes', async () => {
    const { dq, scheduler } = await open();
    await scheduler.upsert('one', { tube: 'invoices', every: '10m' });
    expect(await scheduler.pause('one')).toBe(true);
    await dq.advance('25m');
    expect(seen).toEqual([]);
    expect(await scheduler.runNow('one')).toBe(true);
    await dq.drain();
    expect(seen).toEqual(['one 01-04T08:25:00+0']);
    expect(await scheduler.resume('one')).toBe(true);
    await dq.advance('10m');
    expect(seen).toEqual(['one 01-04T08:25:00+0', 'one 01-04T08:30:00+0']);
    expect(await scheduler.remove('one')).toBe(true);
    await dq.advance('1h');
    expect(seen).toHaveLength(2);
    expect(await scheduler.remove('one')).toBe(false);
    expect(await scheduler.get('one')).toBeUndefined();
    for (const action of ['pause', 'resume', 'runNow'] as const) expect(await scheduler[action]('one')).toBe(false);
  });

  it('lists what there is, in all tubes or in one, and moves a name from one to another', async () => {
    const { scheduler } = await open(cron({ every: '1m' }));
    const names = async (tube?: string): Promise<string[]> => {
      const found: string[] = [];
      for await (const { name, tube: of } of scheduler.list({ tube })) found.push(`${name} ${of}`);
      return found.toSorted();
    };
    await scheduler.upsert('one', { tube: 'invoices', every: '10m' });
    expect(await names()).toEqual(['Reports.daily crons', 'one invoices']);
    expect(await names('invoices')).toEqual(['one invoices']);
    await scheduler.upsert('one', { every: '10m' });
    expect(await names()).toEqual(['Reports.daily crons', 'one dq-default']);
  });

  it('has many schedules, none of which drifts', async () => {
    const { dq, scheduler } = await open();
    for (let one = 0; one < 20; one++)
      await scheduler.upsert(`s${one}`, { tube: 'invoices', every: '1m', startAt: START + one * 2_500 });
    await dq.advance('1h');
    expect(seen).toHaveLength(20 * 60);
    expect(new Set(seen).size).toBe(20 * 60);
    expect(seen.filter((run) => !run.endsWith('+0'))).toEqual([]);
  }, 60_000);

  it('goes on behind an occurrence that was taken back', async () => {
    const { dq, scheduler, producer } = await open();
    await scheduler.upsert('one', { tube: 'invoices', every: '10m' });
    const [next] = dq.scheduled('invoices');
    expect(await producer.revoke(next?.handle ?? '')).toBe('revoked');
    await dq.advance('31m');
    expect(seen).toEqual(['one 01-04T08:20:00+0', 'one 01-04T08:30:00+0']);
  });

  it('shows what would come, and asks nobody', () => {
    close = async () => {};
    const from = new Date('2027-03-27T12:00Z');
    expect(DqScheduler.preview('30 2 * * *', { timeZone: 'Europe/Berlin', from, count: 2 })).toEqual([
      new Date('2027-03-28T01:00Z'),
      new Date('2027-03-29T00:30Z'),
    ]);
    expect(DqScheduler.preview({ every: '1h' }, { from })).toHaveLength(5);
    expect(() => DqScheduler.preview('0 0 31 2 *')).toThrow(DqScheduleError);
    expect(() => DqScheduler.preview('* * * * *', { count: 0 })).toThrow(DqScheduleError);
  });

  it('refuses what nobody can keep before anything is written', async () => {
    const { dq, scheduler } = await open();
    const tube = 'invoices';
    const wrong: readonly (readonly [string, DqScheduleOptions, RegExp])[] = [
      ['one', { tube, cron: '0 0 31 2 *' }, /never/],
      ['one', { tube, cron: '0 9 * * *', timeZone: 'Europe/Berln' }, /Europe\/Berlin/],
      ['one', { tube, cron: '* * * * *', afterEnd: '1s' }, /cron and afterEnd/],
      ['one', { tube, every: '1m', missedWindow: '1h' }, /missedWindow/],
      ['a b', { tube, every: '1m' }, /name of 1 to 80/],
      ['one', { tube: 'unknown', every: '1m' }, /unknown/],
      ['one', { tube: 'crons', every: '1m' }, /@DqCron/],
      ['one', { tube, every: '1m', data: 1n }, /BigInt/],
      ['one', { tube, every: '1m', data: 'x'.repeat(70_000) }, /at most 65535 bytes/],
      ['one', { tube, every: '1m', id: 'x' } as DqScheduleOptions, /"id"/],
    ];
    for (const [name, options, text] of wrong) await expect(scheduler.upsert(name, options)).rejects.toThrow(text);
    expect(dq.schedules()).toEqual([]);
    expect(dq.jobs()).toEqual([]);
  });
});

describe('an application with methods that nobody can keep', () => {
  it.each<readonly [string, readonly Type[], RegExp]>([
    ['a pattern that never comes', [cron('0 0 31 2 *')], /@DqCron|never/],
    ['an unknown zone', [cron('0 9 * * *', { timeZone: 'Berlin' })], /time zone/],
    ['missedWindow without missed', [cron('0 9 * * *', { missedWindow: '1h' })], /missedWindow/],
    ['two of one name', [cron('* * * * *', { name: 'a' }), cron('0 * * * *', { name: 'a' })], /name 'a'/],
    ['afterEnd with a pattern', [cron({ cron: '* * * * *', afterEnd: '1s' })], /cron and afterEnd/],
    ['an option that there is not', [cron('* * * * *', { timezone: 'UTC' } as DqCronOptions)], /timeZone/],
  ])('is refused at boot: %s', async (_, providers, text) => {
    close = async () => {};
    await expect(open(...providers)).rejects.toThrow(text);
  });
});

describe('the methods of an application', () => {
  it('have their guards and interceptors, may be of request scope, and inherited', async () => {
    @Injectable()
    class Noted implements NestInterceptor {
      intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
        const [at, job] = context.getArgs<[DqOccurrence, DqJob]>();
        seen.push(`${context.getType()} ${at.name} ${at.job === job}`);
        return next.handle();
      }
    }
    abstract class Base {
      @DqCron({ every: '1m' })
      inherited({ name }: DqOccurrence): void {
        seen.push(`${name} of ${this.constructor.name}`);
      }

      @DqCron({ every: '1m' })
      overridden(): void {
        seen.push('not this one');
      }
    }
    @Injectable({ scope: Scope.REQUEST })
    class Reports extends Base {
      constructor(@Inject(REQUEST) readonly job: DqJob) {
        super();
      }

      @UseInterceptors(Noted)
      @DqCron({ every: '1m' })
      own(at: DqOccurrence): void {
        seen.push(`${at.name} ${this.job === at.job}`);
      }

      override overridden(): void {
        seen.push('this one');
      }
    }
    const { dq } = await open(Reports);
    await dq.advance('1m');
    expect(seen.toSorted()).toEqual([
      'Reports.inherited of Reports',
      'Reports.own true',
      'dq Reports.own true',
      'this one',
    ]);
  });

  it('that are not there are waited for as long as a deploy takes; then the schedule is removed, and told', async () => {
    const { dq, schedules } = await open();
    const definition = definitionOf(readSpec({ every: '1h' }, 'x'), 'null');
    await schedules.put('crons', [{ tube: 'crons', name: 'ghost', definition }]);
    await dq.advance('69m');
    expect(dq.schedules('crons').map(({ name }) => name)).toEqual(['ghost']);
    expect(events.filter(({ type }) => type === 'schedule-unknown')).toEqual([]);
    await dq.advance('2m');
    expect(dq.schedules('crons')).toEqual([]);
    expect(events).toContainEqual({ type: 'schedule-unknown', tube: 'crons', name: 'ghost' });
    await dq.advance('2h');
    expect(dq.scheduled('crons')).toEqual([]);
  });

  it('are given up by a job that is no occurrence', async () => {
    const { dq } = await open(cron({ every: '1h' }));
    await dq.advance(0);
    expect(await dq.run('crons', null)).toMatchObject({
      outcome: 'given-up',
      reason: expect.stringMatching(/no occurrence/),
    });
  });
});

describe('an application without DqCronModule', () => {
  it('is refused at boot where a method has @DqCron, which would never run', async () => {
    close = async () => {};
    const module = await useDqTesting(
      Test.createTestingModule({
        imports: [DqModule.forRoot({ embedded: true, logger: false })],
        providers: [cron('* * * * *')],
      }),
    ).compile();
    await expect(module.init()).rejects.toThrow(/DqCronModule in the application, since Reports\.daily has @DqCron/);
  });

  it('starts with DqCronModule without a tube, unless a method needs one', async () => {
    close = async () => {};
    const start = async (...providers: Type[]): Promise<void> => {
      const imports = [DqModule.forRoot({ embedded: true, logger: false }), DqCronModule.forRoot()];
      const module = await useDqTesting(Test.createTestingModule({ imports, providers })).compile();
      await module.init();
      await module.close();
    };
    await start();
    await expect(start(cron('* * * * *'))).rejects.toThrow(/a tube for @DqCron of 'Reports.daily'/);
    expect(() => DqCronModule.forRoot({ tubes: 'x' } as object)).toThrow(/tube/);
  });
});
