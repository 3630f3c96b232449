import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DqOptionsError, DqSourceError } from '../../../lib/core/errors/argument.errors.js';
import type { DqDelayedJob } from '../../../lib/core/producer/producer.js';
import type { DqManyReport, DqManyResult } from '../../../lib/core/producer/schedule-many.js';
import { ProducerBed } from './producer-bed.js';

type Job = DqDelayedJob<unknown>;

function* jobs(count: number, delay: unknown = 0): Generator<Job> {
  for (let data = 0; data < count; data++) yield { data, delay: delay as number };
}

async function* asyncJobs(count: number): AsyncGenerator<Job> {
  for (const job of jobs(count)) {
    await Promise.resolve();
    yield job;
  }
}

/** Counts the jobs that have been taken from a source and whose puts are not answered. */
class Gauge {
  most = 0;
  now = 0;
  readonly bed: ProducerBed;

  constructor() {
    this.bed = new ProducerBed({ beanstalks: ['node-1:11300'], minWrites: 1 });
    const stub = this.bed.stub(1);
    stub.answers = (command) => {
      this.now++;
      this.most = Math.max(this.most, this.now);
      this.bed.clock.after(1, () => {
        this.now--;
        command.answer({ kind: 'INSERTED', id: 1 });
      });
      return undefined;
    };
  }
}

describe('a bulk', () => {
  it.each([
    ['a list', [...jobs(20)]],
    ['a generator', jobs(20)],
    ['a set', new Set(jobs(20))],
    ['an async generator', asyncJobs(20)],
  ])('of %s is scheduled whole, and each job is reported in its place', async (_what, source) => {
    const bed = new ProducerBed();
    const report = await bed.settled(bed.producer().delayMany(source));
    expect(report).toMatchObject({ scheduled: 20, failed: 0 });
    expect(report.results.map(({ index, status }) => [index, status])).toEqual(
      Array.from({ length: 20 }, (_, at) => [at, 'scheduled']),
    );
    expect(bed.written.map(({ payload }) => payload.toString())).toEqual(
      Array.from({ length: 20 }, (_, at) => `${at}`),
    );
  });

  it('of nothing is an empty report', async () => {
    const bed = new ProducerBed();
    expect(await bed.settled(bed.producer().delayMany([]))).toMatchObject({ scheduled: 0, failed: 0, results: [] });
    expect(bed.traffic).toBe(0);
  });

  it('may give a moment for each job', async () => {
    const bed = new ProducerBed();
    const at = bed.clock.now() + 5_000;
    const source = [
      { data: 1, at },
      { data: 2, at: new Date(at + 1) },
      { data: 3, at: at - 5_001 },
    ];
    const report = await bed.settled(bed.producer().atMany(source));
    expect(report.results.map((result) => (result.status === 'failed' ? result.error : result.status))).toEqual([
      'scheduled',
      'scheduled',
      expect.objectContaining({ code: 'DQ_PAST_TIME' }),
    ]);
    expect(bed.written.map(({ dueMs }) => dueMs)).toEqual([at, at + 1]);
  });

  it('goes on after jobs that are refused or fail', async () => {
    const bed = new ProducerBed();
    const source = [
      { data: 1, delay: 0 },
      { data: 2n, delay: 0 },
      { data: 3, delay: -1 },
      { data: 4, delay: 0, id: 'a/b' },
      { data: 5, delay: 0, priority: 'high' as const },
    ];
    const report = await bed.settled(bed.producer().delayMany(source));
    expect(report).toMatchObject({ scheduled: 2, failed: 3 });
    const codes = report.results.map((result) => (result.status === 'failed' ? (result.error as Error).name : ''));
    expect(codes).toEqual(['', 'DqPayloadError', 'DqDelayError', 'DqJobIdError', '']);
  });

  it('counts ids that are taken apart from failures', async () => {
    const bed = new ProducerBed();
    bed.store.admission = { kind: 'duplicate', state: 'done', dueMs: 0 };
    const report = await bed.settled(bed.producer().delayMany([{ data: 1, delay: 0, id: 'order-1' }]));
    expect(report).toMatchObject({ scheduled: 0, failed: 0, duplicate: 1 });
  });

  it('has at most as many jobs under way as it was told', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), fc.boolean(), async (inFlight, asynchronous) => {
        const gauge = new Gauge();
        const source = asynchronous ? asyncJobs(120) : jobs(120);
        const report = await gauge.bed.settled(gauge.bed.producer().delayMany(source, { inFlight }), 1_000);
        expect([report.scheduled, gauge.most]).toEqual([120, inFlight]);
      }),
      { numRuns: 20 },
    );
  });

  it('takes no more from its source than it may have under way', async () => {
    const bed = new ProducerBed();
    bed.stubs.forEach((stub) => (stub.answers = () => undefined));
    let taken = 0;
    function* endless(): Generator<Job> {
      for (;;) {
        taken++;
        yield { data: taken, delay: 0 };
      }
    }
    void bed.producer().delayMany(endless(), { inFlight: 7 });
    await bed.clock.settle();
    expect(taken).toBe(8);
    expect(bed.stub(1).puts).toHaveLength(7);
  });

  it('would have all of them under way without the bound (control)', async () => {
    const gauge = new Gauge();
    const all = Promise.all([...jobs(120)].map(async ({ data }) => gauge.bed.producer().delay(data, 0)));
    await gauge.bed.settled(all, 1_000);
    expect(gauge.most).toBe(120);
  });

  it('gives each result away as it comes when asked to, and keeps none', async () => {
    const bed = new ProducerBed();
    const results: DqManyResult[] = [];
    const report = await bed.settled(
      bed.producer().delayMany(jobs(30), { onResult: (result) => results.push(result), inFlight: 4 }),
    );
    expect(report).toMatchObject({ scheduled: 30, results: [] });
    expect(results.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, at) => at),
    );
  });
});

describe('a bulk whose listener fails', () => {
  const refuse = (): never => {
    throw new Error('no more');
  };

  it.each<[string, () => unknown]>([
    ['throws', refuse],
    ['rejects', () => Promise.resolve().then(refuse)],
  ])('because it %s schedules nothing more, and is told so', async (_how, onResult) => {
    const bed = new ProducerBed();
    const error = await bed.refusal(bed.producer().delayMany(jobs(100), { onResult, inFlight: 2 }));
    expect(error).toBeInstanceOf(DqSourceError);
    expect((error as Error).message).toMatch(/no more/);
    expect(bed.written.length).toBeLessThan(100);
  });
});

describe('a bulk whose source throws', () => {
  const cause = new Error('the database went away');

  function* broken(): Generator<Job> {
    yield* jobs(3);
    throw cause;
  }

  async function* brokenLater(): AsyncGenerator<Job> {
    yield* asyncJobs(3);
    throw cause;
  }

  it.each([
    ['at once', broken],
    ['later', brokenLater],
  ])('%s is rejected after what was under way has settled, with the report of it', async (_what, source) => {
    const { bed } = new Gauge();
    const bulk = bed.producer().delayMany(source());
    let settled = false;
    bulk.then(
      () => {},
      () => (settled = true),
    );
    await bed.clock.settle();
    expect(settled).toBe(false);
    await bed.clock.advance(1);
    const error = await bed.refusal(bulk);
    expect(error).toBeInstanceOf(DqSourceError);
    const { report } = error as DqSourceError<DqManyReport>;
    expect((error as Error).cause).toBe(cause);
    expect(report).toMatchObject({ scheduled: 3, failed: 0 });
    expect(report.results).toHaveLength(3);
    expect((error as Error).message).toContain('after 3: the database went away');
  });
});

describe('a bulk refuses', () => {
  const sources: readonly unknown[] = [undefined, null, 5, 'abc', {}, () => []];

  it.each(sources)('a source that is %p', async (source) => {
    const bed = new ProducerBed();
    expect(await bed.refusal(bed.producer().delayMany(source as Job[]))).toBeInstanceOf(DqOptionsError);
    expect(bed.traffic).toBe(0);
  });

  it.each([0, -1, 1.5, NaN, Infinity, 10_001, '5', null])('%p jobs under way', async (inFlight) => {
    const bed = new ProducerBed();
    const bulk = bed.producer().delayMany(jobs(1), { inFlight: inFlight as number });
    expect(await bed.refusal(bulk)).toBeInstanceOf(DqOptionsError);
    expect(bed.traffic).toBe(0);
  });

  it.each<unknown>([null, 5, { dta: 1, delay: 0 }, { data: 1, delay: 0, at: 5 }, 'x', [1]])(
    'a job that is %j, and goes on with the others',
    async (job) => {
      const bed = new ProducerBed();
      const source = [...jobs(1), job as Job, ...jobs(1)];
      const report = await bed.settled(bed.producer().delayMany(source));
      expect(report).toMatchObject({ scheduled: 2, failed: 1, results: [{}, { error: { code: 'DQ_OPTIONS' } }, {}] });
    },
  );

  it.each<unknown>([null, { inflight: 5 }, { onResult: 5 }])('options that are %j', async (options) => {
    const bed = new ProducerBed();
    const bulk = bed.producer().delayMany([], options as object);
    expect(await bed.refusal(bulk)).toBeInstanceOf(DqOptionsError);
  });
});
