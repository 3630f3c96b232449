// The child of cron-process.ts.
import { once } from 'node:events';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DqModule } from '../../lib/index.js';
import { DqCron, DqCronModule, type DqOccurrence } from '../../lib/cron/index.js';
import type { CronRun, CronSetup } from './cron-process.js';

const [{ servers, tube, times, options, own }] = (await once(process, 'message')) as [CronSetup];

function tell(run: CronRun): void {
  if (process.connected) process.send?.(run);
}

@Injectable()
class Ticks {
  @DqCron(times, { name: 'tick', ...options })
  tick({ slot, missed, job }: DqOccurrence): void {
    tell({ slot: slot.getTime(), at: Date.now(), missed, attempt: job.attempt });
  }
}

@Module({
  imports: [DqModule.forRoot({ ...servers, logger: false }), DqCronModule.forRoot({ tube, ...own })],
  providers: [Ticks],
})
class AppModule {}

await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
tell({ slot: 0, at: Date.now(), missed: 0, attempt: 0 });
