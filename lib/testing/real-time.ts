import { clearTimeout, setImmediate, setTimeout } from 'node:timers';

// Imported, not global: what a test framework puts in place of the global timers does not reach these, before or after.

/** One round of the real event loop: until it resolves, every promise goes on that can. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Resolves to true when `happened` resolves within so many real milliseconds, else to false. Leaves no timer behind. */
export async function within(ms: number, happened: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([happened.then(() => true), over]);
  } finally {
    clearTimeout(timer);
  }
}
