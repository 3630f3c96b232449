// Recurring jobs of an embedded queue in a file: from one start to the next.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { DqHandler, type DqJob, DqModule } from 'nestjs-dq';
import { DqCron, DqCronModule, type DqOccurrence, DqScheduler } from 'nestjs-dq/cron';
import { describeFile } from '../support/describe-file.js';
import { until } from '../support/wait.js';

describeFile('recurring jobs in a file', () => {
  let dir: string;
  let app: INestApplicationContext;
  let runs: string[];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nestjs-dq-'));
    runs = [];
  });
  afterEach(async () => {
    await app.close();
    await rm(dir, { recursive: true });
  });

  async function start(): Promise<DqScheduler> {
    @Injectable()
    class Jobs {
      @DqHandler('work')
      run(data: unknown, { schedule }: DqJob): void {
        runs.push(`${schedule?.name} ${JSON.stringify(data)}`);
      }

      @DqCron('* * * * * *')
      tick({ slot, missed }: DqOccurrence): void {
        runs.push(`tick ${slot.getTime()} ${missed}`);
      }
    }
    @Module({
      imports: [
        DqModule.forRoot({ embedded: { file: join(dir, 'jobs') }, tubes: ['work'], logger: false }),
        DqCronModule.forRoot({ tube: 'crons' }),
      ],
      providers: [Jobs],
    })
    class AppModule {}
    app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    return app.get(DqScheduler);
  }

  it('go on where they were, with those that were made at run time, and run once for all that were missed', async () => {
    const scheduler = await start();
    await scheduler.upsert('one', { tube: 'work', every: '1s', data: { customer: 42 } });
    await scheduler.upsert('two', { tube: 'work', every: '1s' });
    await scheduler.remove('two');
    await until(() => runs.length >= 4);
    await app.close();
    const before = runs.splice(0);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const again = await start();
    expect(await again.get('one')).toMatchObject({ every: 1_000, tube: 'work' });
    expect(await again.get('two')).toBeUndefined();
    await until(() => runs.filter((run) => run.startsWith('tick')).length >= 2 && runs.includes('one {"customer":42}'));
    const [last, first] = [before, runs].map((all, at) => all.filter((run) => run.startsWith('tick')).at(at - 1) ?? '');
    expect(first).toMatch(/ [12345]$/);
    expect(runs.join()).not.toContain('two');
    expect(runs).not.toContain(last);
  });
});
