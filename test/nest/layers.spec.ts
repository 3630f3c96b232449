// What stands around all jobs of an application: layers, and the job's context.
import { AsyncLocalStorage } from 'node:async_hooks';
import { type CanActivate, Inject, Injectable, Scope, UseGuards } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  currentDqJob,
  DqAgain,
  type DqEvent,
  type DqEventOf,
  type DqEventType,
  type DqJob,
  DqLayer,
  type DqLayerHost,
  DqProducer,
  type DqScheduleCall,
  type DqScheduleNext,
  getDqProducerToken,
} from 'nestjs-dq';
import { until } from '../support/wait.js';
import { jobsOf } from './jobs-of.js';
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
