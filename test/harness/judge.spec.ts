import { describe, expect, it } from '@jest/globals';
import type { Cause } from '../../harness/judge/cause.js';
import { compare } from '../../faults/verdict/expectation.js';
import { type Verdict, verdictOf } from '../../faults/verdict/verdict.js';
import { HistoryBuilder } from './history-builder.js';

const NEUTRAL: ReadonlySet<string> = new Set([
  'scheduled',
  'acked',
  'completed',
  'revoked',
  'rejected',
  'indeterminate',
  'recovered',
]);

function judged({ events }: HistoryBuilder, again: readonly Cause[] = []): Verdict {
  return verdictOf(events, { settleWithinMs: 1_000, again });
}

function counted(history: HistoryBuilder): Verdict['counts'] {
  return judged(history).counts;
}

/** What is bad among what was counted. */
function damage(history: HistoryBuilder, again: readonly Cause[] = []): Verdict['counts'] {
  return Object.fromEntries(Object.entries(judged(history, again).counts).filter(([name]) => !NEUTRAL.has(name)));
}

function told(): HistoryBuilder {
  return new HistoryBuilder();
}

describe('jobs', () => {
  it('finds nothing wrong where every job ran once', () => {
    const history = told().scheduled(1).scheduled(2).ran(1).ran(2, 'consumer-2');
    expect(damage(history)).toEqual({});
    expect(counted(history)).toMatchObject({ scheduled: 2, acked: 2, completed: 2 });
  });

  it('counts an acknowledged job that never ran as lost', () => {
    expect(damage(told().scheduled(1))).toEqual({ lost: 1 });
  });

  it('counts a job as lost that started and never came to an end', () => {
    expect(damage(told().scheduled(1).start(1).died('consumer-1'))).toMatchObject({ lost: 1 });
  });

  it('does not count a revoked job as lost, nor one whose revoke failed', () => {
    expect(damage(told().scheduled(1).revoked(1).scheduled(2).revoked(2, 'DQ_CLAIM_STORE'))).toEqual({});
  });

  it('counts a job as lost that revoke said was done, and that never ran', () => {
    expect(damage(told().scheduled(1).revoked(1, 'done'))).toEqual({ lost: 1 });
  });

  it('takes a dead letter for what it is while a copy is kept, and for lost when none is', () => {
    expect(damage(told().scheduled(1).start(1).told('job-dead', 'id-1').leftover('buried', 1))).toMatchObject({
      dead: 1,
    });
    const gone = damage(told().scheduled(1).start(1).told('job-dead', 'id-1'));
    expect(gone.lost).toBe(1);
    expect(gone.dead).toBeUndefined();
  });

  it('counts runs of jobs that nobody asked for', () => {
    expect(damage(told().ran(7))).toMatchObject({ unexpected: 1 });
  });

  it('tells apart an error that was clear from one that was not', () => {
    const clear = told().call(1).rejected(1).ran(1);
    const unclear = told().call(1).rejected(1, { safe: false }).ran(1);
    expect(damage(clear)).toMatchObject({ 'refused ran': 1 });
    expect(counted(unclear)).toEqual({ scheduled: 1, rejected: 1, completed: 1, recovered: 1 });
  });

  it('counts a call of a process that died before the answer as indeterminate, whether the job runs or not', () => {
    const history = told().call(1).call(2).died('producer-1').ran(1);
    expect(counted(history)).toEqual({ scheduled: 2, indeterminate: 2, completed: 1, recovered: 1 });
  });

  it('counts runs after a revoke, and not those before it', () => {
    expect(damage(told().scheduled(1).revoked(1).ran(1))).toMatchObject({ 'revoked ran': 1 });
    expect(damage(told().scheduled(1).ran(1).revoked(1))['revoked ran']).toBeUndefined();
  });

  it('counts answers that are missing or late', () => {
    expect(damage(told().call(1))).toEqual({ unsettled: 1 });
    expect(damage(told().call(1).wait(2_000).acked(1).ran(1))).toMatchObject({ unsettled: 1 });
  });

  it('counts payloads that are not what was scheduled', () => {
    expect(damage(told().scheduled(1).start(1, { intact: false }).end(1))).toMatchObject({ corrupt: 1 });
  });

  it('counts two acknowledgements under two ids as two jobs', () => {
    const twice = told().call(1).acked(1, { id: 'x' }).call(1).acked(1, { id: 'y' });
    twice.start(1, { id: 'x' }).end(1);
    expect(damage(twice)).toMatchObject({ lost: 1 });
    twice.start(1, { id: 'y', by: 'consumer-2' }).end(1, { by: 'consumer-2' });
    expect(damage(twice)).toEqual({});
  });
});

describe('time', () => {
  it('counts a start before the due time of the envelope, or before what was asked for', () => {
    const due = 1_005_000;
    expect(damage(told().scheduled(1).start(1, { dueMs: due }).end(1))).toMatchObject({ early: 1 });
    expect(damage(told().scheduled(1, due).ran(1))).toMatchObject({ early: 1 });
    expect(judged(told().scheduled(1, due).ran(1)).earliestMs).toBeLessThan(-4_900);
  });

  it('measures lateness from the due time to the first start', () => {
    const history = told().scheduled(1);
    const due = history.now;
    history.wait(500).start(1, { dueMs: due }).end(1);
    expect(judged(history).late).toEqual({ count: 1, p50: 501, p99: 501, max: 501 });
  });

  it('measures lateness under a fault only where a copy was on a node that worked', () => {
    const history = told()
      .wait(10_000)
      .call(1)
      .acked(1, { nodes: ['a', 'b'] })
      .call(2)
      .acked(2, { nodes: ['a', 'c'] });
    history.fault('a and b killed', true, ['a', 'b']).wait(1_000);
    const due = history.now;
    history.wait(50).start(1, { dueMs: due }).end(1).start(2, { dueMs: due }).end(2).wait(1_000);
    history.fault('a and b killed', false, ['a', 'b']);
    expect(judged(history)).toMatchObject({ late: { count: 2 }, lateInFault: { count: 1 } });
    history.nodeEmptied('c');
    expect(judged(history).lateInFault).toBeUndefined();
  });

  it('measures scheduling under a fault', () => {
    const history = told().call(1).wait(5).acked(1).fault('x', true).call(2).wait(99).acked(2).fault('x', false);
    expect(judged(history)).toMatchObject({ scheduling: { count: 2 }, schedulingInFault: { count: 1, max: 100 } });
  });
});

describe('runs beyond the first', () => {
  const twice = (between: (history: HistoryBuilder) => void, first = told().scheduled(1).start(1)): HistoryBuilder => {
    between(first);
    return first.ran(1, 'consumer-2', 2);
  };
  const cases: readonly [Cause, (history: HistoryBuilder) => void][] = [
    ['retry', (history) => history.end(1, { outcome: 'failed' })],
    ['retry', (history) => history.aborted(1, 'DqTimeoutError')],
    ['given back', (history) => history.aborted(1, 'DqShutdownError')],
    ['died', (history) => history.died('consumer-1')],
    ['died', (history) => history.end(1).wait(100).died('consumer-1')],
    ['lease lost', (history) => history.aborted(1, 'DqLeaseLostError')],
    ['lease lost', (history) => history.told('result-refused', 'id-1')],
    ['lease lost', (history) => history.stalled('consumer-1', true).wait(5_000).stalled('consumer-1', false)],
    ['store lost', (history) => history.end(1).storeEmptied()],
    ['unexplained', (history) => history.end(1)],
    ['unexplained', (history) => history.end(1).wait(60_000).died('consumer-1')],
    ['unexplained', (history) => history.died('consumer-3')],
    ['unexplained', (history) => history.told('result-refused', 'id-2')],
  ];

  it.each(cases)('names %s as the cause', (cause, between) => {
    const history = twice(between);
    expect(judged(history).causes).toEqual({ [cause]: 1 });
    expect(damage(history)).toMatchObject({ twice: 1 });
    if (cause !== 'unexplained') expect(damage(history, [cause]).twice).toBeUndefined();
  });

  it('takes a death for the cause long after the end, while the claim store is away', () => {
    const history = told().fault('redis killed', true).scheduled(1).start(1);
    expect(judged(twice((h) => h.end(1).wait(5_000).died('consumer-1'), history)).causes).toEqual({ died: 1 });
  });
});

describe('what is left', () => {
  it('counts copies by state, and those of strangers apart', () => {
    const history = told().scheduled(1).ran(1).leftover('ready', 1).leftover('reserved').leftover('delayed', 1);
    expect(damage(history.leftover('buried', 1).leftover('buried'))).toMatchObject({
      ready: 1,
      reserved: 1,
      delayed: 1,
      buried: 1,
      foreign: 1,
    });
  });

  it('counts processes that did not end by themselves', () => {
    expect(damage(told().closed('consumer-1').closed('consumer-2', 'killed by SIGKILL'))).toEqual({ 'left open': 1 });
  });
});

describe('judging a verdict', () => {
  const verdict = judged(told().scheduled(1).scheduled(2).ran(1));

  it('wants 0 of everything bad that is not named', () => {
    expect(compare(verdict, {}).broken).toEqual(['lost 1, expected 0']);
    expect(compare(verdict, { counts: { lost: 1 } }).broken).toEqual([]);
  });

  it('takes ranges, and an empty one for anything', () => {
    expect(compare(verdict, { counts: { lost: {} } }).broken).toEqual([]);
    expect(compare(verdict, { counts: { lost: { min: 2 } } }).broken).toEqual(['lost 1, expected 2 to Infinity']);
  });

  it('wants counters that are not bad only where they are named', () => {
    expect(compare(verdict, { counts: { lost: 1, revoked: { min: 1 } } }).broken).toEqual([
      'revoked 0, expected 1 to Infinity',
    ]);
  });

  it('tells bounds without failing on them', () => {
    const { broken, bounds } = compare(verdict, {
      counts: { lost: 1 },
      bounds: { 'late p99': 0.5, 'scheduling p99': 100 },
    });
    expect(broken).toEqual([]);
    expect(bounds.map(({ bound, met }) => [bound, met])).toEqual([
      ['late p99', false],
      ['scheduling p99', true],
    ]);
  });
});

describe('what the claim store forgot', () => {
  it('excuses a run after one whose end it had heard in that time, and after no other', () => {
    const heard = told().scheduled(1).ran(1).storeEmptied(1_000).ran(1, 'consumer-2');
    expect(damage(heard, ['store lost'])).toEqual({});
    const kept = told().scheduled(1).ran(1).wait(5_000).storeEmptied(1_000).ran(1, 'consumer-2');
    expect(damage(kept, ['store lost'])).toEqual({ twice: 1 });
  });

  it('excuses a run after a revoke that it had heard in that time, and after no other', () => {
    const heard = told().scheduled(1).revoked(1).storeEmptied(1_000).ran(1);
    expect(damage(heard)).toEqual({ 'revoked ran': 1 });
    expect(damage(heard, ['revoke lost'])).toEqual({});
    const kept = told().scheduled(1).revoked(1).wait(5_000).storeEmptied(1_000).ran(1);
    expect(damage(kept, ['revoke lost'])).toEqual({ 'revoked ran': 1 });
  });
});

describe('ids of callers', () => {
  const owned = (seq: number): HistoryBuilder => told().call(seq).acked(seq, { id: 'own' });

  it('counts a job that is accepted under the id of one that lives', () => {
    const history = owned(1)
      .call(2)
      .acked(2, { id: 'own' })
      .start(1, { id: 'own' })
      .end(1)
      .start(2, { id: 'own' })
      .end(2);
    expect(damage(history)).toEqual({ 'id twice': 1 });
  });

  it('does not count one that is accepted under the id of one that is over', () => {
    const history = owned(1).start(1, { id: 'own' }).end(1).call(2).acked(2, { id: 'own' });
    expect(damage(history.start(2, { id: 'own' }).end(2))).toEqual({});
  });

  it('counts what is told wrong of the job that has an id', () => {
    const done = owned(1).start(1, { id: 'own' }).end(1).wait(10_000);
    expect(damage(done.taken(2, 'own', 'done').taken(3, 'own', 'scheduled').taken(4, 'own', 'running'))).toEqual({
      'told wrong': 2,
    });
  });

  it('counts what is told to run again after its end, and not what is before', () => {
    const failed = owned(1).start(1, { id: 'own' }).end(1, { outcome: 'failed' }).taken(2, 'own', 'retrying');
    const done = failed.start(1, { id: 'own', attempt: 2 }).end(1, { attempt: 2 });
    expect(damage(done, ['retry'])).toEqual({});
    expect(damage(done.wait(10_000).taken(3, 'own', 'retrying'), ['retry'])).toEqual({ 'told wrong': 1 });
  });

  it('believes that a job runs whose handler is about to begin, and not of one that begins much later', () => {
    const claimed = owned(1).taken(2, 'own', 'running').wait(900).start(1, { id: 'own' }).end(1);
    expect(damage(claimed)).toEqual({});
    const waits = owned(1).taken(2, 'own', 'running').wait(10_000).start(1, { id: 'own' }).end(1);
    expect(damage(waits)).toEqual({ 'told wrong': 1 });
  });

  it('believes what was true a moment ago', () => {
    const history = owned(1).start(1, { id: 'own' }).taken(2, 'own', 'scheduled').end(1).taken(3, 'own', 'running');
    expect(damage(history)).toEqual({});
  });
});
