import { Injectable, type ModuleMetadata, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach } from '@jest/globals';
import { type DqEvent, DqHandler, type DqJob, DqModule, DqProducer, getDqProducerToken } from 'nestjs-dq';
import {
  DqCron,
  DqCronModule,
  type DqCronOptions,
  type DqOccurrence,
  DqScheduler,
  type DqScheduleTimes,
} from 'nestjs-dq/cron';
import { DqTesting, useDqTesting } from 'nestjs-dq/testing';
import { Schedules } from '../../lib/cron/schedules.js';

/** 09:00 in Berlin. */
export const START = Date.parse('2027-01-04T08:00Z');
export const MINUTE = 60_000;
const OWN = { attempts: 3, backoff: { type: 'fixed', delay: 1_000 } } as const;

interface CronApp {
  readonly dq: DqTesting;
  readonly scheduler: DqScheduler;
  readonly producer: DqProducer;
  readonly schedules: Schedules;
}

/** Applications with recurring jobs under virtual time: a tube `invoices` for `DqScheduler`, and one for methods with `@DqCron`. */
class CronBed {
  seen: string[] = [];
  events: DqEvent[] = [];
  /** What each run does besides. */
  doing: (at: DqOccurrence) => unknown = () => undefined;
  #module: TestingModule | undefined;

  async open(...providers: Type[]): Promise<CronApp> {
    const run = (at: DqOccurrence): unknown => this.#run(at);
    const { seen } = this;
    @Injectable()
    class Invoices {
      @DqHandler('invoices', OWN)
      run(_data: unknown, job: DqJob): unknown {
        return job.schedule === undefined ? seen.push('no schedule') : run({ ...job.schedule, job });
      }
    }
    const onEvent = (event: DqEvent): void => void this.events.push(event);
    const module = await this.compile({
      imports: [
        DqModule.forRoot({ embedded: true, logger: false, tubes: ['invoices'], onEvent }),
        DqCronModule.forRoot({ tube: 'crons', ...OWN }),
      ],
      providers: [Invoices, ...providers],
    });
    await module.init();
    this.#module = module;
    return {
      dq: module.get(DqTesting),
      schedules: module.get(Schedules, { strict: false }),
      scheduler: module.get(DqScheduler),
      producer: module.get<DqProducer>(getDqProducerToken('invoices')),
    };
  }

  /** Under virtual time, and not initialized yet. */
  compile(metadata: ModuleMetadata): Promise<TestingModule> {
    return useDqTesting(Test.createTestingModule(metadata), { now: START }).compile();
  }

  /** A class with one method. */
  cron(times: string | DqScheduleTimes, options?: DqCronOptions): Type {
    const run = (at: DqOccurrence): unknown => this.#run(at);
    @Injectable()
    class Reports {
      @DqCron(times, options)
      daily(at: DqOccurrence): unknown {
        return run(at);
      }
    }
    return Reports;
  }

  async close(): Promise<void> {
    await this.#module?.close();
    this.#module = undefined;
  }

  /** Notes `slot+lateness`, and what it says besides. */
  #run(at: DqOccurrence): unknown {
    const { name, slot, missed, job } = at;
    const now = this.#module?.get(DqTesting).now() ?? 0;
    const more = [missed > 0 ? ` missed ${missed}` : '', job.attempt > 1 ? ` attempt ${job.attempt}` : ''].join('');
    this.seen.push(`${name} ${slot.toISOString().slice(5, 19)}+${now - slot.getTime()}${more}`);
    return this.doing(at);
  }
}

/** For the spec that calls this. */
export function cronBed(): CronBed {
  const bed = new CronBed();
  beforeEach(() => {
    bed.seen = [];
    bed.events = [];
    bed.doing = () => undefined;
  });
  afterEach(() => bed.close());
  return bed;
}
