import type { BrokenPromise } from './broken-promise.js';
import type { Case } from './case.js';

/** What stands under a key may be replaced while it is moved, so often. */
const MOST_MOVES = 5;

/** Every call is answered in time, and a close leaves nothing behind. */
export function* judgeAnswers({ terms, events, timelines, excuses, end, shown }: Case): Generator<BrokenPromise> {
  const { settleWithinMs, closeWithinMs = Infinity } = terms;
  const asked: { what: string; at: number; by: string; answered: number | undefined; withinMs: number }[] = [];
  for (const { by, number, key, at } of events.filter((event) => event.kind === 'word')) {
    const answer = events.find((event) => event.kind === 'word-answer' && event.by === by && event.number === number);
    asked.push({ what: `a word on ${key}`, at, by, answered: answer?.at, withinMs: MOST_MOVES * settleWithinMs });
  }
  for (const { seq, calls, revoke, revokeAnswer } of timelines) {
    for (const { call, answer } of calls)
      asked.push({ what: `${seq} scheduled`, ...call, answered: answer?.at, withinMs: settleWithinMs });
    if (revoke !== undefined)
      asked.push({ what: `${seq} revoked`, ...revoke, answered: revokeAnswer?.at, withinMs: settleWithinMs });
  }
  for (const { what, at, by, answered, withinMs } of asked) {
    if (answered === undefined && excuses.deathOf(by) !== undefined) continue;
    const until = answered ?? end;
    const took = until - at - excuses.stalledMs(by, at, until);
    if (answered !== undefined && took <= withinMs) continue;
    const told = answered === undefined ? 'never' : `${took.toFixed(1)} ms`;
    yield { rule: 'unsettled', text: `${what} by ${by} at ${shown(at)}: ${told}` };
  }
  for (const event of events) {
    if (event.kind === 'closed') {
      const { by, at, tookMs, timers, wires } = event;
      if (timers > 0 || wires > 0) yield { rule: 'left open', text: `${by}: ${timers} timers, ${wires} connections` };
      const took = tookMs - excuses.stalledMs(by, at - tookMs, at);
      if (took > closeWithinMs) yield { rule: 'unsettled', text: `${by} took ${took.toFixed(0)} ms to close` };
    }
    if (event.kind === 'gone' && event.asked && event.how !== 'by itself') {
      yield { rule: 'left open', text: `${event.by}: ${event.how}` };
    }
    if (event.kind === 'drained' && event.after === undefined) {
      yield { rule: 'not drained', text: 'copies or calls were left long after all faults were over' };
    }
  }
}
