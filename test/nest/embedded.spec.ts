// An application whose queue is embedded: nothing but this process, and the same to its user as one with servers.
import { readdirSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type DqEmbeddedOptions,
  DqFileInUseError,
  DqGiveUp,
  DqHandler,
  DqInspector,
  type DqJob,
  DqModule,
  DqProducer,
  getDqProducerToken,
} from 'nestjs-dq';
import { describeFile } from '../support/describe-file.js';
import { QueueFolder } from '../support/embedded-app.js';
import { failOnLeaks } from '../support/leaks.js';
import { Recorder, until } from '../support/wait.js';

interface Work {
  readonly name: string;
  readonly act?: 'fail-first' | 'give-up' | 'hang';
}

let folder: QueueFolder;
let lines: string[];
let runs: Recorder<{ readonly name: string; readonly attempt: number; readonly lateMs: number }>;
let module: TestingModule | undefined;

@Injectable()
class Jobs {
  @DqHandler('work', { backoff: { type: 'fixed', delay: 10 } })
  run({ name, act }: Work, { attempt, dueAt }: DqJob<Work>): void | Promise<void> {
    runs.add({ name, attempt, lateMs: Date.now() - dueAt.getTime() });
    if (act === 'hang') return new Promise(() => undefined);
    if (act === 'give-up') throw new DqGiveUp('as it was told');
    if (act === 'fail-first' && attempt === 1) throw new Error('as it was told');
  }
}

beforeEach(() => {
  folder = new QueueFolder();
  lines = [];
  runs = new Recorder();
});

afterEach(async () => {
  await module?.close();
  module = undefined;
  folder.remove();
});
failOnLeaks();

async function app(embedded: DqEmbeddedOptions['embedded'], more: Partial<DqEmbeddedOptions> = {}): Promise<void> {
  const level = (name: string) => (line: string) => void lines.push(`${name}: ${line}`);
  const logger = { log: level('log'), warn: level('warn'), error: level('error') };
  const root = DqModule.forRoot({
    embedded,
    tubes: ['work'],
    logger,
    ...more,
  });
  module = await Test.createTestingModule({ imports: [root], providers: [Jobs] }).compile();
  await module.init();
}

const producer = (): DqProducer<Work> => (module as TestingModule).get(getDqProducerToken('work'));
const inspector = (): DqInspector => (module as TestingModule).get(DqInspector);

describe('an embedded application in memory', () => behaves(() => true));
describeFile('an embedded application with a file', () => behaves(() => ({ file: folder.file })));

function behaves(embedded: () => true | { readonly file: string }): void {
  beforeEach(() => app(embedded()));

  it('says in one line what keeps its jobs, and in one who runs them', () => {
    const kept = embedded();
    expect(lines).toEqual([
      kept === true
        ? 'warn: Embedded: no servers are used, and all jobs end with this process.'
        : `log: Embedded: no servers are used; ${kept.file} keeps the jobs.`,
      'log: Tubes: work (Jobs.run, 10 at once).',
    ]);
  });

  it('says at its end what becomes of the jobs of handlers that outlast it', async () => {
    await module?.close();
    await app(embedded(), { shutdownDeadline: 50 });
    await producer().delay({ name: 'a', act: 'hang' }, 0);
    await runs.next();
    await module?.close();
    expect(lines.at(-1)).toContain(
      embedded() === true
        ? 'their jobs were given back and end with this process.'
        : 'their jobs were given back and run again at its next start.',
    );
  });

  it('runs jobs at their time, not before', async () => {
    // So much later that no busy disk brings the other one behind it.
    await producer().delay({ name: 'second' }, 1_500);
    await producer().at({ name: 'first' }, Date.now() + 20);
    const ran = await runs.next(2);
    expect(ran.map(({ name }) => name)).toEqual(['first', 'second']);
    for (const { lateMs } of ran) expect(lateMs).toBeGreaterThanOrEqual(0);
  });

  it('tries again what failed, and buries what is given up', async () => {
    await producer().delay({ name: 'a', act: 'fail-first' }, 0);
    expect(await runs.next(2)).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
    await producer().delay({ name: 'b', act: 'give-up' }, 0, { id: 'b' });
    await runs.next();
    const [letter] = await until(async () => {
      const letters = await inspector().dead('work');
      return letters.length > 0 ? letters : undefined;
    });
    expect(letter).toMatchObject({ id: 'b', reason: 'the handler gave it up: as it was told', attempts: 1 });
    expect(await inspector().retry('work', 'b')).toBe(true);
    expect(await runs.next()).toMatchObject([{ name: 'b', attempt: 1 }]);
    await until(async () => (await inspector().dead('work')).length > 0);
    expect(await inspector().deleteAll('work')).toBe(1);
  });

  it('takes jobs back, and knows an id again', async () => {
    const handle = await producer().delay({ name: 'a' }, '1h', { id: 'mine' });
    expect(await inspector().next('work')).toMatchObject({ id: 'mine' });
    await expect(producer().delay({ name: 'a' }, '1h', { id: 'mine' })).rejects.toMatchObject({ state: 'scheduled' });
    expect(await producer().revoke(handle)).toBe('revoked');
    await expect(producer().delay({ name: 'a' }, '1h', { id: 'mine' })).rejects.toMatchObject({ state: 'revoked' });
    const done = await producer().delay({ name: 'b' }, 0);
    await runs.next();
    await until(async () => (await producer().revoke(done)) === 'done');
  });

  it('schedules many, and shows them', async () => {
    const jobs = Array.from({ length: 500 }, (__, at) => ({
      data: { name: String(at) },
      delay: at % 2 === 0 ? 0 : '1h',
    }));
    const report = await producer().delayMany(jobs);
    expect(report).toMatchObject({ scheduled: 500, failed: 0 });
    await runs.next(250);
    await until(async () => (await inspector().counts('work'))[0]?.running === 0);
    expect(await inspector().counts('work')).toEqual([
      {
        tube: 'work',
        node: 'embedded',
        reachable: true,
        scheduled: 250,
        ready: 0,
        running: 0,
        dead: 0,
        watching: 1,
        paused: false,
      },
    ]);
    expect(await inspector().nodes()).toMatchObject([{ node: 'embedded', reachable: true, draining: false }]);
  });
}

describeFile('the file of an embedded application', () => {
  it('has its jobs again after a restart, and nothing is left beside it', async () => {
    await app({ file: folder.file });
    await producer().delay({ name: 'a' }, 50);
    await module?.close();
    expect(readdirSync(folder.dir)).toEqual(['jobs']);
    await app({ file: folder.file });
    expect(await runs.next()).toMatchObject([{ name: 'a', attempt: 1 }]);
  });

  it('is refused to another application, which does not start', async () => {
    await app({ file: folder.file });
    const first = module;
    await expect(app({ file: folder.file })).rejects.toThrow(DqFileInUseError);
    await module?.close();
    module = first;
    await producer().delay({ name: 'a' }, 0);
    await runs.next();
  });
});

it('an embedded application that does not consume schedules, and closes', async () => {
  await app(true, { consume: false });
  await producer().delay({ name: 'a' }, 0);
  expect(await inspector().counts('work')).toMatchObject([{ ready: 1 }]);
});
