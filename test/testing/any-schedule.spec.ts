import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type DqJob, DqModule, DqProducer, getDqProducerToken } from 'nestjs-dq';
import { Test } from '@nestjs/testing';
import { DqTesting, useDqTesting } from 'nestjs-dq/testing';
import { ordersHandler, START } from './order-app.js';

const TUBES = ['orders', 'mails'] as const;
const SERVERS = { beanstalks: ['10.255.0.1:1', '10.255.0.2:1', '10.255.0.3:1'], redis: 'redis://10.255.0.9:1' };

/** Delays around all that the queue treats apart: a lane's pauses, whole seconds, what is held and what is released. */
const delay = fc.oneof(
  fc.integer({ min: 0, max: 60 }),
  fc.integer({ min: 900, max: 3_100 }),
  fc.integer({ min: 0, max: 100_000 }),
  fc.integer({ min: 1, max: 5 }).map((seconds) => seconds * 1_000),
);
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ tube: fc.constantFrom(...TUBES), delay, failures: fc.integer({ min: 0, max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ advance: delay }) },
);

interface Plan {
  readonly number: number;
  readonly failures: number;
  readonly dueMs: number;
}

describe('any schedule', () => {
  it.each([1, 3, 10])('runs each attempt at its very millisecond, with concurrency %i', async (concurrency) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), delay, async (steps, backoff) => {
        const ran: string[] = [];
        const doing = (data: unknown, job: DqJob): void => {
          const { number, failures } = data as Plan;
          ran.push(`${number} ${job.attempt} ${dq.now()}`);
          if (job.attempt <= failures) throw new Error('no');
        };
        const module = await useDqTesting(
          Test.createTestingModule({
            imports: [
              DqModule.forRoot({
                ...SERVERS,
                tubes: TUBES,
                defaults: { concurrency, backoff: { type: 'fixed', delay: backoff } },
                logger: false,
              }),
            ],
            providers: TUBES.map((tube) => ordersHandler([], () => 0, doing, tube)),
          }),
          { now: START },
        ).compile();
        const dq = module.get(DqTesting);
        await module.init();

        const expected: string[] = [];
        let number = 0;
        const passed: number[] = [];
        for (const next of steps) {
          if ('advance' in next) {
            await dq.advance(next.advance);
            passed.push(dq.now());
            // All that is due has run, and nothing else.
            expect(ran.toSorted()).toEqual(expected.filter((run) => Number(run.split(' ')[2]) <= dq.now()).toSorted());
            continue;
          }
          number++;
          const plan: Plan = { number, failures: next.failures, dueMs: dq.now() + next.delay };
          await module.get<DqProducer<Plan>>(getDqProducerToken(next.tube)).delay(plan, next.delay);
          for (let attempt = 1; attempt <= next.failures + 1; attempt++) {
            expected.push(`${number} ${attempt} ${plan.dueMs + (attempt - 1) * backoff}`);
          }
        }
        await dq.drain();
        expect(ran.toSorted()).toEqual(expected.toSorted());
        const moments = ran.map((run) => Number(run.split(' ')[2]));
        expect(moments).toEqual(moments.toSorted((one, other) => one - other));
        expect(dq.scheduled()).toEqual([]);
        await module.close();
      }),
      { numRuns: 40 },
    );
  });
});
