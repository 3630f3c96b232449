import { get as httpGet } from 'node:http';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  UseInterceptors,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DqHandler, type DqJob, DqModule, type DqProducer, getDqProducerToken } from 'nestjs-dq';
import { map, type Observable } from 'rxjs';
import { nestBed } from './nest-bed.js';
import { seen } from './seen.js';

const nests = nestBed();
beforeEach(() => seen.clear());

describe('global enhancers', () => {
  /** Each is written for HTTP, and fails where there is no request. */
  @Injectable()
  class HttpGuard implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      seen.add(`global guard ${context.switchToHttp().getRequest<{ url: string }>().url.length > 0}`);
      return true;
    }
  }
  @Injectable()
  class HttpInterceptor implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      context.switchToHttp().getResponse<{ setHeader: (name: string, value: string) => void }>().setHeader('x-a', 'b');
      return next.handle().pipe(map((data: unknown) => ({ data })));
    }
  }
  @Injectable()
  class HttpPipe implements PipeTransform {
    transform(): never {
      throw new Error('not for jobs');
    }
  }
  @Catch()
  class HttpFilter implements ExceptionFilter {
    catch(_: unknown, host: ArgumentsHost): void {
      host.switchToHttp().getResponse<{ status: (code: number) => void }>().status(500);
    }
  }

  it('are for routes: neither plain nor enhanced handlers meet them', async () => {
    const app = await nests.create((tube) => {
      class Local implements NestInterceptor {
        intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
          seen.add('local');
          return next.handle();
        }
      }
      @Controller()
      class Web {
        @Get()
        home(): string {
          return 'home';
        }

        @DqHandler(tube)
        plain(data: unknown, job: DqJob): void {
          if (job.attempt === 1) throw new Error('first');
          seen.add(`plain ${JSON.stringify(data)}`);
        }

        @DqHandler(`${tube}-enhanced`)
        @UseInterceptors(new Local())
        enhanced(data: unknown, job: DqJob): void {
          if (job.attempt === 1) throw new Error('first');
          seen.add(`enhanced ${JSON.stringify(data)}`);
        }
      }
      return {
        imports: [DqModule.forFeature(`${tube}-enhanced`)],
        controllers: [Web],
        providers: [
          { provide: APP_GUARD, useClass: HttpGuard },
          { provide: APP_INTERCEPTOR, useClass: HttpInterceptor },
          { provide: APP_PIPE, useClass: HttpPipe },
          { provide: APP_FILTER, useClass: HttpFilter },
        ],
      };
    });
    app.nest.useGlobalGuards(new HttpGuard());
    app.nest.useGlobalInterceptors(new HttpInterceptor());
    app.nest.useGlobalPipes(new HttpPipe());
    app.nest.useGlobalFilters(new HttpFilter());
    await app.nest.listen(0, '127.0.0.1');
    // Control: they are in force where they belong.
    expect(await bodyOf(await app.nest.getUrl())).toBe('{"data":{"data":"home"}}');
    expect(await seen.next(2)).toEqual(['global guard true', 'global guard true']);

    await app.send('job');
    expect(await seen.next()).toEqual(['plain "job"']);
    await app.nest.get<DqProducer>(getDqProducerToken(`${app.tube}-enhanced`)).delay('job', 0);
    expect(await seen.next(3)).toEqual(['local', 'local', 'enhanced "job"']);
  });
});

function bodyOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    httpGet(url, { agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.once('end', () => resolve(body));
    }).once('error', reject);
  });
}
