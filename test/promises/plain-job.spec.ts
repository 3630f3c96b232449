// The job that a handler gets: a small object of its own, to be copied and logged.
import { inspect } from 'node:util';
import {
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DqHandler, DqInspector, type DqJob, DqModule, type DqProducer, getDqProducerToken } from 'nestjs-dq';
import { Gate } from '../support/gate.js';
import { failOnLeaks } from '../support/leaks.js';
import { Recorder, until } from '../support/wait.js';

const SECRET = 'DE02120300000000202051';
const FIELDS = ['signal', 'id', 'tube', 'key', 'data', 'dueAt', 'attempt', 'attempts', 'headers'];

class Order {
  constructor(readonly iban: string) {}
}

@Injectable()
class ToOrder implements PipeTransform {
  transform(value: { readonly iban: string }): Order {
    return new Order(value.iban);
  }
}

const seen = new Recorder<readonly [where: string, data: unknown]>();
const jobs = new Recorder<DqJob>();
let gate: Gate;

@Injectable()
class Looks implements CanActivate, NestInterceptor {
  canActivate(context: ExecutionContext): boolean {
    const [data, job] = context.getArgs<[unknown, DqJob]>();
    seen.add(['guard', job.data === data && data instanceof Order]);
    return true;
  }

  intercept(context: ExecutionContext, next: CallHandler): ReturnType<NestInterceptor['intercept']> {
    const [data, job] = context.getArgs<[unknown, DqJob]>();
    seen.add(['interceptor', job.data === data && data instanceof Order]);
    return next.handle();
  }
}

@Injectable()
class Jobs {
  @DqHandler('plain', { timeout: '200ms', attempts: 1 })
  plain(_: unknown, job: DqJob): Promise<void> {
    jobs.add(job);
    return gate.opened;
  }

  @DqHandler('piped')
  @UseGuards(Looks)
  @UseInterceptors(Looks)
  @UsePipes(ToOrder)
  piped(order: Order, job: DqJob<Order>): void {
    seen.add(['handler', order instanceof Order && job.data === order]);
    jobs.add(job);
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerJob {
  constructor(@Inject(REQUEST) private readonly request: DqJob) {}

  @DqHandler('scoped')
  @UsePipes(ToOrder)
  run(order: Order, job: DqJob<Order>): void {
    seen.add(['request', this.request === job && this.request.data === order]);
    jobs.add(job);
  }
}

let module: TestingModule;

beforeEach(async () => {
  seen.clear();
  jobs.clear();
  gate = new Gate();
  const queue = DqModule.forRoot({ embedded: true, logger: false, tubes: ['plain', 'piped', 'scoped'] });
  module = await Test.createTestingModule({ imports: [queue], providers: [Jobs, PerJob] }).compile();
  await module.init();
});

afterEach(async () => {
  gate.open();
  await module.close();
});

failOnLeaks();

async function jobOf(tube: string): Promise<DqJob> {
  const producer = module.get<DqProducer>(getDqProducerToken(tube));
  await producer.delay({ iban: SECRET }, 0, { id: 'order-1', headers: { traceparent: '00-1' } });
  const [job] = await jobs.next();
  return job as DqJob;
}

describe('the job that a handler gets', () => {
  it.each(['plain', 'piped', 'scoped'])('can be copied with all its fields, and has no others (%s)', async (tube) => {
    const job = await jobOf(tube);
    const copy = { ...job };
    expect(Object.keys(job)).toEqual(FIELDS);
    expect(Object.keys(copy)).toEqual(FIELDS);
    const { id, attempt, attempts, headers, dueAt, data } = copy;
    expect([id, copy.tube, attempt, attempts, headers, data]).toEqual([
      'order-1',
      tube,
      1,
      tube === 'plain' ? 1 : 5,
      { traceparent: '00-1' },
      { iban: SECRET },
    ]);
    expect(dueAt).toBeInstanceOf(Date);
    expect(Object.assign({}, job)).toEqual(copy);
    for (const name in job) expect(FIELDS).toContain(name);
  });

  it.each(['plain', 'piped', 'scoped'])('can be logged as JSON, without the payload (%s)', async (tube) => {
    const job = await jobOf(tube);
    const { id, attempt, attempts, headers, dueAt } = job;
    const shown = { id, tube, dueAt: dueAt.toISOString(), attempt, attempts, headers };
    expect(JSON.parse(JSON.stringify({ job }))).toEqual({ job: shown });
    expect(JSON.stringify(job)).not.toContain(SECRET);
  });

  it.each(['plain', 'piped', 'scoped'])('shows nothing of the queue when it is inspected (%s)', async (tube) => {
    const text = inspect(await jobOf(tube), { depth: 10, showHidden: false });
    expect(text.length).toBeLessThan(500);
    expect(text).not.toMatch(/envelope|lane|settings|clock|owner|payload|Buffer|renewedAt/i);
    for (const field of FIELDS) expect(text).toContain(field);
  });

  it('has a signal that fires in its copies too, whenever it is asked for', async () => {
    const job = await jobOf('plain');
    const { signal } = { ...job };
    expect(signal).toBe(job.signal);
    await until(() => signal.aborted);
    expect((signal.reason as Error).name).toBe('DqTimeoutError');
    expect({ ...job }.signal.aborted).toBe(true);
  });

  it('has a signal that has fired when it is asked for late', async () => {
    const job = await jobOf('plain');
    await until(() => module.get(DqInspector).running('plain')[0]?.running === 0);
    expect(job.signal.aborted).toBe(true);
    expect(job.signal.reason).toMatchObject({ code: 'DQ_TIMEOUT' });
  });

  it('has the data that is the first parameter: after pipes in the handler, before them around it', async () => {
    await jobOf('piped');
    expect(await seen.next(3)).toEqual([
      ['guard', false],
      ['interceptor', false],
      ['handler', true],
    ]);
    await jobOf('scoped');
    expect(await seen.next(1)).toEqual([['request', true]]);
  });

  it('may be given to what it has no name for yet, as a request of HTTP may', async () => {
    const job = await jobOf('piped');
    Object.assign(job, { tenant: 'eu' });
    expect(job).toMatchObject({ tenant: 'eu' });
  });
});
