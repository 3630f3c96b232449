import type { Clock } from '../../core/base/clock.js';
import { duration } from '../../core/options/option-checks.js';
import type { Cli } from './cli.js';
import { CliError, interruption } from './cli.errors.js';

/** Milliseconds for a whole command. @throws DqOptionsError */
export function longest({ timeout }: { readonly timeout: string }): number {
  return duration(timeout, '--timeout', 100);
}

/** Resolves after so many milliseconds. @throws CliError `CLI_INTERRUPTED` when the signal fires before */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      timer.cancel();
      reject(interruption());
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
  });
}

/** What `work` resolves to, unless the time is over or Ctrl-C comes before. @throws CliError */
export async function within<T>(
  { clock, signal }: Pick<Cli, 'clock' | 'signal'>,
  ms: number,
  work: Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const late = pause(clock, ms, AbortSignal.any([signal, ended.signal])).then(() => {
    throw new CliError(
      'CLI_DEADLINE',
      'The servers did not answer in time (--timeout). What was sent may have been done.',
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    ended.abort();
    // Nobody waits for what comes late.
    for (const loser of [work, late]) loser.catch(() => undefined);
  }
}
