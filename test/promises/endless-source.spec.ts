// A bulk from a source without end: other work goes on beside it, and it ends when the application closes.
import { afterEach, describe, expect, it } from '@jest/globals';
import { DqClosedError, DqSourceError } from '../../lib/core/errors/argument.errors.js';
import type { DqDelayedJob, DqProducer } from '../../lib/core/producer/producer.js';
import type { DqManyReport, DqManyResult } from '../../lib/core/producer/schedule-many.js';
import { specBed } from '../support/spec-bed.js';
import { TestBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

type Job = DqDelayedJob<unknown>;

/** A source that went on for so long was never told to stop: without this the test would not end either. */
const TOO_MANY = 50_000;

/** Gives jobs for as long as it is asked, and notes what becomes of it. */
class Endless {
  taken = 0;
  /** How often its `return` was called. */
  returned = 0;

  constructor(readonly job: Omit<Job, 'data'> = { delay: '1h' }) {}

  *now(): Generator<Job> {
    try {
      for (;;) yield this.#next();
    } finally {
      this.returned++;
    }
  }

  async *later(): AsyncGenerator<Job> {
    try {
      for (;;) yield this.#next();
    } finally {
      this.returned++;
    }
  }

  #next(): Job {
    if (++this.taken > TOO_MANY) throw new Error('it was never told to stop');
    return { data: this.taken, ...this.job };
  }
}

/** What the first result that came after `count` of them brings about. */
function after(count: number, act: () => void): (result: DqManyResult) => void {
  let left = count;
  return () => {
    if (--left === 0) act();
  };
}

const servers = new TestBed();
// Nobody handles what was scheduled.
afterEach(() => servers.wipe());
const bed = specBed(servers);

interface Opened {
  readonly producer: DqProducer;
  readonly close: () => Promise<void>;
}

const backends: readonly (readonly [string, () => Opened])[] = [
  [
    'on servers',
    () => {
      const { app, tube } = bed.idle();
      return { producer: app.producer(tube), close: () => app.close() };
    },
  ],
  [
    'embedded',
    () => {
      const app = bed.embedded();
      return { producer: app.producer, close: () => app.close() };
    },
  ],
];

describe.each(backends)('a bulk from a source without end, %s', (_where, open) => {
  it.each(['now', 'later'] as const)(
    'that gives its jobs %s ends with the first DqClosedError when the application closes',
    async (how) => {
      const { producer, close } = open();
      const source = new Endless();
      const results: DqManyResult[] = [];
      let closing: Promise<void> | undefined;
      const closes = after(1_000, () => {
        closing = close();
      });
      const onResult = (result: DqManyResult): void => {
        results.push(result);
        closes(result);
      };
      const report = await producer.delayMany(source[how](), { onResult });
      await closing;
      const refused = results.filter(({ status }) => status === 'failed');
      expect(refused).toMatchObject([{ index: source.taken - 1, error: expect.any(DqClosedError) }]);
      expect(report).toMatchObject({ scheduled: source.taken - 1, failed: 1, duplicate: 0 });
      expect(source.returned).toBe(1);
    },
    60_000,
  );

  it.each(['now', 'later'] as const)(
    'that gives its jobs %s takes one job of it when the application was closed before',
    async (how) => {
      const { producer, close } = open();
      await close();
      const source = new Endless();
      const report = await producer.delayMany(source[how]());
      expect(report).toMatchObject({ scheduled: 0, failed: 1, results: [{ error: expect.any(DqClosedError) }] });
      expect([source.taken, source.returned]).toEqual([1, 1]);
    },
    60_000,
  );

  it.each<[string, Omit<Job, 'data'>]>([
    ['are scheduled', { delay: '1h' }],
    ['are refused at once', { delay: -1 }],
    ['are refused for their id', { delay: 0, id: 'no/id' }],
  ])(
    'lets the event loop go on every few hundred results while its jobs %s',
    async (_what, job) => {
      const { producer } = open();
      for (const how of ['now', 'later'] as const) {
        const source = new Endless(job);
        const results: number[] = [];
        let count = 0;
        const turn = (): void => {
          results.push(count);
          if (results.length < 10) setImmediate(turn);
        };
        setImmediate(turn);
        const enough = (): void => {
          count++;
          if (results.length >= 10) throw new Error('seen enough');
        };
        const error = await producer.delayMany(source[how](), { onResult: enough }).catch((thrown: unknown) => thrown);
        expect((error as Error).message).toContain('seen enough');
        const steps = results.map((at, index) => at - (results[index - 1] ?? 0));
        expect(Math.max(...steps)).toBeLessThanOrEqual(1_000);
      }
    },
    60_000,
  );
});

describe('a bulk whose source gives nothing more', () => {
  /** Gives three jobs, then never settles again. */
  class Stuck implements AsyncIterable<Job>, AsyncIterator<Job> {
    given = 0;
    stuck = false;
    returned = 0;

    [Symbol.asyncIterator](): this {
      return this;
    }

    next(): Promise<IteratorResult<Job>> {
      this.stuck = this.given === 3;
      if (this.stuck) return new Promise(() => {});
      this.given++;
      return Promise.resolve({ done: false, value: { data: this.given, delay: '1h' } });
    }

    return(): Promise<IteratorResult<Job>> {
      this.returned++;
      return new Promise(() => {});
    }
  }

  it('does not keep the application from closing, and is rejected with the report of what was taken', async () => {
    const { app, tube } = bed.idle({ commandDeadline: 300 });
    const source = new Stuck();
    const bulk = app.producer(tube).delayMany(source);
    const outcome = bulk.catch((error: unknown) => error);
    await until(() => source.stuck);
    await app.close();
    const error = await outcome;
    expect(error).toBeInstanceOf(DqSourceError);
    const { report, cause } = error as DqSourceError<DqManyReport>;
    expect(cause).toBeInstanceOf(DqClosedError);
    expect(report).toMatchObject({ scheduled: 3, failed: 0 });
    expect(report.results).toHaveLength(3);
    expect(source.returned).toBe(1);
  });

  it('until after the close goes on as any other: its next job is refused, and is the last', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], commandDeadline: '1h', defaults: { lease: '3h' } });
    let ask!: () => void;
    const asked = new Promise<void>((resolve) => (ask = resolve));
    let give!: () => void;
    const given = new Promise<void>((resolve) => (give = resolve));
    async function* slow(): AsyncGenerator<Job> {
      yield { data: 1, delay: '1h' };
      ask();
      await given;
      yield { data: 2, delay: '1h' };
      throw new Error('it was asked for more');
    }
    const bulk = app.producer(tube).delayMany(slow());
    await asked;
    await app.close();
    give();
    expect(await bulk).toMatchObject({ scheduled: 1, failed: 1, results: [{}, { error: expect.any(DqClosedError) }] });
  });

  it('since it throws after the close is rejected with what it threw (control)', async () => {
    const { app, tube } = bed.idle();
    const cause = new Error('the database went away');
    async function* broken(): AsyncGenerator<Job> {
      yield { data: 1, delay: '1h' };
      await app.close();
      throw cause;
    }
    const error = await app
      .producer(tube)
      .delayMany(broken())
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DqSourceError);
    expect((error as Error).cause).toBe(cause);
    expect((error as DqSourceError<DqManyReport>).report).toMatchObject({ scheduled: 1, failed: 0 });
  });
});
