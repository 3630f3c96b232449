import { clearTimeout, setImmediate, setTimeout } from 'node:timers';

// Imported, not global: what a test framework puts in place of the global timers does not reach these, before or after.

/** One round of the real event loop: until it resolves, every promise goes on that can. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** What `happened` resolves to within so many real milliseconds, else undefined. Leaves no timer behind. */
export async function within<T>(ms: number, happened: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([happened, over]);
  } finally {
    clearTimeout(timer);
  }
}
