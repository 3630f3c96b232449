// Decorators of a handler's parameters: what createParamDecorator makes works as on a route, what cannot work is refused at boot.
import {
  Body,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  type ModuleMetadata,
  ParseIntPipe,
  type PipeTransform,
  Query,
  Scope,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { REQUEST } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { DQ_CONTEXT_TYPE, DqHandler, type DqJob, DqProducer, InjectDqProducer } from 'nestjs-dq';
import { of } from 'rxjs';
import { until } from '../support/wait.js';
import { EmbeddedNest } from './embedded-nest.js';

const nest = new EmbeddedNest();
const { seen } = nest;

interface Order {
  readonly id: string;
  readonly tenant: string;
}

const order: Order = { id: '7', tenant: 'acme' };

const Tenant = createParamDecorator(
  (fallback: string | undefined, context: ExecutionContext) =>
    context.getArgByIndex<Order | undefined>(0)?.tenant ?? fallback,
);
const JobId = createParamDecorator((_: unknown, context: ExecutionContext) => context.getArgByIndex<DqJob>(1).id);
const Id = createParamDecorator(async (_: unknown, context: ExecutionContext) => context.getArgs<[Order]>()[0].id);
const Kind = createParamDecorator((_: unknown, context: ExecutionContext) => [
  context.getType(),
  context.getClass().name,
  context.getHandler().name,
]);

describe('a decorator made by createParamDecorator', () => {
  it('gives its parameter, and the others have what their place says', async () => {
    class Jobs {
      @DqHandler('a')
      run(@Tenant() tenant: string, job: DqJob<Order>, @Id() id: string): void {
        seen.add([tenant, job.data, id]);
      }

      @DqHandler('b')
      second(data: Order, @Tenant() tenant: string, @JobId() id: string, none?: unknown): void {
        seen.add([data, tenant, typeof id, none]);
      }
    }
    expect(await nest.noted({ providers: [Jobs] }, ['a', 1, order], ['b', 1, order])).toEqual([
      [['acme', order, '7']],
      [[order, 'acme', 'string', undefined]],
    ]);
  });

  it('gets what it was given, and the context of a job', async () => {
    class Jobs {
      @DqHandler('a')
      run(@Tenant('nobody') tenant: string, @Kind() kind: unknown): void {
        seen.add([tenant, kind]);
      }
    }
    const noted = [['nobody', [DQ_CONTEXT_TYPE, 'Jobs', 'run']]];
    expect(await nest.noted({ providers: [Jobs] }, ['a', 1, { id: '1' }])).toEqual([noted]);
  });

  it('has pipes of its own, instances and classes, and those of the method', async () => {
    @Injectable()
    class Twice implements PipeTransform<number, number> {
      transform(value: number): number {
        return value * 2;
      }
    }
    const noting: PipeTransform = {
      transform: (value: unknown, { type, data, metatype }) => {
        seen.add([type, data, metatype?.name]);
        return value;
      },
    };
    class Jobs {
      @DqHandler('a')
      @UsePipes(noting)
      run(data: object, @Id('of the order', ParseIntPipe, Twice) id: number): void {
        seen.add([data, id]);
      }
    }
    const [[one, other, ran] = []] = await nest.noted({ providers: [Jobs] }, ['a', 3, order]);
    expect([one, other]).toEqual(
      expect.arrayContaining([
        ['body', undefined, 'Object'],
        ['custom', 'of the order', 'Number'],
      ]),
    );
    expect(ran).toEqual([order, 14]);
  });

  it('is asked after guards and inside interceptors', async () => {
    const Noted = createParamDecorator(() => (seen.add('parameter'), 1));
    class Jobs {
      @DqHandler('a')
      @UseGuards({ canActivate: () => (seen.add('guard'), true) })
      @UseInterceptors({ intercept: (_, next) => (seen.add('interceptor'), next.handle()) })
      run(@Noted() _data: number): void {
        seen.add('ran');
      }
    }
    const noted = ['guard', 'interceptor', 'parameter', 'ran'];
    expect(await nest.noted({ providers: [Jobs] }, ['a', 4, order])).toEqual([noted]);
  });

  it('is not asked where nothing runs, and what it throws fails the attempt', async () => {
    const Throwing = createParamDecorator(() => {
      throw new Error('no tenant');
    });
    class Jobs {
      @DqHandler('a')
      @UseInterceptors({ intercept: () => of('nothing') })
      skipped(@Throwing() _data: unknown): void {}

      @DqHandler('b')
      run(@Throwing() _data: unknown): void {
        seen.add('ran');
      }
    }
    const module = await nest.run({ providers: [Jobs] });
    await nest.send(module, 'a');
    await nest.send(module, 'b');
    const dead = await until(() => nest.events.find(({ type }) => type === 'job-dead'));
    expect(dead).toMatchObject({ tube: 'b', reason: expect.stringMatching('no tenant') });
    expect(nest.events.filter(({ type }) => type === 'job-failed' || type === 'job-dead')).toHaveLength(1);
    expect(seen.all).toEqual([]);
  });

  it('works on inherited handlers, in request scope, and under a decorator that replaces the method', async () => {
    const Traced: MethodDecorator = (_target, _key, descriptor) => {
      const first = descriptor.value as unknown as (...args: unknown[]) => unknown;
      descriptor.value = function (this: unknown, ...args: unknown[]): unknown {
        return first.apply(this, args);
      } as never;
    };
    abstract class Base {
      @DqHandler('a')
      inherited(@Tenant() tenant: string): void {
        seen.add(tenant);
      }
    }
    @Injectable({ scope: Scope.REQUEST })
    class Jobs extends Base {
      constructor(@Inject(REQUEST) readonly job: DqJob<Order>) {
        super();
      }

      @Traced
      @DqHandler('b')
      replaced(@Id(ParseIntPipe) id: number): void {
        seen.add([id, this.job.data.id]);
      }
    }
    const noted = await nest.noted({ providers: [Jobs] }, ['a', 1, order], ['b', 1, order]);
    expect(noted).toEqual([['acme'], [[7, '7']]]);
  });

  it('of a method that is overridden has no effect on the override', async () => {
    abstract class Base {
      run(@Tenant() _tenant: unknown, _job: unknown): void {}
    }
    class Jobs extends Base {
      @DqHandler('a')
      override run(data: unknown, _job: DqJob): void {
        seen.add(data);
      }
    }
    expect(await nest.noted({ providers: [Jobs] }, ['a', 1, order])).toEqual([[order]]);
  });
});

describe('refused at boot, with class, method and parameter', () => {
  /** As `@Payload()` of @nestjs/microservices stores it, with `@Ctx()` behind. */
  const Payload: ParameterDecorator = (target, key, index) =>
    Reflect.defineMetadata(
      ROUTE_ARGS_METADATA,
      { [`3:${index}`]: { index, data: undefined, pipes: [] } },
      target.constructor,
      key as string,
    );

  it.each<[string, () => ModuleMetadata, RegExp]>([
    [
      '@Body()',
      () => {
        class Jobs {
          @DqHandler('a')
          run(_data: Order, @Body() _body: unknown): void {}
        }
        return { providers: [Jobs] };
      },
      /^Expected parameter 2 of Jobs\.run without a decorator of routes or messages.*createParamDecorator/,
    ],
    [
      '@Payload()',
      () => {
        class Jobs {
          @DqHandler('a')
          run(@Payload _data: Order): void {}
        }
        return { controllers: [Jobs] };
      },
      /^Expected parameter 1 of Jobs\.run without a decorator of routes or messages/,
    ],
    [
      '@Query() with a pipe, of a base class',
      () => {
        class Base {
          @DqHandler('a')
          run(_data: unknown, _job: unknown, @Query('page', ParseIntPipe) _page: number): void {}
        }
        class Jobs extends Base {}
        return { providers: [Jobs] };
      },
      /^Expected parameter 3 of Jobs\.run \(declared in Base\) without/,
    ],
    [
      '@Inject()',
      () => {
        class Jobs {
          @DqHandler('a')
          run(_data: Order, @Inject('CONFIG') _config: unknown): void {}
        }
        return { providers: [Jobs] };
      },
      /^Expected parameter 2 of Jobs\.run without @Inject/,
    ],
    [
      '@InjectDqProducer()',
      () => {
        class Jobs {
          @DqHandler('a')
          run(@InjectDqProducer('b') _data: DqProducer): void {}
        }
        return { providers: [Jobs] };
      },
      /^Expected parameter 1 of Jobs\.run without @Inject/,
    ],
    [
      'a pipe of a parameter that Nest did not make',
      () => {
        class Jobs {
          @DqHandler('a')
          run(@Id(ParseIntPipe) _data: number): void {}
        }
        return { providers: [{ provide: 'JOBS', useFactory: () => new Jobs() }] };
      },
      /make the pipe ParseIntPipe of Jobs\.run/,
    ],
  ])('%s', async (_, metadata, message) => {
    await expect(nest.run(metadata())).rejects.toMatchObject({
      code: 'DQ_HANDLER',
      message: expect.stringMatching(message),
    });
  });

  it('not where the same decorators stand on a method that is no handler, or on a constructor (control)', async () => {
    class Jobs {
      constructor(@Inject('CONFIG') readonly config: unknown) {}

      route(@Body() _data: unknown): void {}

      @DqHandler('a')
      run(data: Order): void {
        seen.add([data, this.config]);
      }
    }
    const providers = [Jobs, { provide: 'CONFIG', useValue: 5 }];
    expect(await nest.noted({ providers }, ['a', 1, order])).toEqual([[[order, 5]]]);
  });
});
