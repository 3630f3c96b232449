import { Injectable, type OnModuleDestroy, type OnModuleInit, type Type } from '@nestjs/common';
import { DqHandler, type DqJob, DqProducer } from 'nestjs-dq';
import { seen } from './seen.js';

/** What handlers need: open from `onModuleInit` to `onModuleDestroy`, as a pool of connections is. */
@Injectable()
export class Database implements OnModuleInit, OnModuleDestroy {
  #open = false;

  onModuleInit(): void {
    this.#open = true;
  }

  onModuleDestroy(): void {
    this.#open = false;
    seen.add('database closed');
  }

  query(): void {
    if (!this.#open) throw new Error('the database is closed');
  }
}

/** A provider whose handler of the tube has a database and a producer. */
export function jobsOf(
  tube: string,
  run: (job: DqJob, database: Database, producer: DqProducer) => unknown,
): Type<unknown> {
  @Injectable()
  class Jobs {
    constructor(
      private readonly database: Database,
      private readonly producer: DqProducer,
    ) {}

    @DqHandler(tube)
    handle(_: unknown, job: DqJob): unknown {
      return run(job, this.database, this.producer);
    }
  }
  return Jobs;
}
