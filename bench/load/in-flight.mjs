// @ts-check

/**
 * Keeps `inFlight` calls under way until `ms` have passed or `count` were made, and waits for the last.
 *
 * @param {object} limits
 * @param {number} limits.inFlight
 * @param {number} [limits.ms]
 * @param {number} [limits.count]
 * @param {(at: number) => Promise<unknown>} call
 * @returns {Promise<{ calls: number, ms: number }>}
 */
export async function keepInFlight({ inFlight, ms = Infinity, count = Infinity }, call) {
  let calls = 0;
  const start = performance.now();
  const end = start + ms;
  const one = async () => {
    while (calls < count && performance.now() < end) await call(calls++);
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return { calls, ms: performance.now() - start };
}
