import { duration } from '../../core/options/option-checks.js';
import type { Cli } from './cli.js';
import { CliDeadlineError, CliInterruptedError } from './cli.errors.js';

/** Milliseconds for a whole command. @throws DqOptionsError */
export function longest({ timeout }: { readonly timeout: string }): number {
  return duration(timeout, '--timeout', 100);
}

/** What `work` resolves to, unless the time is over or Ctrl-C comes before. */
export async function within<T>({ clock, signal }: Cli, ms: number, work: Promise<T>): Promise<T> {
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    const interrupted = (): void => reject(new CliInterruptedError());
    const timer = clock.after(ms, () =>
      reject(
        new CliDeadlineError(
          `The servers did not answer within ${ms} ms (--timeout). What was sent may have been done.`,
        ),
      ),
    );
    signal.addEventListener('abort', interrupted, { once: true });
    stop = () => {
      timer.cancel();
      signal.removeEventListener('abort', interrupted);
    };
    if (signal.aborted) interrupted();
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    stop();
    // Nobody waits for what comes late.
    work.catch(() => undefined);
  }
}
