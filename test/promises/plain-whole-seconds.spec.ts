// Never early, where a Go consumer reads: it runs a copy as soon as its node gives it, and nodes count whole seconds.
import * as fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { decodeEnvelope } from '../../lib/core/wire/envelope.js';
import type { StubCommand } from '../support/stub-node.js';
import { ProducerBed } from '../unit/producer/producer-bed.js';

/** How far copies come up behind their due time, in milliseconds; before it where that is negative. */
async function lateness(tube: string, ms: number, call: 'delay' | 'at', ticks: number[], slowMs: number) {
  const bed = new ProducerBed({ copies: 2 });
  const { clock } = bed;
  const read = clock.now.bind(clock);
  // Some time goes by between any two looks at the clock.
  let looks = 0;
  clock.now = () => {
    clock.step(ticks[looks++ % ticks.length]!);
    return read();
  };
  const late: number[] = [];
  let slow: StubCommand | undefined;
  for (const stub of bed.stubs)
    stub.answers = (command) => {
      const { put } = command;
      if (put === undefined) return stub.obey(command);
      late.push(read() + put.delaySeconds * 1_000 - decodeEnvelope(Buffer.from(put.body)).dueMs);
      // The first node takes its time, and has no room then: another one is asked.
      if (slow !== undefined) return stub.obey(command);
      slow = command;
      return undefined;
    };
  const producer = bed.producer(tube);
  const asked = read() + ticks[0]!;
  const written = call === 'delay' ? producer.delay('x', ms) : producer.at('x', asked + ms);
  await clock.settle();
  await clock.advance(slowMs);
  slow!.answer({ kind: 'DRAINING' });
  await bed.settled(written);
  expect(late).toHaveLength(3);
  return late;
}

const ticks = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 });
const call = fc.constantFrom('delay' as const, 'at' as const);
const slowMs = fc.integer({ min: 0, max: 2_500 });

describe('a copy on a plain tube', () => {
  it('of a job in whole seconds never comes up early, and less than a second late, however long the write takes', async () => {
    const seconds = fc.integer({ min: 0, max: 20 });
    await fc.assert(
      fc.asyncProperty(seconds, call, ticks, slowMs, async (seconds, call, ticks, slowMs) => {
        for (const ms of await lateness('go', seconds * 1_000, call, ticks, slowMs)) {
          // The digits below the millisecond tell equal jobs apart, and count as one when they are read.
          expect(ms).toBeGreaterThanOrEqual(-1);
          expect(ms).toBeLessThan(1_000);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('of any other comes up less than a second early, as a Go producer writes it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20_000 }), call, ticks, slowMs, async (ms, call, ticks, slowMs) => {
        for (const late of await lateness('go', ms, call, ticks, slowMs)) expect(late).toBeGreaterThanOrEqual(-1_000);
      }),
      { numRuns: 150 },
    );
  });

  it('comes up early on a native tube, whose consumers wait for the millisecond (control)', async () => {
    const late = await lateness('orders', 2_000, 'delay', [7], 0);
    expect(Math.min(...late)).toBeLessThan(-900);
  });
});
