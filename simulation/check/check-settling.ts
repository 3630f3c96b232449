import type { Case } from './case.js';
import { shown } from './check-runs.js';
import type { Violation } from './violation.js';

/** Admission, write, withdrawal, tombstone, conclusion: each has a deadline of its own. */
const STEPS = 6;
const SLACK_MS = 1_000;
/** The application's own deadline, and what it waits for the last answers. */
const CLOSING_MS = 4_000 + 3_000;

/** Every call is answered in time, and a close leaves nothing behind. */
export function* checkSettling({ plan, events, timelines, excuses }: Case): Generator<Violation> {
  const within = STEPS * plan.settings.deadlineMs + SLACK_MS;
  const end = events.at(-1)?.at ?? 0;
  for (const { seq, calls, revoke, revokeAnswer } of timelines) {
    const asked = calls.map(({ call, answer }) => ({ what: 'scheduled', at: call.at, by: call.by, answer }));
    if (revoke !== undefined)
      asked.push({ what: 'revoked', at: revoke.at, by: revoke.by, answer: revokeAnswer as never });
    for (const { what, at, by, answer } of asked) {
      const until = answer?.at ?? end;
      if (answer === undefined && excuses.died(by, at, Infinity)) continue;
      const took = until - at - excuses.stalledMs(by, at, until);
      if (answer !== undefined && took <= within) continue;
      yield {
        rule: 'unsettled',
        text: `${seq} ${what} by ${by} at ${shown(at)}: ${answer === undefined ? 'never' : `${took.toFixed(0)} ms`}`,
      };
    }
  }
  for (const event of events) {
    if (event.kind === 'closed') {
      const { by, at, tookMs, timers, wires } = event;
      if (timers > 0 || wires > 0) yield { rule: 'left open', text: `${by}: ${timers} timers, ${wires} connections` };
      const took = tookMs - excuses.stalledMs(by, at - tookMs, at);
      if (took > CLOSING_MS + within) yield { rule: 'unsettled', text: `${by} took ${took.toFixed(0)} ms to close` };
    }
    if (event.kind === 'gone' && event.how === 'not closed in time') {
      yield { rule: 'unsettled', text: `${event.by} never closed` };
    }
    if (event.kind === 'drained' && event.after === undefined) {
      yield { rule: 'not drained', text: 'copies or calls were left long after all faults were over' };
    }
  }
}
