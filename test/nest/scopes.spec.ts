import { Controller, Inject, Injectable, Scope } from '@nestjs/common';
import { type ContextId, ContextIdFactory, type HostComponentInfo, ModuleRef, REQUEST } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DqHandler, type DqJob } from 'nestjs-dq';
import { type BedApp, nestBed } from './nest-bed.js';
import { seen } from './seen.js';

const nests = nestBed();
beforeEach(() => seen.clear());

/** Sends two jobs, one after the other, and gives what each wrote. */
async function twice(app: BedApp): Promise<string[]> {
  await app.send({}, { id: 'first' });
  const first = await seen.next();
  await app.send({}, { id: 'second' });
  return [...first, ...(await seen.next())];
}

describe('a handler of', () => {
  it('default scope has one instance', async () => {
    const app = await nests.run((tube) => {
      let made = 0;
      @Injectable()
      class Jobs {
        readonly number = ++made;

        @DqHandler(tube)
        run(_: unknown, job: DqJob): void {
          seen.add(`${job.id} on ${this.number}`);
        }
      }
      return { providers: [Jobs] };
    });
    expect(await twice(app)).toEqual(['first on 1', 'second on 1']);
  });

  it.each(['providers', 'controllers'] as const)('request scope among %s is made for each job', async (collection) => {
    const app = await nests.run((tube) => {
      let made = 0;
      @Controller({ scope: Scope.REQUEST })
      class Jobs {
        readonly number = ++made;
        constructor(@Inject(REQUEST) private readonly request: DqJob<{ a: number }>) {}

        @DqHandler(tube)
        run(data: unknown, job: DqJob): void {
          seen.add(`${job.id} on ${this.number}, ${this.request === job && this.request.data === data}`);
        }
      }
      return { [collection]: [Jobs] };
    });
    expect(await twice(app)).toEqual(['first on 1, true', 'second on 2, true']);
  });

  it('request scope is made for each attempt, and not at boot', async () => {
    const made: string[] = [];
    const app = await nests.run((tube) => {
      @Injectable({ scope: Scope.REQUEST })
      class Jobs {
        constructor(@Inject(REQUEST) { id, attempt }: DqJob) {
          made.push(`${id} attempt ${attempt}`);
        }

        @DqHandler(tube)
        run(_: unknown, { attempt }: DqJob): void {
          if (attempt < 3) throw new Error('not yet');
          seen.add('done');
        }
      }
      return { providers: [Jobs] };
    });
    expect(made).toEqual([]);
    await app.send({}, { id: 'own' });
    await seen.next();
    expect(made).toEqual(['own attempt 1', 'own attempt 2', 'own attempt 3']);
  });

  it('default scope with a dependency of request scope is made for each job', async () => {
    const app = await nests.run((tube) => {
      let made = 0;
      @Injectable({ scope: Scope.REQUEST })
      class OfJob {
        constructor(@Inject(REQUEST) readonly job: DqJob) {}
      }
      @Injectable()
      class Jobs {
        readonly number = ++made;
        constructor(private readonly ofJob: OfJob) {}

        @DqHandler(tube)
        run(): void {
          seen.add(`${this.ofJob.job.id} on ${this.number}`);
        }
      }
      return { providers: [OfJob, { provide: 'JOBS', useClass: Jobs }] };
    });
    expect(await twice(app)).toEqual(['first on 1', 'second on 2']);
  });

  it('transient scope is made for each job, with its dependencies', async () => {
    const app = await nests.run((tube) => {
      let made = 0;
      @Injectable()
      class Shared {
        readonly name = 'shared';
      }
      @Injectable({ scope: Scope.TRANSIENT })
      class Jobs {
        readonly number = ++made;
        constructor(private readonly shared: Shared) {}

        @DqHandler(tube)
        run(_: unknown, job: DqJob): void {
          seen.add(`${job.id} on ${this.number}, ${this.shared.name}`);
        }
      }
      return { providers: [Jobs, Shared] };
    });
    expect(await twice(app)).toEqual(['first on 1, shared', 'second on 2, shared']);
  });

  it('request scope shares its context with what it looks up itself', async () => {
    const app = await nests.run((tube) => {
      let made = 0;
      @Injectable({ scope: Scope.REQUEST })
      class OfJob {
        readonly number = ++made;
      }
      @Injectable({ scope: Scope.REQUEST })
      class Jobs {
        constructor(
          private readonly ofJob: OfJob,
          private readonly moduleRef: ModuleRef,
        ) {}

        @DqHandler(tube)
        async run(_: unknown, job: DqJob): Promise<void> {
          const found = await this.moduleRef.resolve(OfJob, ContextIdFactory.getByRequest(job));
          seen.add(`${found === this.ofJob}`);
        }
      }
      return { providers: [OfJob, Jobs] };
    });
    expect(await twice(app)).toEqual(['true', 'true']);
  });

  it('request scope fails the attempt when it cannot be made', async () => {
    const app = await nests.run((tube) => {
      @Injectable({ scope: Scope.REQUEST })
      class Jobs {
        constructor(@Inject(REQUEST) { attempt }: DqJob) {
          if (attempt === 1) throw new Error('no connection');
        }

        @DqHandler(tube)
        run(): void {
          seen.add('ran');
        }
      }
      return { providers: [Jobs] };
    });
    await app.send();
    expect(await app.event('job-failed')).toMatchObject({ error: new Error('no connection') });
    await seen.next();
  });
});

describe('a durable handler', () => {
  const strategies = ContextIdFactory as unknown as { strategy: unknown };
  let strategy: unknown;

  beforeEach(() => {
    ({ strategy } = strategies);
    const tenants = new Map<string, ContextId>();
    ContextIdFactory.apply({
      attach(contextId: ContextId, request: DqJob) {
        const tenant = request.headers['tenant'] ?? 'none';
        const shared = tenants.get(tenant) ?? ContextIdFactory.create();
        tenants.set(tenant, shared);
        return {
          resolve: ({ isTreeDurable }: HostComponentInfo) => (isTreeDurable ? shared : contextId),
          payload: { tenant },
        };
      },
    });
  });

  afterEach(() => {
    strategies.strategy = strategy;
  });

  it('is made once for each tenant, and gets its payload as the request', async () => {
    const app = await nests.run((tube) => {
      let made = 0;
      @Injectable({ scope: Scope.REQUEST, durable: true })
      class Jobs {
        readonly number = ++made;
        constructor(@Inject(REQUEST) private readonly request: { tenant: string }) {}

        @DqHandler(tube)
        run(): void {
          seen.add(`${this.request.tenant} on ${this.number}`);
        }
      }
      return { providers: [Jobs] };
    });
    for (const [tenant, line] of [
      ['one', 'one on 1'],
      ['two', 'two on 2'],
      ['one', 'one on 1'],
    ] as const) {
      await app.send({}, { headers: { tenant } });
      expect(await seen.next()).toEqual([line]);
    }
  });
});
