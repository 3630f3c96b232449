/**
 * Calls a user's function of which nothing is expected back. What it throws goes to `failed`, and so does what it rejects with: an
 * `async` function fits wherever one without a result is asked for, and its rejection would end the process.
 */
export function call(listener: () => unknown, failed: (error: unknown) => void): void {
  try {
    const returned = listener();
    if (returned instanceof Promise) returned.catch(failed);
  } catch (error) {
    failed(error);
  }
}
