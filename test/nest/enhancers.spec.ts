import { get as httpGet } from 'node:http';
import {
  type ArgumentMetadata,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, REQUEST } from '@nestjs/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  DQ_CONTEXT_TYPE,
  DqAgain,
  DqGiveUp,
  DqHandler,
  type DqJob,
  DqModule,
  type DqProducer,
  getDqProducerToken,
} from 'nestjs-dq';
import { EMPTY, Observable, map, of, tap } from 'rxjs';
import { specBed } from '../support/spec-bed.js';
import { Recorder } from '../support/wait.js';
import { NestBed } from './nest-bed.js';

const nests = specBed(new NestBed());
let seen: Recorder<string>;

beforeEach(() => {
  seen = new Recorder();
});

/** Something that enhancers inject, to see that Nest has made them. */
@Injectable()
class Journal {
  note(line: string): void {
    seen.add(line);
  }
}

function nameOf(host: ArgumentsHost): string {
  const [data, job] = host.getArgs<[unknown, DqJob]>();
  return `${host.getType()} ${JSON.stringify(data)} attempt ${job.attempt}`;
}

@Injectable()
class Guard implements CanActivate {
  constructor(private readonly journal: Journal) {}

  canActivate(context: ExecutionContext): boolean {
    this.journal.note(`guard ${nameOf(context)} ${context.getClass().name}.${context.getHandler().name}`);
    return !context.getArgByIndex<{ forbidden?: boolean }>(0).forbidden;
  }
}

@Injectable()
class Around implements NestInterceptor {
  constructor(private readonly journal: Journal) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.journal.note(`before ${nameOf(context)}`);
    return next.handle().pipe(tap((result) => this.journal.note(`after ${String(result)}`)));
  }
}

class Order {
  constructor(readonly id: number) {}
}

@Injectable()
class ToOrder implements PipeTransform {
  constructor(private readonly journal: Journal) {}

  transform(value: { id: number }, { type, metatype }: ArgumentMetadata): Order {
    this.journal.note(`pipe ${type} ${metatype?.name}`);
    return new Order(value.id);
  }
}

class Boom extends Error {}

@Catch(Boom)
@Injectable()
class BoomFilter implements ExceptionFilter {
  constructor(private readonly journal: Journal) {}

  catch(error: Boom, host: ArgumentsHost): unknown {
    this.journal.note(`filter ${nameOf(host)} ${error.message}`);
    if (error.message === 'hopeless') return new DqGiveUp('the filter gave it up');
    if (error.message === 'later') return Promise.resolve(new DqAgain(1));
    return error.message === 'fine' ? 'handled' : undefined;
  }
}

describe('guards, interceptors, pipes and filters', () => {
  @UseGuards(Guard)
  class Jobs {
    run(order: Order, job: DqJob): string {
      seen.add(`run ${order instanceof Order} ${order.id} of ${JSON.stringify(job.data)}`);
      return 'ran';
    }
  }

  /** Decorated here, since the tube is not known before. */
  function jobsOf(tube: string): typeof Jobs {
    class Decorated extends Jobs {
      @DqHandler(tube)
      @UseInterceptors(Around)
      @UsePipes(ToOrder)
      override run(order: Order, job: DqJob): string {
        return super.run(order, job);
      }
    }
    return Decorated;
  }

  const whole = [
    'guard dq {"id":7} attempt 1 Decorated.run',
    'before dq {"id":7} attempt 1',
    'pipe body Order',
    'run true 7 of {"id":7}',
    'after ran',
  ];

  it('surround a handler of a provider, in the order of a route', async () => {
    const app = await nests.run((tube) => ({ providers: [jobsOf(tube), Journal] }));
    await app.send({ id: 7 });
    expect(await seen.next(5)).toEqual(whole);
    expect(DQ_CONTEXT_TYPE).toBe('dq');
  });

  it('surround a handler of a controller', async () => {
    const app = await nests.run((tube) => {
      const jobs = jobsOf(tube);
      Controller()(jobs);
      return { controllers: [jobs], providers: [Journal] };
    });
    await app.send({ id: 7 });
    expect(await seen.next(5)).toEqual(whole);
  });

  it('surround a handler that is provided under another token', async () => {
    const app = await nests.run((tube) => ({ providers: [{ provide: 'JOBS', useClass: jobsOf(tube) }, Journal] }));
    await app.send({ id: 7 });
    expect(await seen.next(5)).toEqual(whole);
  });

  it('can be transient or of request scope themselves, and inject the job', async () => {
    let made = 0;
    @Injectable({ scope: Scope.TRANSIENT })
    class Fresh implements CanActivate {
      readonly number = ++made;
      canActivate(): boolean {
        seen.add(`fresh ${this.number}`);
        return true;
      }
    }
    @Injectable({ scope: Scope.REQUEST })
    class PerJob implements NestInterceptor {
      constructor(@Inject(REQUEST) private readonly job: DqJob) {}
      intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
        seen.add(`of job ${this.job.id}`);
        return next.handle();
      }
    }
    const transient = await nests.run((tube) => {
      class Static {
        @DqHandler(tube)
        @UseGuards(Fresh)
        run(): void {
          seen.add('run');
        }
      }
      return { providers: [Static] };
    });
    await transient.send();
    const first = await seen.next(2);
    await transient.send();
    const second = await seen.next(2);
    // Nest makes some of its own at boot, so the numbers do not start at 1.
    expect([first, second].flat().filter((line) => line !== 'run')).toEqual([`fresh ${made - 1}`, `fresh ${made}`]);

    const perJob = await nests.run((tube) => {
      class Static {
        @DqHandler(tube)
        @UseInterceptors(PerJob)
        run(): void {
          seen.add('run');
        }
      }
      return { providers: [Static] };
    });
    for (const id of ['first', 'second']) {
      await perJob.send({}, { id });
      expect(await seen.next(2)).toEqual([`of job ${id}`, 'run']);
    }
  });

  it('are refused where Nest would pass over them', async () => {
    const guarded = await nests.create((tube) => {
      const jobs = jobsOf(tube);
      return { providers: [{ provide: 'JOBS', useFactory: () => new jobs() }, Journal] };
    });
    await expect(guarded.nest.init()).rejects.toMatchObject({
      code: 'DQ_HANDLER',
      message: expect.stringMatching(/guard Guard of Decorated\.run.*List Decorated itself.*new Guard\(\)/),
    });
    const given = await nests.run((tube) => {
      @UseGuards({ canActivate: () => seen.add('instance') === undefined })
      class Made {
        @DqHandler(tube)
        run(): void {
          seen.add('run');
        }
      }
      return { providers: [{ provide: 'JOBS', useValue: new Made() }] };
    });
    await given.send();
    expect(await seen.next(2)).toEqual(['instance', 'run']);
  });
});

describe('a guard that says no', () => {
  it('fails the attempt', async () => {
    const app = await nests.run(
      (tube) => {
        class Jobs {
          @DqHandler(tube)
          @UseGuards(Guard)
          run(): void {
            seen.add('run');
          }
        }
        return { providers: [Jobs, Journal] };
      },
      { defaults: { attempts: 2 } },
    );
    await app.send({ forbidden: true });
    expect(await app.event('job-dead')).toMatchObject({ reason: expect.stringContaining('Forbidden') });
    expect(seen.all).toEqual([1, 2].map((attempt) => `guard dq {"forbidden":true} attempt ${attempt} Jobs.run`));
    await nests.bury(app.tube);
  });
});

describe('an exception filter', () => {
  const throwing = (error: () => unknown) => (tube: string) => {
    class Jobs {
      @DqHandler(tube, { attempts: 2 })
      @UseFilters(BoomFilter)
      run(): unknown {
        seen.add('run');
        throw error();
      }
    }
    return { providers: [Jobs, Journal] };
  };

  it('completes the job with what it returns', async () => {
    const app = await nests.run(throwing(() => new Boom('fine')));
    await app.send();
    expect(await seen.next(2)).toEqual(['run', 'filter dq {} attempt 1 fine']);
    await nests.bed.drained();
    expect(app.events).toEqual([]);
  });

  it('leaves the attempt failed when it returns nothing', async () => {
    const app = await nests.run(throwing(() => new Boom('noted')));
    await app.send();
    await app.event('job-dead');
    expect(seen.all).toEqual(['run', 'filter dq {} attempt 1 noted', 'run', 'filter dq {} attempt 2 noted']);
    await nests.bury(app.tube);
  });

  it('can give a job up, or ask for it again', async () => {
    const hopeless = await nests.run(throwing(() => new Boom('hopeless')));
    await hopeless.send();
    expect(await hopeless.event('job-dead')).toMatchObject({
      attempt: 1,
      reason: expect.stringContaining('the filter gave it up'),
    });
    await nests.bury(hopeless.tube);

    let runs = 0;
    const later = await nests.run(throwing(() => new Boom(++runs < 4 ? 'later' : 'fine')));
    await later.send();
    await seen.next(2 + 4 * 2);
    await nests.bed.drained();
    expect(later.events).toEqual([]);
  });

  it('does not see other errors, nor what is an outcome', async () => {
    @Catch()
    class All implements ExceptionFilter {
      catch(error: unknown): string {
        seen.add(`caught ${String(error)}`);
        return 'swallowed';
      }
    }
    const other = await nests.run(throwing(() => new TypeError('other')));
    await other.send();
    expect(await other.event('job-dead')).toMatchObject({ reason: expect.stringContaining('other') });
    expect(seen.all).toEqual(['run', 'run']);
    await nests.bury(other.tube);

    const outcome = await nests.run((tube) => {
      class Jobs {
        @DqHandler(tube)
        @UseFilters(All)
        run(_: unknown, { attempt }: DqJob): void {
          throw attempt === 1 && seen.all.length < 3 ? (seen.add('again'), new DqAgain(1)) : new DqGiveUp('enough');
        }
      }
      return { providers: [Jobs] };
    });
    await outcome.send();
    expect(await outcome.event('job-dead')).toMatchObject({ reason: expect.stringContaining('enough') });
    expect(seen.all).toEqual(['run', 'run', 'again']);
    await nests.bury(outcome.tube);
  });
});

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

describe('what a handler returns', () => {
  it('may be an Observable: it is waited for, and its error fails the attempt', async () => {
    const app = await nests.run((tube) => {
      class Jobs {
        @DqHandler(tube)
        run(_: unknown, { attempt }: DqJob): Observable<unknown> {
          if (attempt === 3) return EMPTY;
          return new Observable((subscriber) => {
            seen.add(`subscribed ${attempt}`);
            subscriber.error(new Error('cold'));
          });
        }
      }
      return { providers: [Jobs] };
    });
    await app.send();
    await app.event('job-failed', 2);
    expect(seen.all).toEqual(['subscribed 1', 'subscribed 2']);
    await nests.bed.drained();
  });

  it('counts when an interceptor returns it too', async () => {
    class Outcome implements NestInterceptor {
      intercept(): Observable<unknown> {
        return of(new DqGiveUp('not now'));
      }
    }
    const app = await nests.run((tube) => {
      class Jobs {
        @DqHandler(tube)
        @UseInterceptors(new Outcome())
        run(): void {}
      }
      return { providers: [Jobs] };
    });
    await app.send();
    expect(await app.event('job-dead')).toMatchObject({ reason: expect.stringContaining('not now') });
    await nests.bury(app.tube);
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
