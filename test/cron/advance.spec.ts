import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DqModule } from 'nestjs-dq';
import { DqCron, DqCronModule, type DqOccurrence } from 'nestjs-dq/cron';
import { DqTesting, useDqTesting } from 'nestjs-dq/testing';

const START = Date.parse('2027-01-04T08:00Z');
const seen: string[] = [];

@Injectable()
class Reports {
  @DqCron('0 9 * * *', { timeZone: 'Europe/Berlin' })
  daily({ slot, missed, job }: DqOccurrence): void {
    seen.push(`${slot.toISOString()} ${missed} ${job.attempt}`);
  }
}

describe('x', () => {
  it('runs crons', async () => {
    const module = await useDqTesting(
      Test.createTestingModule({
        imports: [DqModule.forRoot({ embedded: true, logger: false }), DqCronModule.forRoot({ tube: 'crons' })],
        providers: [Reports],
      }),
      { now: START },
    ).compile();
    await module.init();
    const dq = module.get(DqTesting);
    await dq.advance('3d');
    console.log(seen);
    const t0 = Date.now();
    await dq.advance('1y');
    console.log(seen.length, Date.now() - t0);
    await module.close();
  });
});
