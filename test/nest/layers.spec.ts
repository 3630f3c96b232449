// What stands around all jobs of an application: layers, listeners, the job's context, and enhancers of the module.
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  Catch,
  Inject,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  UseGuards,
} from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  currentDqJob,
  DqAgain,
  type DqEvent,
  type DqEventOf,
  type DqEventType,
  DqHandler,
  type DqJob,
  DqLayer,
  type DqLayerHost,
  DqProducer,
  type DqScheduleCall,
  type DqScheduleNext,
  getDqProducerToken,
  OnDqEvent,
} from 'nestjs-dq';
import { tap } from 'rxjs';
import { until } from '../support/wait.js';
import { nestBed } from './nest-bed.js';
import { seen } from './seen.js';

const nests = nestBed();
let told: DqEvent[] = [];
beforeEach(() => {
  seen.clear();
  told = [];
});

/** Waits for an event that every job would tell. */
function event<Type extends DqEventType>(type: Type): Promise<DqEventOf<Type>> {
  const found = (): DqEventOf<Type> | undefined => told.find((event): event is DqEventOf<Type> => event.type === type);
  return until(found, { what: type });
}

@DqLayer()
class Telling implements DqLayerHost {
  event(event: DqEvent): void {
    told.push(event);
  }
}

/** A handler of this tube that notes what it is told, and ends as `act` says. */
function jobsOf(tube: string, act: (data: unknown, job: DqJob) => unknown = () => undefined): new () => object {
  class Jobs {
    @DqHandler(tube)
    run(data: unknown, job: DqJob): unknown {
      seen.add(`run ${JSON.stringify(data)} attempt ${job.attempt}`);
      return act(data, job);
    }
  }
  return Jobs;
}

function layer(host: DqLayerHost, order?: number): new () => object {
  @DqLayer({ order })
  class Made {
    constructor() {
      Object.assign(this, host);
    }
  }
  return Made;
}

const noting = (name: string): DqLayerHost => ({
  async job(job, next) {
    seen.add(`${name} before ${job.attempt}`);
    const result = await next();
    seen.add(`${name} after`);
    return result;
  },
});

describe('a layer around jobs', () => {
  it('stands outside of guards, the lower its order the farther, and each attempt enters all of them', async () => {
    const failing = (_: unknown, { attempt }: DqJob): void => {
      if (attempt === 1) throw new Error('told to fail');
    };
    class Guard implements CanActivate {
      canActivate(): boolean {
        seen.add('guard');
        return true;
      }
    }
    const app = await nests.run((tube) => {
      class Guarded extends jobsOf(tube, failing) {}
      UseGuards(Guard)(Guarded);
      return { providers: [Guarded, layer(noting('inner'), 2), layer(noting('outer'), 1)] };
    });
    await app.send(1);
    expect(await seen.next(10)).toEqual([
      ...['outer before 1', 'inner before 1', 'guard', 'run 1 attempt 1'],
      ...['outer before 2', 'inner before 2', 'guard', 'run 1 attempt 2', 'inner after', 'outer after'],
    ]);
  });

  it('that does not call next completes the job without its handler', async () => {
    const app = await nests.run((tube) => ({
      providers: [
        Telling,
        jobsOf(tube),
        layer({
          job: (job) => {
            seen.add(`kept ${job.id}`);
          },
        }),
      ],
    }));
    await app.send(1, { id: 'one' });
    await event('job-completed');
    expect(seen.all).toEqual(['kept one']);
  });

  it('that throws before next fails the attempt', async () => {
    const app = await nests.run((tube) => ({
      providers: [
        jobsOf(tube),
        layer({
          job(job, next) {
            if (job.attempt === 1) throw new Error('not now');
            return next();
          },
        }),
      ],
    }));
    await app.send(1);
    expect(await app.event('job-failed')).toMatchObject({
      attempt: 1,
      error: expect.objectContaining({ message: 'not now' }),
    });
    expect(await seen.next(1)).toEqual(['run 1 attempt 2']);
  });

  it('that calls next twice is refused by its name, and the handler runs once', async () => {
    @DqLayer()
    class Doubling implements DqLayerHost {
      async job({ attempt }: DqJob, next: () => Promise<unknown>): Promise<void> {
        await next();
        if (attempt === 1) await next();
      }
    }
    const app = await nests.run((tube) => ({ providers: [Telling, jobsOf(tube), Doubling] }));
    await app.send(1);
    const { error } = (await app.event('job-failed')) as DqEventOf<'job-failed'>;
    expect(error).toMatchObject({ code: 'DQ_LAYER', message: expect.stringMatching(/Doubling.* once/) });
    await event('job-completed');
    expect(seen.all).toEqual(['run 1 attempt 1', 'run 1 attempt 2']);
  });

  it('that returns nothing hands on what the handler asked for', async () => {
    const again = (_: unknown, job: DqJob): unknown =>
      told.some(({ type }) => type === 'job-again') ? undefined : new DqAgain(1 * job.attempt);
    const app = await nests.run((tube) => ({
      providers: [Telling, jobsOf(tube, again), layer({ job: async (_, next) => void (await next()) })],
    }));
    await app.send(1);
    expect(await event('job-again')).toMatchObject({ attempt: 1, againMs: 1 });
    await event('job-completed');
  });

  it('that does not wait for next does not end the job while its handler runs', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const app = await nests.run((tube) => ({
      providers: [Telling, jobsOf(tube, () => held), layer({ job: (_, next) => (void next(), 'over') })],
    }));
    await app.send(1);
    await seen.next(1);
    expect(told.map(({ type }) => type)).not.toContain('job-completed');
    release();
    await event('job-completed');
  });

  it('is refused at boot on a class that is made for each job', async () => {
    const run = nests.run((tube) => {
      @DqLayer()
      @Injectable({ scope: Scope.REQUEST })
      class LayerPerJob implements DqLayerHost {
        job(_: DqJob, next: () => Promise<unknown>): Promise<unknown> {
          return next();
        }
      }
      return { providers: [jobsOf(tube), LayerPerJob] };
    });
    await expect(run).rejects.toMatchObject({ code: 'DQ_HANDLER', message: expect.stringMatching(/LayerPerJob/) });
  });
});

describe('a layer around scheduling', () => {
  const storage = new AsyncLocalStorage<string>();

  it('works in the context of the caller, adds headers, which the caller wins, and sees the handle', async () => {
    const tracing = {
      async schedule(call: DqScheduleCall, next: DqScheduleNext): Promise<string> {
        const { tube, data, dueAt } = call;
        const handle = await next({ headers: { request: storage.getStore() ?? 'none', kind: 'layer' } });
        seen.add(
          `${storage.getStore()} ${JSON.stringify(data)} ${dueAt instanceof Date} ${handle.includes(`/${tube}/`)}`,
        );
        return handle;
      },
    };
    const app = await nests.run((tube) => ({
      providers: [
        jobsOf(tube, (_, { headers }) => {
          seen.add(JSON.stringify(headers));
        }),
        layer(tracing),
      ],
    }));
    await storage.run('request 7', () => app.send(1, { headers: { kind: 'own' } }));
    expect(await seen.next(3)).toEqual(
      expect.arrayContaining(['request 7 1 true true', 'run 1 attempt 1', '{"request":"request 7","kind":"own"}']),
    );
  });

  it('may add headers that are left out where they are too much, beside those that are not', async () => {
    const large = 'x'.repeat(8_000);
    const optional = {
      schedule: (_: DqScheduleCall, next: DqScheduleNext) => next({ headers: { a: 'spare', large }, optional: true }),
    };
    const needed = { schedule: (_: DqScheduleCall, next: DqScheduleNext) => next({ headers: { b: 'needed' } }) };
    const app = await nests.run((tube) => ({
      providers: [
        jobsOf(tube, (_, { headers }) => seen.add(Object.keys(headers).join())),
        layer(optional, 1),
        layer(needed, 2),
      ],
    }));
    await app.send(1);
    expect(await seen.next(2)).toContain('a,large,b');
    seen.clear();
    await app.send(1, { headers: { own: 'x'.repeat(200) } });
    expect(await seen.next(2)).toContain('b,own');
    await expect(app.send(1, { headers: { own: 'x'.repeat(8_200) } })).rejects.toMatchObject({ code: 'DQ_OPTIONS' });
  });

  it('sees what is refused, and is there for what hooks schedule', async () => {
    const watching = {
      async schedule(call: DqScheduleCall, next: DqScheduleNext): Promise<string> {
        try {
          const handle = await next();
          seen.add('taken');
          return handle;
        } catch (error) {
          seen.add((error as { code: string }).code + String(call.dueAt));
          throw error;
        }
      },
    };
    const app = await nests.run((tube) => {
      class Hooked {
        @Inject(getDqProducerToken(tube)) readonly dq!: DqProducer;
        async onModuleInit(): Promise<void> {
          await this.dq.delay('from a hook', 0);
        }
      }
      return { providers: [jobsOf(tube), Hooked, layer(watching)] };
    });
    await seen.next(2);
    seen.clear();
    const producer = app.nest.get<DqProducer>(getDqProducerToken(app.tube));
    await expect(producer.delay(1, -5)).rejects.toMatchObject({ code: 'DQ_DELAY' });
    expect(seen.all).toEqual(['DQ_DELAYundefined']);
  });

  it('that does not return the handle is refused by its name', async () => {
    @DqLayer()
    class Silent {
      async schedule(_: DqScheduleCall, next: DqScheduleNext): Promise<unknown> {
        await next();
        return undefined;
      }
    }
    const app = await nests.run((tube) => ({ providers: [jobsOf(tube), Silent] }));
    await expect(app.send(1)).rejects.toMatchObject({
      code: 'DQ_LAYER',
      message: expect.stringMatching(/Silent.*handle/),
    });
    await seen.next(1);
  });
});

describe('@OnDqEvent', () => {
  it('tells a method of the events of its type and its tube, and what it throws is logged once and harms nothing', async () => {
    const lines: string[] = [];
    const logger = { log: () => {}, warn: () => {}, error: (line: string) => void lines.push(line) };
    const app = await nests.run(
      (tube) => {
        @Injectable()
        class Listener {
          @OnDqEvent('job-completed', { tube })
          completed({ id, tookMs, lateMs, handler }: DqEventOf<'job-completed'>): never {
            seen.add(`${handler} ${id} ${tookMs >= 0} ${lateMs >= 0}`);
            throw new Error('the pager is away');
          }
          @OnDqEvent('job-completed', { tube: 'dq-default' })
          other(): void {
            seen.add('of another tube');
          }
          @OnDqEvent('job-scheduled')
          scheduled({ id }: DqEventOf<'job-scheduled'>): void {
            seen.add(`scheduled ${id}`);
          }
          @OnDqEvent('job-started')
          started({ id }: DqEventOf<'job-started'>): void {
            seen.add(`started ${id}`);
          }
        }
        return { providers: [jobsOf(tube), Listener] };
      },
      { logger, onEvent: undefined },
    );
    await app.send(1, { id: 'one' });
    const noted = await seen.next(4);
    expect(noted.toSorted()).toEqual(['Jobs.run one true true', 'run 1 attempt 1', 'scheduled one', 'started one']);
    expect(lines).toEqual([
      expect.stringMatching(/The function Listener\.completed failed when it got job-completed: the pager is away/),
    ]);
  });

  it('is refused at boot on a class that is made for each job', async () => {
    const run = nests.run((tube) => {
      @Injectable({ scope: Scope.REQUEST })
      class PerJob {
        @OnDqEvent('job-dead')
        dead(): void {}
      }
      return { providers: [jobsOf(tube), PerJob] };
    });
    await expect(run).rejects.toMatchObject({ code: 'DQ_HANDLER', message: expect.stringMatching(/PerJob/) });
  });

  it('is refused at boot for a tube that is not declared', async () => {
    const run = nests.run((tube) => {
      class Listener {
        @OnDqEvent('job-dead', { tube: 'nowhere' })
        dead(): void {}
      }
      return { providers: [jobsOf(tube), Listener] };
    });
    await expect(run).rejects.toMatchObject({ code: 'DQ_HANDLER', message: expect.stringMatching(/nowhere/) });
  });
});

describe('currentDqJob', () => {
  const below = async (): Promise<void> => {
    await Promise.resolve();
    seen.add(`current ${currentDqJob()?.id}`);
  };

  it('tells the job anywhere below its handler, with context: true', async () => {
    const app = await nests.run((tube) => ({ providers: [jobsOf(tube, below)] }), { context: true });
    await app.send(1, { id: 'one' });
    expect(await seen.next(2)).toContain('current one');
    expect(currentDqJob()).toBeUndefined();
  });

  it('tells nothing without it', async () => {
    const app = await nests.run((tube) => ({ providers: [jobsOf(tube, below)] }));
    await app.send(1);
    expect(await seen.next(2)).toContain('current undefined');
  });
});

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
