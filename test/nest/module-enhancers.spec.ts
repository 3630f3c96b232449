import {
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Scope,
} from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { tap } from 'rxjs';
import { jobsOf } from './jobs-of.js';
import { nestBed } from './nest-bed.js';
import { seen } from './seen.js';

const nests = nestBed();
beforeEach(() => seen.clear());

describe('enhancers of the module', () => {
  @Injectable()
  class Word {
    readonly word = 'made';
  }
  @Injectable()
  class Guard implements CanActivate {
    constructor(@Inject(Word) private readonly made: Word) {}
    canActivate(context: ExecutionContext): boolean {
      seen.add(`guard ${this.made.word} ${context.getType<string>()}`);
      return true;
    }
  }
  class Around implements NestInterceptor {
    intercept(_: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
      return next.handle().pipe(tap(() => seen.add('after')));
    }
  }
  class Double implements PipeTransform<number, number> {
    transform(value: number): number {
      return typeof value === 'number' ? value * 2 : value;
    }
  }
  @Catch()
  class Filter implements ExceptionFilter {
    catch(error: Error): string {
      seen.add(`filter ${error.message}`);
      return 'handled';
    }
  }

  it('stand around every handler: classes, which may inject what the root provides, and instances', async () => {
    const act = (data: unknown): void => {
      if (data === 4) throw new Error('four');
    };
    const app = await nests.run((tube) => ({ providers: [jobsOf(tube, act), Word, Guard] }), {
      enhancers: { guards: [Guard], interceptors: [new Around()], pipes: [Double], filters: [Filter] },
    });
    await app.send(1);
    expect(await seen.next(3)).toEqual(['guard made dq', 'run 2 attempt 1', 'after']);
    await app.send(2);
    expect(await seen.next(3)).toEqual(['guard made dq', 'run 4 attempt 1', 'filter four']);
  });

  it.each([
    [{ guard: [] }, /guards, interceptors, pipes, filters/],
    [{ guards: Guard }, /enhancers\.guards to be a list/],
    [{ pipes: [Guard] }, /the method transform/],
  ])('are refused at boot when they are none: %j', async (enhancers, message) => {
    const run = nests.run((tube) => ({ providers: [jobsOf(tube)] }), { enhancers } as never);
    await expect(run).rejects.toMatchObject({ code: 'DQ_OPTIONS', message: expect.stringMatching(message) });
  });

  it('are refused at boot when they would be made for each job', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerJob extends Double {}
    const run = nests.run((tube) => ({ providers: [jobsOf(tube), PerJob] }), { enhancers: { pipes: [PerJob] } });
    await expect(run).rejects.toMatchObject({ code: 'DQ_OPTIONS', message: expect.stringMatching(/PerJob/) });
  });
});
