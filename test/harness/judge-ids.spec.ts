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
