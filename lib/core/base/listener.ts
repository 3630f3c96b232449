/**
 * Calls a user's function of which nothing is expected back. What it throws goes to `failed`, and so does what it rejects with: an
 * `async` function fits wherever one without a result is asked for, and its rejection would end the process.
 */
export function call(listener: () => unknown, failed: (error: unknown) => void): void {
  try {
    const returned = listener();
    if (isThenable(returned)) Promise.resolve(returned).then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}

/** True for what `await` would wait for. Throws what looking at the value throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const mayBe = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return mayBe && typeof (value as { then?: unknown }).then === 'function';
}
