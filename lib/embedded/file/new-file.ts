import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const NONCE = /^[0-9a-f]+$/;

/**
 * The name beside a file under which one of its holders writes it anew. It is no other holder's: one that came to a stop before it put
 * its new file in place, and wakes up while the next one writes another, would put that half one there.
 */
export function newFileOf(path: string, nonce: string): string {
  return `${path}.${nonce}.new`;
}

/** Removes what earlier holders left, so that none of them can put it in place any more. Blocking; throws the system's error. */
export function removeNewFiles(path: string): void {
  const folder = dirname(path);
  const start = `${basename(path)}.`;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(start) || !name.endsWith('.new')) continue;
    if (NONCE.test(name.slice(start.length, -'.new'.length))) rmSync(join(folder, name), { force: true });
  }
}
