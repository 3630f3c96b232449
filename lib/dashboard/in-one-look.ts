import { afterReading, type Clock } from '../core/base/clock.js';

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
