import { linkSync, rmSync, writeFileSync } from 'node:fs';

const PRIVATE = 0o600;
/** What systems without hard links answer. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

/**
 * Makes a small file that nobody ever sees half of: it is written beside its place under the name `beside`, and put there in one
 * step. False when there is one already.
 */
export function makeWhole(path: string, beside: string, text: string): boolean {
  writeFileSync(beside, text, { flag: 'wx', mode: PRIVATE });
  try {
    return putWhole(path, beside, text);
  } finally {
    rmSync(beside, { force: true });
  }
}

/** Gives a file that has this text one more name. False when that is taken. */
export function putWhole(path: string, from: string, text: string): boolean {
  try {
    try {
      linkSync(from, path);
    } catch (error) {
      if (!NO_LINKS.has((error as NodeJS.ErrnoException).code)) throw error;
      writeFileSync(path, text, { flag: 'wx', mode: PRIVATE });
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
