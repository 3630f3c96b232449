import { DqError } from '../../core/errors/dq.error.js';
import { DqFileError } from '../../core/errors/file.errors.js';
import { textOf } from '../../core/errors/shown.js';
import { detach } from './detach.js';
import type { Disk, DiskFile } from './disk.js';
import type { FileContents } from './file-contents.js';
import { FileReader } from './file-reader.js';
import { frameOf } from './frame.js';
import { diskTrouble, type RewrittenFile } from './journal-owner.js';
import { removeNewFiles } from './new-file.js';
import { fileLine } from './record.js';

export interface LoadParts {
  readonly disk: Disk;
  readonly contents: FileContents;
  /** Another process may have it open still, and go on at any moment. */
  readonly shared: boolean;
  /** Called now and then, since all this blocks. */
  readonly onPart: () => void;
  /** Told what was odd. */
  readonly warn: (reason: string) => void;
}

/**
 * Opens a file that is locked, takes in what it has, cuts off a torn end, and makes it where it is missing. The disk has all of
 * what is returned.
 * @throws DqFileError, DqFileDamagedError
 */
export function loadFile(path: string, newPath: string, parts: LoadParts): RewrittenFile {
  const { disk, contents, shared, onPart, warn } = parts;
  const file = open(path, newPath, parts);
  try {
    // The copy that stands there now, or an earlier life's new file, may be known to memory only.
    if (shared) disk.syncFolderNow(path);
    const { tell, loaded } = contents.loading(onPart);
    const { torn, ...read } = new FileReader(path, file).read(tell);
    let good = read;
    if (torn > 0) {
      file.truncateNow(good.size);
      warn(`its last ${torn} bytes were unfinished and have been cut off. Nothing in them had been acknowledged.`);
    }
    if (good.size === 0) {
      const head = frameOf(fileLine(), 0);
      file.writeNow(head, 0);
      disk.syncFolderNow(path);
      good = { size: head.length, records: 1 };
    }
    loaded();
    return { file, ...good };
  } catch (error) {
    file.closeNow();
    throw error instanceof DqError ? error : diskTrouble(path, error);
  }
}

/** One that another process may have open is copied first. */
function open(path: string, newPath: string, { disk, shared, onPart, warn }: LoadParts): DiskFile {
  try {
    try {
      removeNewFiles(path);
      if (shared) detach(disk, path, newPath, onPart);
    } catch (error) {
      // What a process that runs no more has left only takes room.
      if (shared) {
        warn(
          `it could not be copied, so that nobody else has it open (${textOf(error)}). Make sure that the process that had it runs ` +
            'no more.',
        );
      }
    }
    return disk.open(path);
  } catch (error) {
    throw new DqFileError(
      `Expected a file that can be opened or made, got: ${textOf(error)}. Make its folder, or give this process the right to ` +
        'read and write it.',
      { cause: error },
    );
  }
}
