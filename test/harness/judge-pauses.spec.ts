import { describe, expect, it } from '@jest/globals';
import type { HistoryEvent } from '../../harness/history/history-event.js';
import { judge } from '../../harness/judge/judge.js';

const TUBE = 'orders';

/** A pause that is said at 1,000 and known at 3,000; a run that starts at `startedAt`; and whatever else happened. */
function rulesOf(startedAt: number, more: readonly HistoryEvent[] = [], forMs?: number): readonly string[] {
  const by = 'worker.1';
  const end = forMs === undefined ? {} : { forMs };
  const events: HistoryEvent[] = [
    { kind: 'call', at: 1, by: 'web', seq: 0, dueMs: 2 },
    { kind: 'acked', at: 2, by: 'web', seq: 0, id: 'id-0', nodes: [] },
    { kind: 'gate', at: 1_000, by: 'web', number: 0, tube: TUBE, word: 'pause', ...end },
    { kind: 'gate-answer', at: 3_000, by: 'web', number: 0, outcome: 'paused' },
    { kind: 'start', at: startedAt, by, tube: TUBE, seq: 0, id: 'id-0', attempt: 1, dueMs: 2, intact: true },
    { kind: 'end', at: startedAt + 1, by, seq: 0, attempt: 1, outcome: 'ok' },
    ...more,
  ];
  const sorted = events.toSorted((one, other) => one.at - other.at);
  return judge(sorted, { settleWithinMs: 60_000, again: [] }).broken.map(({ rule }) => rule);
}

const resume = (at: number, answeredAt: number): readonly HistoryEvent[] => [
  { kind: 'gate', at, by: 'other', number: 0, tube: TUBE, word: 'resume' },
  { kind: 'gate-answer', at: answeredAt, by: 'other', number: 0, outcome: 'resumed' },
];

describe('a run that starts', () => {
  it.each<[string, number, readonly HistoryEvent[], number | undefined, boolean]>([
    ['before the pause is known', 2_999, [], undefined, false],
    ['after it is', 3_001, [], undefined, true],
    ['after a resume was called', 5_001, resume(5_000, 5_500), undefined, false],
    ['before that', 4_999, resume(5_000, 5_500), undefined, true],
    ['where a resume was under way when the pause was said', 4_000, resume(500, 1_500), undefined, false],
    ['where one was answered before', 4_000, resume(500, 900), undefined, true],
    ['when its time is over', 6_001, [], 5_000, false],
    ['before that is so', 5_999, [], 5_000, true],
    ['when the store has lost the pause', 4_000, [{ kind: 'store-emptied', at: 3_500, from: 0 }], undefined, false],
    [
      'in a process whose answers all come late',
      4_000,
      [{ kind: 'cut-off', at: 500, by: 'worker', until: 9_000, slow: true }],
      undefined,
      false,
    ],
    [
      'in one that was only cut off',
      4_000,
      [{ kind: 'cut-off', at: 500, by: 'worker', until: 9_000 }],
      undefined,
      true,
    ],
  ])('%s', (_, at, more, forMs, broken) => {
    expect(rulesOf(at, more, forMs)).toEqual(broken ? ['started while paused'] : []);
  });
});
