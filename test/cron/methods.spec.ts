// Methods with @DqCron under virtual time, and what a test of an application can do with them.
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Scope,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { describe, expect, it } from '@jest/globals';
import { DqAgain, DqGiveUp, type DqJob } from 'nestjs-dq';
import { DqCron, type DqOccurrence } from 'nestjs-dq/cron';
import { definitionOf } from '../../lib/cron/definition.js';
import { readSpec } from '../../lib/cron/spec/spec.js';
import { cronBed, MINUTE, START } from './cron-bed.js';

const bed = cronBed();

describe('a method with @DqCron', () => {
  it('runs at each of its times while a test advances, for a whole year', async () => {
    const { dq } = await bed.open(bed.cron('0 9 * * *', { timeZone: 'Europe/Berlin' }));
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
    expect(bed.seen).toEqual(['Reports.daily 01-05T08:00:00+0', 'Reports.daily 01-06T08:00:00+0']);
    await dq.advance('363d');
    expect(bed.seen).toHaveLength(365);
    expect(bed.seen[200]).toBe('Reports.daily 07-24T07:00:00+0');
    expect(new Set(bed.seen).size).toBe(365);
    expect(dq.schedules('crons')).toHaveLength(1);
    expect(dq.schedules('invoices')).toEqual([]);
  }, 60_000);

  it('is left out by drain, which would never end', async () => {
    const { dq, producer } = await bed.open(bed.cron({ every: '1m' }));
    await producer.delay('x', '90s');
    await dq.drain();
    expect(dq.now()).toBe(START + 90_000);
    expect(bed.seen).toEqual(['Reports.daily 01-04T08:01:00+0', 'no schedule']);
  });

  it('is on a grid that is the same in all processes', async () => {
    const { dq } = await bed.open(bed.cron({ every: '7m' }));
    await dq.advance('15m');
    const grid = 7 * MINUTE;
    const first = Math.floor(START / grid + 1) * grid;
    expect(bed.seen).toEqual(
      [first, first + grid].map((ms) => `Reports.daily ${new Date(ms).toISOString().slice(5, 19)}+0`),
    );
  });

  it('waits behind the end of its last run, retries included', async () => {
    const { dq } = await bed.open(bed.cron({ afterEnd: '10s' }));
    bed.doing = ({ job }) => {
      if (bed.seen.length === 2 && job.attempt === 1) throw new Error('not yet');
      return undefined;
    };
    await dq.advance('35s');
    expect(bed.seen).toEqual([
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
    const { dq } = await bed.open(bed.cron({ afterEnd: '10s' }));
    bed.doing = ends;
    await dq.advance(`${20 + 2 * retries}s`);
    expect(bed.seen.filter((run) => run.endsWith('+0'))).toEqual([
      'Reports.daily 01-04T08:00:10+0',
      `Reports.daily 01-04T08:00:${20 + retries}+0`,
    ]);
    expect(dq.dead('crons').length).toBeGreaterThan(0);
  });

  it('comes again on its grid when a run fails, and while it is put off', async () => {
    const { dq } = await bed.open(bed.cron({ every: '1m' }));
    bed.doing = ({ slot, job }) => {
      if (slot.getTime() !== START + MINUTE) return undefined;
      if (job.attempt === 1 && bed.seen.length === 1) return new DqAgain('90s');
      throw new Error('never');
    };
    await dq.advance('3m');
    expect(bed.seen).toEqual([
      'Reports.daily 01-04T08:01:00+0',
      'Reports.daily 01-04T08:02:00+0',
      'Reports.daily 01-04T08:01:00+90000',
      'Reports.daily 01-04T08:01:00+91000 attempt 2',
      'Reports.daily 01-04T08:01:00+92000 attempt 3',
      'Reports.daily 01-04T08:03:00+0',
    ]);
  });

  it('is later by its jitter, the same each time', async () => {
    const { dq } = await bed.open(bed.cron('0 * * * *', { jitter: '5m' }));
    await dq.advance('1h');
    const [job] = dq.jobs('crons');
    const lateMs = Number(job?.dueAt) - START - 60 * MINUTE;
    expect(lateMs).toBeGreaterThan(0);
    expect(lateMs).toBeLessThan(5 * MINUTE);
    await dq.advance('5m');
    expect(bed.seen).toEqual([`Reports.daily 01-04T09:00:00+${lateMs}`]);
  });

  it('begins, ends, and has a limit', async () => {
    const at = (minutes: number): Date => new Date(START + minutes * MINUTE);
    const { dq } = await bed.open(bed.cron({ every: '1m' }, { startAt: at(2.5), endAt: at(9), limit: 3 }));
    await dq.advance('20m');
    expect(bed.seen.map((run) => run.slice(-14))).toEqual(
      ['T08:02:30+0', 'T08:03:30+0', 'T08:04:30+0'].map((run) => `-04${run}`),
    );
    expect(dq.schedules()).toMatchObject([{ next: undefined }]);
  });

  it('is removed where it is disabled', async () => {
    const { dq } = await bed.open(bed.cron({ every: '1m' }, { disabled: true }));
    await dq.advance('5m');
    expect(bed.seen).toEqual([]);
    expect(dq.schedules()).toEqual([]);
  });
});

describe('the methods of an application', () => {
  it('have their guards and interceptors, may be of request scope, and inherited', async () => {
    @Injectable()
    class Noted implements NestInterceptor {
      intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
        const [at, job] = context.getArgs<[DqOccurrence, DqJob]>();
        bed.seen.push(`${context.getType()} ${at.name} ${at.job === job}`);
        return next.handle();
      }
    }
    abstract class Base {
      @DqCron({ every: '1m' })
      inherited({ name }: DqOccurrence): void {
        bed.seen.push(`${name} of ${this.constructor.name}`);
      }

      @DqCron({ every: '1m' })
      overridden(): void {
        bed.seen.push('not this one');
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
        bed.seen.push(`${at.name} ${this.job === at.job}`);
      }

      override overridden(): void {
        bed.seen.push('this one');
      }
    }
    const { dq } = await bed.open(Reports);
    await dq.advance('1m');
    expect(bed.seen.toSorted()).toEqual([
      'Reports.inherited of Reports',
      'Reports.own true',
      'dq Reports.own true',
      'this one',
    ]);
  });

  it('have their guards where another decorator replaced the method, and none of a method that is overridden', async () => {
    const guard = (name: string) => UseGuards({ canActivate: () => bed.seen.push(`guard of ${name}`) > 0 });
    const Wrapped: MethodDecorator = (_target, _key, descriptor) => {
      const first = descriptor.value as unknown as (...args: unknown[]) => unknown;
      descriptor.value = function (this: unknown, ...args: unknown[]): unknown {
        return first.apply(this, args);
      } as never;
    };
    abstract class Base {
      @Wrapped
      @guard('replaced')
      @DqCron({ every: '1m' })
      replaced(): void {
        bed.seen.push('replaced');
      }

      @guard('overridden')
      @DqCron({ every: '1m' })
      overridden(): void {}
    }
    @Injectable()
    class Reports extends Base {
      override overridden(): void {
        bed.seen.push('overriding');
      }
    }
    const { dq } = await bed.open(Reports);
    await dq.advance('1m');
    expect(bed.seen.toSorted()).toEqual(['guard of replaced', 'overriding', 'replaced']);
  });

  it('that are not there are waited for as long as a deploy takes; then the schedule is removed, and told', async () => {
    const { dq, schedules } = await bed.open();
    const definition = definitionOf(readSpec({ every: '1h' }, 'x'), 'null');
    await schedules.put('crons', [{ tube: 'crons', name: 'ghost', definition }]);
    await dq.advance('69m');
    expect(dq.schedules('crons').map(({ name }) => name)).toEqual(['ghost']);
    expect(bed.events.filter(({ type }) => type === 'schedule-unknown')).toEqual([]);
    await dq.advance('2m');
    expect(dq.schedules('crons')).toEqual([]);
    expect(bed.events).toContainEqual({ type: 'schedule-unknown', tube: 'crons', name: 'ghost' });
    await dq.advance('2h');
    expect(dq.scheduled('crons')).toEqual([]);
  });

  it('are given up by a job that is no occurrence', async () => {
    const { dq } = await bed.open(bed.cron({ every: '1h' }));
    await dq.advance(0);
    expect(await dq.run('crons', null)).toMatchObject({
      outcome: 'given-up',
      reason: expect.stringMatching(/no occurrence/),
    });
  });
});
