import { inspect } from 'node:util';
import { type CanActivate, Injectable, Logger, type LoggerService, UseFilters, UseGuards } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type DqCodec, DqHandler, type DqJob, DqModule, DqProducer, getDqProducerToken } from 'nestjs-dq';
import { until } from '../support/wait.js';
import { nestBed } from './nest-bed.js';

/** In no line may this ever stand. */
const SECRET = 'hunter2-do-not-log';

class Lines implements LoggerService {
  readonly all: string[] = [];
  readonly log = (...args: unknown[]): void => this.#add('log', args);
  readonly warn = (...args: unknown[]): void => this.#add('warn', args);
  readonly error = (...args: unknown[]): void => this.#add('error', args);

  #add(level: string, args: readonly unknown[]): void {
    this.all.push([level, ...args.map(String)].join(' | '));
  }

  async of(pattern: RegExp): Promise<string> {
    return until(() => this.all.find((line) => pattern.test(line)), { what: String(pattern) });
  }
}

const nests = nestBed();
let lines: Lines;
let nestLines: Lines;

beforeEach(() => {
  lines = new Lines();
  nestLines = new Lines();
});

afterAll(() => Logger.overrideLogger(false));

const failing = (tube: string) => {
  @Injectable()
  class Jobs {
    @DqHandler(tube, { attempts: 2 })
    run(): void {
      throw new Error('first line\nsecond line');
    }
  }
  return { providers: [Jobs] };
};

describe('logger', () => {
  it('takes one line for each event', async () => {
    const app = await nests.run(failing, { logger: lines });
    app.nest.useLogger(nestLines);
    await app.send({}, { id: 'own' });
    await nests.bury(app.tube);
    await app.nest.close();
    const job = `Job own of tube ${app.tube} (Jobs.run)`;
    const [boot, failed = '', dead = '', ...others] = lines.all;
    expect(boot).toBe(`log | Tubes: ${app.tube} (Jobs.run, 10 at once).`);
    expect(failed).toContain(`warn | ${job} failed in attempt 1 and is tried again in 1 ms: first line second line [`);
    expect(dead).toMatch(/^error \| .* is given up after attempt 2: .*first line second line \[/);
    expect(dead).toContain(job);
    for (const line of [failed, dead])
      expect(line).toMatch(/ \[at Jobs\.run \([^)]*logging\.spec\.ts:\d+:\d+\)[^|]*\]$/);
    expect(others).toEqual([]);
    expect(nestLines.all).toEqual([]);
  });

  it('is told which guard refused a job, and no place inside this package', async () => {
    class OnlyEu implements CanActivate {
      canActivate(): boolean {
        return false;
      }
    }
    const [named, nameless] = [nests.bed.tube(), nests.bed.tube()];
    const app = await nests.run(
      () => {
        @Injectable()
        class Jobs {
          @DqHandler(named, { attempts: 1 })
          @UseGuards({ canActivate: () => true }, new OnlyEu())
          eu(): void {}

          @DqHandler(nameless, { attempts: 1 })
          @UseGuards({ canActivate: () => false })
          none(): void {}
        }
        return { imports: [DqModule.forFeature(named, nameless)], providers: [Jobs] };
      },
      { logger: lines },
    );
    for (const tube of [named, nameless]) {
      await app.nest.get<DqProducer>(getDqProducerToken(tube)).delay({}, 0);
      await nests.bury(tube);
    }
    expect(await lines.of(/Jobs\.eu\) is given up/)).toMatch(/: Guard OnlyEu refused it$/);
    expect(await lines.of(/Jobs\.none\) is given up/)).toMatch(/: A guard refused it$/);
  });

  it('is the Logger of Nest by default, whatever the application puts there later', async () => {
    const app = await nests.run(failing, { logger: undefined });
    app.nest.useLogger(nestLines);
    await app.send();
    await nests.bury(app.tube);
    expect(await nestLines.of(/failed in attempt 1/)).toMatch(/^warn \| Job .*second line \[at [^|]*\] \| DqModule$/);
  });

  it('false writes nothing', async () => {
    const app = await nests.run(failing, { logger: false });
    app.nest.useLogger(nestLines);
    await app.send();
    await nests.bury(app.tube);
    await app.nest.close();
    expect(nestLines.all).toEqual([]);
  });

  it('tells at the end what it has left out', async () => {
    const app = await nests.run(failing, { logger: lines });
    await Promise.all(Array.from({ length: 7 }, () => app.send()));
    await nests.bury(app.tube, 7);
    await app.nest.close();
    expect(lines.all).toContain(`warn | 2 more job-failed events (${app.tube}) were not logged.`);
  });

  it('may throw', async () => {
    const fail = (): never => {
      throw new Error('disk full');
    };
    const app = await nests.run(failing, { logger: { log: fail, warn: fail, error: fail } });
    await app.send();
    await nests.bury(app.tube);
  });
});

describe('no line carries a payload', () => {
  const codec: DqCodec = {
    encode: (data) => JSON.stringify(data),
    decode: (payload) => {
      throw new Error(`cannot read ${payload.toString()}`);
    },
  };

  it('through failures, burials, refusals and lost nodes', async () => {
    const [undecodable, strange] = [nests.bed.tube(), nests.bed.tube()];
    const app = await nests.run(
      (tube) => {
        class Filter extends BaseExceptionFilter {
          override catch(): void {}
        }
        @Injectable()
        class Jobs {
          @DqHandler(tube, { attempts: 3, timeout: 200 })
          async run(_: unknown, { attempt, signal }: DqJob): Promise<void> {
            if (attempt === 1) throw new Error('failed');
            if (attempt === 2) await new Promise((resolve) => signal.addEventListener('abort', resolve));
            throw new TypeError('failed again');
          }

          @DqHandler(undecodable)
          @UseGuards({ canActivate: () => false })
          @UseFilters(Filter)
          guarded(): void {}

          @DqHandler(strange)
          never(): void {}
        }
        return { imports: [DqModule.forFeature({ name: undecodable, codec }, strange)], providers: [Jobs] };
      },
      { logger: lines, commandDeadline: 500 },
    );
    app.nest.useLogger(nestLines);
    const payload = { password: SECRET, [SECRET]: SECRET };
    await app.send(payload);
    await app.nest.get<DqProducer>(getDqProducerToken(undecodable)).delay(payload, 0);
    const due = `${Date.now()}000000/`;
    await nests.bed.raw(0, async (client) => {
      for (const body of [
        SECRET,
        `${due}\u0001{"v":9,"${SECRET}":1}\n`,
        `${due}\u0001{"v":1,${SECRET}`,
        `${due}{${SECRET}`,
      ]) {
        await client.put(body, { tube: strange });
      }
    });
    await lines.of(/Expected a body that starts with a due time/);
    await until(async () => (await nests.bed.copies(0)).buried === 6, { what: 'six buried copies' });

    await nests.bed.cluster.node(1).kill();
    await nests.bed.cluster.node(2).kill();
    await expect(app.send(payload)).rejects.toMatchObject({ code: 'DQ_QUORUM' });
    await expect(app.send(SECRET.repeat(10_000))).rejects.toMatchObject({ code: 'DQ_BODY_TOO_LARGE' });
    await nests.bed.cluster.redis.kill();
    await lines.of(/Redis is lost/);
    await nests.bed.heal();
    await app.event('store-back');
    await app.nest.close();
    await nests.bed.wipe();

    const all = [...lines.all, ...nestLines.all];
    for (const what of ['failed', 'given up', 'was buried', 'was not scheduled', 'is lost', 'is back', 'not logged']) {
      expect(all.join('\n')).toContain(what);
    }
    expect(all.filter((line) => line.includes(SECRET))).toEqual([]);
    expect(all.filter((line) => line.includes('\n'))).toEqual([]);
    expect(inspect(app.events)).not.toContain(SECRET);
  });
});
