import { afterReading, type Clock } from '../core/base/clock.js';
import { inTime } from '../core/base/in-time.js';
import { Refusal } from './failure.js';

/** Somebody looks at the page: an answer that takes longer than a second is none. */
const VIEW_MS = 900;
const LATE = Symbol('late');

/** What was asked, where an answer came in time. */
export type Answered<T> = { readonly value: T } | undefined;

/** All answers that come within `ms`; undefined for those that do not, and for what rejects. One timer, however many are asked. */
export function inOneLook<T>(clock: Clock, ms: number, asked: readonly Promise<T>[]): Promise<readonly Answered<T>[]> {
  const answers = asked.map((): Answered<T> => undefined);
  return new Promise((resolve) => {
    const timer = afterReading(clock, ms, () => resolve([...answers]));
    const settled = asked.map(async (one, at) => {
      answers[at] = { value: await one };
    });
    void Promise.allSettled(settled).then(() => {
      timer.cancel();
      resolve(answers);
    });
  });
}

/** What is looked for, unless it takes too long: a server hangs. @throws Refusal */
export async function atMost<T>(clock: Clock, look: Promise<T>, what: string): Promise<T> {
  // It may fail when nobody waits any more.
  look.catch(() => {});
  const answer = await inTime<T | typeof LATE>(clock, VIEW_MS, look, LATE);
  if (answer !== LATE) return answer;
  throw new Refusal(
    503,
    'NOT_IN_TIME',
    `${what} could not be read within ${VIEW_MS} ms: a server hangs or is slow, or another look or action is still under way. Try again.`,
  );
}
