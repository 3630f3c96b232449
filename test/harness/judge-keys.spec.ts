// What the judge says of calls with a key, on histories that are written here.
import { describe, expect, it } from '@jest/globals';
import type { EventOf, HistoryEvent } from '../../harness/history/history-event.js';
import { judge } from '../../harness/judge/judge.js';

type Placed = EventOf<'placed'>;

/** Moments are far apart, since a run may have been granted a second before its handler is entered. */
const S = 10_000;

function called(
  seq: number,
  from: number,
  outcome: Placed['outcome'],
  { to = from + 1, standing = seq, dueMs = 0 } = {},
) {
  const own = `id-${seq}`;
  const call: HistoryEvent = {
    kind: 'call',
    at: from,
    by: 'web',
    seq,
    keyed: { key: 'k', policy: 'replace', id: own },
  };
  const placed: HistoryEvent = { kind: 'placed', at: to, by: 'web', seq, own, outcome, id: `id-${standing}`, dueMs };
  return [call, placed];
}

function said(outcome: string, from: number, dueMs?: number): HistoryEvent[] {
  const due = dueMs === undefined ? {} : { dueMs };
  return [
    { kind: 'word', at: from, by: 'web', number: from, key: 'k', ...due },
    { kind: 'word-answer', at: from + 1, by: 'web', number: from, outcome },
  ];
}

function ran(seq: number, at: number): HistoryEvent[] {
  return [
    { kind: 'start', at, by: 'worker', seq, id: `id-${seq}`, attempt: 1, dueMs: 0, intact: true },
    { kind: 'end', at: at + 1, by: 'worker', seq, attempt: 1, outcome: 'ok' },
  ];
}

function rulesBroken(...events: readonly HistoryEvent[][]): readonly string[] {
  const history = events.flat().toSorted((one, other) => one.at - other.at);
  return judge(history, { settleWithinMs: 1_000, again: [] }).broken.map(({ rule }) => rule);
}

const emptied = (at: number): HistoryEvent[] => [{ kind: 'store-emptied', at, from: 0 }];

describe('under a key', () => {
  it.each<[string, HistoryEvent[][]]>([
    ['the last call runs', [called(1, S, 'scheduled'), called(2, 2 * S, 'replaced'), ran(2, 3 * S)]],
    [
      'what had begun goes on',
      [called(1, S, 'scheduled'), ran(1, 2 * S), called(2, 2 * S, 'scheduled'), ran(2, 4 * S)],
    ],
    [
      'one of two calls at once gives way',
      [called(1, S, 'scheduled', { to: S + 9 }), called(2, S, 'scheduled'), ran(1, 2 * S)],
    ],
    ['what was cancelled does not run', [called(1, S, 'scheduled'), said('cancelled', 2 * S)]],
    ['a cancel that was not answered may count', [called(1, S, 'scheduled'), said('DQ_CLAIM_STORE', 2 * S)]],
    ['what is kept runs', [called(1, S, 'scheduled'), called(2, 2 * S, 'kept', { standing: 1 }), ran(1, 3 * S)]],
    ['what was moved waits until then', [called(1, S, 'scheduled'), said('rescheduled', 2 * S, 4 * S), ran(1, 4 * S)]],
    [
      'what was replaced may run where Redis forgot that',
      [called(1, S, 'scheduled'), called(2, 2 * S, 'replaced'), emptied(3 * S), ran(1, 4 * S), ran(2, 5 * S)],
    ],
  ])('%s', (_, events) => {
    expect(rulesBroken(...events)).toEqual([]);
  });

  it.each<[string, string, HistoryEvent[][]]>([
    [
      'superseded ran',
      'the call before runs',
      [called(1, S, 'scheduled'), called(2, 2 * S, 'replaced'), ran(1, 3 * S), ran(2, 4 * S)],
    ],
    ['superseded ran', 'a call that was superseded runs', [called(1, S, 'superseded', { standing: 2 }), ran(1, 3 * S)]],
    ['cancelled ran', 'what was cancelled runs', [called(1, S, 'scheduled'), said('cancelled', 2 * S), ran(1, 4 * S)]],
    [
      'cancelled ran',
      'what nothing was said to be runs',
      [called(1, S, 'scheduled'), said('none', 2 * S), ran(1, 4 * S)],
    ],
    [
      'both ran',
      'two calls at once run',
      [called(1, S, 'scheduled', { to: S + 9 }), called(2, S, 'scheduled'), ran(1, 3 * S), ran(2, 4 * S)],
    ],
    [
      'moved early',
      'what was moved runs before',
      [called(1, S, 'scheduled'), said('rescheduled', 2 * S, 6 * S), ran(1, 4 * S)],
    ],
    [
      'moved early',
      'what was postponed runs before',
      [called(1, S, 'scheduled'), called(2, 2 * S, 'postponed', { standing: 1, dueMs: 6 * S }), ran(1, 4 * S)],
    ],
    ['key lost', 'nothing runs', [called(1, S, 'scheduled')]],
    [
      'key lost',
      'what is kept was over',
      [called(1, S, 'scheduled'), ran(1, 2 * S), called(2, 3 * S, 'kept', { standing: 1 })],
    ],
    ['key lost', 'nothing runs although a cancel found nothing', [called(1, S, 'scheduled'), said('none', 2 * S)]],
    ['key lost', 'nothing runs since Redis was emptied', [called(1, S, 'scheduled'), emptied(3 * S)]],
  ])('%s: %s', (rule, _, events) => {
    expect(rulesBroken(...events)).toEqual([rule]);
  });
});
