import { type NestInterceptor, UseInterceptors } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DqGiveUp, DqHandler, type DqJob } from 'nestjs-dq';
import { EMPTY, Observable, of } from 'rxjs';
import { nestBed } from './nest-bed.js';
import { seen } from './seen.js';

const nests = nestBed();
beforeEach(() => seen.clear());

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
