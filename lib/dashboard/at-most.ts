import type { Clock } from '../core/base/clock.js';
import { inTime } from '../core/inspector/in-time.js';
import { Refusal } from './failure.js';

/** Somebody looks at the page: an answer that takes longer than a second is none. */
const VIEW_MS = 900;
const LATE = Symbol('late');

/** What is looked for, unless it takes too long: a server hangs. @throws Refusal */
export async function atMost<T>(clock: Clock, look: Promise<T>, what: string, ms = VIEW_MS): Promise<T> {
  // It may fail when nobody waits any more.
  look.catch(() => {});
  const answer = await inTime<T | typeof LATE>(clock, ms, look, LATE);
  if (answer !== LATE) return answer;
  throw new Refusal(
    503,
    'NOT_IN_TIME',
    `${what} could not be read within ${ms} ms: a server hangs or is slow, or another look or action is still under way. Try again.`,
  );
}
