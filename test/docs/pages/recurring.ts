// The code of docs/guides/recurring.md, compiled and run.
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DqHandler, type DqJob, DqModule } from 'nestjs-dq';
import { DqCron, DqCronModule, type DqOccurrence, type DqSchedule, DqScheduler } from 'nestjs-dq/cron';
import { DqTesting, useDqTesting } from 'nestjs-dq/testing';

@Injectable()
export class Reports {
  readonly sent: string[] = [];

  @DqCron('0 9 * * 1-5', { timeZone: 'Europe/Berlin' })
  async daily({ slot, missed, job }: DqOccurrence): Promise<void> {
    this.sent.push(`${slot.toISOString()}, ${missed} left out before it, attempt ${job.attempt}`);
  }

  @DqCron({ every: '15m' }) // at :00, :15, :30 and :45
  async sync(): Promise<void> {}

  @DqCron({ afterEnd: '10m' }) // 10 minutes after the last run has ended
  async poll(): Promise<void> {}
}

@Injectable()
export class Invoices {
  constructor(private readonly scheduler: DqScheduler) {}

  async subscribe(customer: number): Promise<Date | undefined> {
    const { next } = await this.scheduler.upsert(`invoice-${customer}`, {
      tube: 'invoices',
      data: { customer },
      cron: '0 9 1 * *',
      timeZone: 'America/New_York',
      attempts: 3,
    });
    return next;
  }

  @DqHandler('invoices')
  async bill(data: { customer: number }, job: DqJob): Promise<string> {
    return `${data.customer} for ${job.schedule?.slot.toISOString()}`;
  }
}

@Module({
  imports: [
    DqModule.forRoot({
      beanstalks: ['node1:11300', 'node2:11300', 'node3:11300'],
      redis: 'redis://redis:6379',
      tubes: ['invoices'],
    }),
    DqCronModule.forRoot({ tube: 'billing-cron' }),
  ],
  providers: [Reports, Invoices],
})
export class AppModule {}

export async function operate(scheduler: DqScheduler): Promise<DqSchedule[]> {
  await scheduler.pause('invoice-42'); // its times go by without a run, until resume
  await scheduler.resume('invoice-42');
  await scheduler.runNow('invoice-42'); // one run more
  await scheduler.remove('invoice-42'); // holds with a node down
  const all: DqSchedule[] = [];
  for await (const schedule of scheduler.list({ tube: 'invoices' })) all.push(schedule);
  return all;
}

export function preview(): Date[] {
  return DqScheduler.preview('30 2 * * *', { timeZone: 'Europe/Berlin', count: 5 }); // asks nobody
}

export async function test(): Promise<readonly string[]> {
  const moduleRef = await useDqTesting(Test.createTestingModule({ imports: [AppModule] }), {
    now: Date.parse('2027-01-04T00:00:00Z'), // a Monday
  }).compile();
  await moduleRef.init();
  const dq = moduleRef.get(DqTesting);
  await dq.advance('1d'); // runs all that comes in a day
  const names = dq.schedules('billing-cron').map(({ name }) => name);
  const { sent } = moduleRef.get(Reports);
  await moduleRef.close();
  return [...names.toSorted(), ...sent];
}
