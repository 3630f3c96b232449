import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';

/**
 * The path of a file without links on the way, also where the file is not there yet. So each spelling has the same lock beside
 * it, and a new file that takes this one's place replaces the file, not a link to it. Throws the system's error.
 */
export function realPath(path: string): string {
  for (let at = path; ;) {
    const real = ifThere(() => realpathSync.native(at));
    if (real !== undefined) return real;
    const folder = realpathSync.native(dirname(at));
    const here = join(folder, basename(at));
    // A link to a file that is still to be made.
    const target = ifThere(() => readlinkSync(here));
    if (target === undefined) return here;
    // Not joined: that would take out "..", which leads elsewhere behind a link.
    at = isAbsolute(target) ? target : `${folder}${sep}${target}`;
  }
}

function ifThere(look: () => string): string | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
