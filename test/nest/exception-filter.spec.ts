import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable, UseFilters } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DqAgain, DqGiveUp, DqHandler, type DqJob } from 'nestjs-dq';
import { nestBed } from './nest-bed.js';
import { Journal, nameOf } from './noting-enhancers.js';
import { seen } from './seen.js';

const nests = nestBed();
beforeEach(() => seen.clear());

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
