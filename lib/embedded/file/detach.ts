import type { Disk } from './disk.js';

const COPY_BYTES = 4_194_304;

/**
 * Puts a copy in the place of a file: a process that has it open still, and was on the point of writing when it came to a stop,
 * writes into what has no name any more. Blocking; `onPart` is called now and then. The disk knows when the folder is synced. Throws
 * the system's error, and has left the file as it was then.
 */
export function detach(disk: Disk, path: string, newPath: string, onPart: () => void): void {
  const from = disk.open(path);
  try {
    const to = disk.open(newPath, true);
    try {
      const { size } = from;
      for (let at = 0; at < size;) {
        const part = Buffer.allocUnsafe(Math.min(COPY_BYTES, size - at));
        const count = from.readNow(part, at);
        if (count === 0) break;
        to.writeNow(part.subarray(0, count), at);
        at += count;
        onPart();
      }
      disk.renameNow(newPath, path);
    } catch (error) {
      // It may be the room for this that was missing.
      to.truncateNow(0);
      throw error;
    } finally {
      to.closeNow();
    }
  } finally {
    from.closeNow();
  }
}
