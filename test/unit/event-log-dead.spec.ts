import { describe, expect, it } from '@jest/globals';
import { EventLogBed, JOB } from './event-log-bed.js';

const bed = new EventLogBed();

describe('event log of dead letters and failed attempts', () => {
  const die = (id: number, tube = 'orders'): void =>
    bed.log.write({
      type: 'job-dead',
      tookMs: 1,
      lateMs: 0,
      ...JOB,
      tube,
      id: `order-${id}`,
      attempt: 5,
      reason: 'no',
    });
  const ids = (): (string | undefined)[] => bed.lines.map(([, text]) => /^Job (\S+)/.exec(text)?.[1]);

  it('writes a line for each of the first five in ten seconds, and then how many were left out', () => {
    for (let id = 1; id <= 9; id++) {
      die(id);
      bed.clock.pass(1_000);
    }
    expect(ids()).toEqual(['order-1', 'order-2', 'order-3', 'order-4', 'order-5']);
    bed.clock.pass(20_000);
    expect(bed.lines.slice(5)).toEqual([['error', '4 more job-dead events (orders) were not logged.']]);
    die(10);
    die(11);
    expect(ids().slice(6)).toEqual(['order-10', 'order-11']);
  });

  it('writes no more than that, however many there are and for however long', () => {
    for (let second = 0; second < 60; second++) {
      for (let id = 0; id < 100; id++) die(id);
      bed.clock.pass(1_000);
    }
    bed.log.flush();
    const counted = bed.lines.flatMap(([, text]) => Number(/^(\d+) more job-dead/.exec(text)?.[1] ?? 1));
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(6_000);
    expect(bed.lines.length).toBeLessThanOrEqual(6 * 6);
  });

  it('counts each tube by itself', () => {
    for (let id = 1; id <= 7; id++) for (const tube of ['orders', 'mails']) die(id, tube);
    expect(bed.lines).toHaveLength(10);
  });

  it('writes as many of failed attempts, so that each attempt of a lone job is seen', () => {
    for (let attempt = 1; attempt <= 7; attempt++)
      bed.log.write({ type: 'job-failed', tookMs: 1, lateMs: 0, ...JOB, attempt, retryMs: 5, error: new Error('no') });
    bed.log.flush();
    expect(bed.lines.map(([, text]) => /in attempt (\d)/.exec(text)?.[1] ?? text)).toEqual([
      ...['1', '2', '3', '4', '5'],
      '2 more job-failed events (orders) were not logged.',
    ]);
  });

  it('would write one if it were any other kind (control)', () => {
    for (let id = 1; id <= 2; id++)
      bed.log.write({ type: 'job-skipped', tube: 'orders', id: `order-${id}`, lateMs: 5 });
    expect(ids()).toEqual(['order-1']);
    bed.log.flush();
    expect(bed.lines[1]?.[1]).toBe('1 more job-skipped event (orders) was not logged.');
  });
});
