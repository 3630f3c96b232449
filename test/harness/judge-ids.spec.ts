// What the judge excuses of two jobs with one id, on histories that are written here.
import { describe, expect, it } from '@jest/globals';
import type { HistoryEvent } from '../../harness/history/history-event.js';
import { judge } from '../../harness/judge/judge.js';
import { makePlan } from '../../simulation/plan/make-plan.js';
import { termsOf } from '../../simulation/plan/terms-of.js';

const [LEFT, NEXT] = ['dq:{orders}:own-1#left', 'dq:{orders}:own-1#next'];

const admitted = (at: number, key: string): HistoryEvent => ({
  kind: 'admitted',
  at,
  by: 'web',
  key,
  answer: 'admitted',
});
const accepted = (at: number, key: string): HistoryEvent => {
  return { kind: 'concluded', at, by: 'web', key, written: true, counts: true };
};
const tombstone = (at: number): HistoryEvent => ({
  kind: 'tombstone',
  at,
  by: 'web',
  key: LEFT,
  verdict: 'revoked',
});
const emptied = (at: number, from: number, until: number): HistoryEvent => ({
  kind: 'store-emptied',
  at,
  from,
  until,
});

/** The rules that are broken when a write is left, the next with its id is accepted, and the first runs, with what happens besides. */
function rulesBroken(...besides: readonly HistoryEvent[]): readonly string[] {
  const runs: HistoryEvent = { kind: 'granted', at: 300, by: 'worker', key: LEFT, attempt: 1, orphan: false };
  const course = [admitted(100, LEFT), admitted(200, NEXT), accepted(210, NEXT), runs];
  const events = [...course, ...besides].toSorted((one, other) => one.at - other.at);
  return judge(events, termsOf(makePlan(1, 'liveness'))).broken.map(({ rule }) => rule);
}

describe('a write that was left and runs beside the next with its id', () => {
  it.each([
    ['Redis had lost its admission when the next was admitted', [emptied(160, 50, 150)]],
    ['Redis has lost its tombstone', [tombstone(120), emptied(250, 110, 150)]],
  ])('is excused where %s', (_, besides) => {
    expect(rulesBroken(...besides)).toEqual([]);
  });

  it.each([
    ['Redis lost nothing', []],
    ['Redis lost nothing, and there was a tombstone', [tombstone(120)]],
    ['what Redis lost was told before', [emptied(160, 50, 99)]],
    ['Redis lost its admission only after the next was admitted', [emptied(205, 50, 150)]],
    ['Redis lost its tombstone only after it ran', [tombstone(120), emptied(301, 110, 150)]],
    ['it was accepted itself', [emptied(160, 50, 150), accepted(320, LEFT)]],
  ])('breaks a rule where %s', (_, besides) => {
    expect(rulesBroken(...besides)).toEqual(['id twice']);
  });
});

/** The rules that are broken by what was acknowledged to a caller whose id another call was given too. */
function rulesBrokenOf(...course: readonly HistoryEvent[]): readonly string[] {
  const named = (at: number, seq: number, write: string): HistoryEvent => ({
    kind: 'named',
    at,
    by: 'web',
    seq,
    write,
  });
  const called = (at: number, seq: number): HistoryEvent => ({
    kind: 'call',
    at,
    by: 'web',
    seq,
    id: 'own-1',
    dueMs: 0,
  });
  const acked = (at: number, seq: number): HistoryEvent => {
    return { kind: 'acked', at, by: 'web', seq, id: 'own-1', nodes: ['a', 'b', 'c'] };
  };
  const start: HistoryEvent = {
    kind: 'start',
    at: 401,
    by: 'worker',
    seq: 2,
    id: 'own-1',
    attempt: 1,
    dueMs: 0,
    intact: true,
  };
  const end: HistoryEvent = { kind: 'end', at: 402, by: 'worker', seq: 2, attempt: 1, outcome: 'ok' };
  const settled: HistoryEvent = {
    kind: 'settled',
    at: 403,
    by: 'worker',
    key: NEXT,
    attempt: 1,
    outcome: 'done',
    answer: 'settled',
  };
  const granted: HistoryEvent = { kind: 'granted', at: 400, by: 'worker', key: NEXT, attempt: 1, orphan: false };
  const run: HistoryEvent = { kind: 'run', at: 401, by: 'worker', seq: 2, key: NEXT };
  const calls = [called(99, 1), named(99, 1, 'left'), admitted(100, LEFT), accepted(105, LEFT), acked(106, 1)];
  const next = [called(299, 2), named(299, 2, 'next'), admitted(300, NEXT), accepted(305, NEXT), acked(306, 2)];
  const events = [...calls, ...next, granted, start, run, end, settled, ...course];
  const sorted = events.toSorted((one, other) => one.at - other.at);
  return judge(sorted, { ...termsOf(makePlan(1, 'safety')), retentionMs: 0 }).broken.map(({ rule }) => rule);
}

describe('a job whose id another call was given, so that it never runs', () => {
  it('is excused where Redis had lost that its write was concluded', () => {
    expect(rulesBrokenOf(emptied(200, 103, 150))).not.toContain('lost');
  });

  it.each([
    ['Redis lost nothing', []],
    ['what Redis lost was told before', [emptied(200, 50, 104)]],
    ['Redis lost it only after the next was admitted', [emptied(301, 103, 150)]],
  ])('is lost where %s', (_, besides) => {
    expect(rulesBrokenOf(...besides)).toContain('lost');
  });
});
