// What surrounds a handler: guards, interceptors and pipes of its own. Filters and global ones have specs of their own.
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Inject,
  Injectable,
  type ModuleMetadata,
  type NestInterceptor,
  Scope,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DQ_CONTEXT_TYPE, DqHandler, type DqJob } from 'nestjs-dq';
import type { Observable } from 'rxjs';
import { nestBed } from './nest-bed.js';
import { Around, Guard, Journal, Order, ToOrder } from './noting-enhancers.js';
import { seen } from './seen.js';

const nests = nestBed();
beforeEach(() => seen.clear());

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

  it.each<[string, (jobs: typeof Jobs) => ModuleMetadata]>([
    ['of a provider', (jobs) => ({ providers: [jobs, Journal] })],
    ['of a controller', (jobs) => (Controller()(jobs), { controllers: [jobs], providers: [Journal] })],
    ['that is provided under another token', (useClass) => ({ providers: [{ provide: 'JOBS', useClass }, Journal] })],
  ])('surround a handler %s, in the order of a route', async (_, parts) => {
    const app = await nests.run((tube) => parts(jobsOf(tube)));
    await app.send({ id: 7 });
    expect(await seen.next(5)).toEqual(whole);
    expect(DQ_CONTEXT_TYPE).toBe('dq');
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
    expect(await app.event('job-dead')).toMatchObject({ reason: expect.stringContaining('Guard Guard refused it') });
    expect(seen.all).toEqual([1, 2].map((attempt) => `guard dq {"forbidden":true} attempt ${attempt} Jobs.run`));
    await nests.bury(app.tube);
  });
});
