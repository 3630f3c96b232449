import { afterReading, type Clock, type Timer } from './clock.js';

/** The answer, or `otherwise` after so many milliseconds. A late answer is of no use to anybody. */
export async function inTime<T>(clock: Clock, ms: number, answer: Promise<T>, otherwise: T): Promise<T> {
  let timer: Timer | undefined;
  const late = new Promise<T>((resolve) => {
    timer = afterReading(clock, ms, () => resolve(otherwise));
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    timer?.cancel();
  }
}
