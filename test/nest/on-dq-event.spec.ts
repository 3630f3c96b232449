import { Injectable, Scope } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type DqEventOf, OnDqEvent } from 'nestjs-dq';
import { jobsOf } from './jobs-of.js';
import { nestBed } from './nest-bed.js';
import { seen } from './seen.js';

const nests = nestBed();
beforeEach(() => seen.clear());

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
