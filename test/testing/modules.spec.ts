import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Catch,
  type DynamicModule,
  type ExceptionFilter,
  type ExecutionContext,
  Inject,
  Injectable,
  Module,
  type ModuleMetadata,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  DqHandler,
  type DqJob,
  DqModule,
  type DqOptions,
  DqOptionsError,
  DqProducer,
  getDqProducerToken,
  InjectDqProducer,
} from 'nestjs-dq';
import { DqTesting, DqTestingModule, type DqTestingSettings, useDqTesting } from 'nestjs-dq/testing';

const SERVERS = { beanstalks: ['10.255.0.1:1', '10.255.0.2:1', '10.255.0.3:1'], redis: 'redis://10.255.0.9:1' };
const root = (more: Partial<DqOptions> = {}): DynamicModule =>
  DqModule.forRoot({ ...SERVERS, tubes: ['orders'], ...more });
const opened: TestingModule[] = [];

/** An application as production has it, under virtual time. */
async function open(
  metadata: ModuleMetadata,
  settings?: DqTestingSettings,
): Promise<{ module: TestingModule; dq: DqTesting }> {
  const module = await useDqTesting(Test.createTestingModule(metadata), settings).compile();
  opened.push(module);
  await module.init();
  return { module, dq: module.get(DqTesting) };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((module) => module.close()));
});

let seen: unknown[] = [];

@Injectable()
class OrderService {
  constructor(@InjectDqProducer('orders') readonly orders: DqProducer<number>) {}

  @DqHandler('orders')
  run(data: number): void {
    seen.push(data);
  }
}

async function runs(module: TestingModule, dq: DqTesting, data: number): Promise<void> {
  seen = [];
  await module.get(OrderService, { strict: false }).orders.delay(data, '1h');
  await dq.advance('59m');
  expect(seen).toEqual([]);
  await dq.advance('1m');
  expect(seen).toEqual([data]);
}

describe('an application with servers', () => {
  it('of forRoot contacts none', async () => {
    const { module, dq } = await open({ imports: [root()], providers: [OrderService] });
    await runs(module, dq, 1);
    const handle = await module.get(OrderService).orders.delay(2, '1h');
    expect(handle).toMatch(
      /^10\.255\.0\.\d:1\/orders\/\d+,10\.255\.0\.\d:1\/orders\/\d+,10\.255\.0\.\d:1\/orders\/\d+,job-\d+$/,
    );
    expect(dq.scheduled('orders')).toMatchObject([{ handle }]);
  });

  it('of forRootAsync, with tubes of feature modules, contacts none', async () => {
    @Module({ imports: [DqModule.forFeature('orders')], providers: [OrderService] })
    class Orders {}
    const late = DqModule.forRootAsync({ isGlobal: false, useFactory: async () => SERVERS });
    const { module, dq } = await open({ imports: [late, Orders] });
    await runs(module, dq, 1);
  });

  it('has its options checked as in production', async () => {
    const wrong = DqModule.forRoot({ ...SERVERS, minWrites: 4 });
    await expect(open({ imports: [wrong] })).rejects.toBeInstanceOf(DqOptionsError);
    await expect(open({ imports: [DqModule.forRoot({} as never)] })).rejects.toBeInstanceOf(DqOptionsError);
    expect(() => useDqTesting(Test.createTestingModule({}), { patience: 0 })).toThrow(DqOptionsError);
    expect(() => DqTestingModule.forRoot({}, { pace: 1 } as never)).toThrow(DqOptionsError);
    await expect(
      Test.createTestingModule({ imports: [DqTestingModule.forRoot({ ...SERVERS } as never)] }).compile(),
    ).rejects.toBeInstanceOf(DqOptionsError);
  });

  it('runs nothing where it only schedules', async () => {
    const { module, dq } = await open({ imports: [root({ consume: false })], providers: [OrderService] });
    seen = [];
    await module.get(OrderService).orders.delay(1, '1h');
    expect(await dq.advance('2h')).toMatchObject({ completed: 0 });
    expect(await dq.drain()).toMatchObject({ completed: 0 });
    expect([seen, dq.scheduled('orders').length]).toEqual([[], 1]);
    await expect(dq.run('orders', 1)).rejects.toMatchObject({ code: 'DQ_HANDLER' });
  });

  it('reports no missing log, and no node that is away', async () => {
    const events: string[] = [];
    const onEvent = ({ type }: { type: string }): void => void events.push(type);
    const { module, dq } = await open({ imports: [root({ onEvent })], providers: [OrderService] });
    await runs(module, dq, 1);
    await dq.advance('30d');
    expect(events).toEqual([]);
  });
});

describe('modules', () => {
  it('share nothing, also when they are made of the same class', async () => {
    @Module({ imports: [DqTestingModule.forRoot({ tubes: ['orders'] }, { now: 0 })], providers: [OrderService] })
    class App {}
    const both = await Promise.all(
      [1, 2].map(async () => {
        const module = await Test.createTestingModule({ imports: [App] }).compile();
        opened.push(module);
        await module.init();
        return { module, dq: module.get(DqTesting) };
      }),
    );
    const [one, other] = both as [(typeof both)[0], (typeof both)[0]];
    expect(one.dq).not.toBe(other.dq);
    await runs(one.module, one.dq, 1);
    expect([other.dq.now(), other.dq.jobs(), one.dq.jobs().length]).toEqual([0, [], 1]);
    await runs(other.module, other.dq, 2);
  });

  it('begin at the time of the machine', async () => {
    const { dq } = await open({ imports: [DqModule.forRoot(SERVERS)] });
    expect(Math.abs(dq.now() - Date.now())).toBeLessThan(60_000);
  });

  it('that are not under test have no DqTesting', async () => {
    const module = await Test.createTestingModule({ imports: [DqModule.forRoot({ embedded: true })] }).compile();
    expect(() => module.get(DqTesting)).toThrow('DqTesting');
    await module.close();
  });
});

describe('handlers', () => {
  it('of request scope are made for each attempt', async () => {
    let made = 0;
    seen = [];
    @Injectable({ scope: Scope.REQUEST })
    class Jobs {
      readonly number = ++made;
      constructor(@Inject(REQUEST) private readonly job: DqJob) {}

      @DqHandler('orders')
      run(): void {
        seen.push(`${this.job.attempt} on ${this.number}`);
        if (this.job.attempt === 1) throw new Error('no');
      }
    }
    const { module, dq } = await open({ imports: [root()], providers: [Jobs] });
    await module.get<DqProducer>(getDqProducerToken('orders')).delay(1, 5);
    await dq.drain();
    expect(seen).toEqual(['1 on 1', '2 on 2']);
    expect(await dq.run('orders', 1, { attempt: 2 })).toMatchObject({ outcome: 'completed' });
    expect(seen).toHaveLength(3);
  });

  it('run one by one through guards, interceptors, pipes and filters', async () => {
    seen = [];
    @Injectable()
    class Guard implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        seen.push(`guard ${context.getType<string>()}`);
        return context.getArgByIndex<DqJob>(1).headers['tenant'] !== 'closed';
      }
    }
    @Injectable()
    class Interceptor implements NestInterceptor {
      intercept(_: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
        seen.push('interceptor');
        return next.handle();
      }
    }
    @Injectable()
    class Double implements PipeTransform<number, number> {
      transform(value: number): number {
        return value * 2;
      }
    }
    @Catch(RangeError)
    class Filter implements ExceptionFilter {
      catch(): string {
        return 'filtered';
      }
    }
    @Injectable()
    @UseGuards(Guard)
    @UseInterceptors(Interceptor)
    @UsePipes(Double)
    @UseFilters(Filter)
    class Jobs {
      @DqHandler('orders', { attempts: 3 })
      run(data: number): number {
        if (data > 100) throw new RangeError('too large');
        return data;
      }
    }
    const { dq } = await open({ imports: [root()], providers: [Jobs] });
    expect(await dq.run('orders', 2)).toEqual({ outcome: 'completed', result: 4 });
    expect(seen).toEqual(['guard dq', 'interceptor']);
    expect(await dq.run('orders', 200)).toEqual({ outcome: 'completed', result: 'filtered' });
    const refused = await dq.run('orders', 2, { headers: { tenant: 'closed' }, attempt: 2 });
    expect(refused).toMatchObject({ outcome: 'failed', retryIn: 2_000 });
    expect(await dq.run('orders', 2, { headers: { tenant: 'closed' }, attempt: 3 })).toMatchObject({
      retryIn: undefined,
    });
    expect(dq.history).toEqual([]);
  });
});
