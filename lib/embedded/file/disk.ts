import {
  close,
  closeSync,
  constants,
  fchmodSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncate,
  ftruncateSync,
  openSync,
  read,
  readSync,
  rename,
  renameSync,
  rmSync,
  unlink,
  write,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const closeFile = promisify(close);
const readAt = promisify(read);
const renameFile = promisify(rename);
const syncData = promisify(fdatasync);
const truncateFile = promisify(ftruncate);
const unlinkFile = promisify(unlink);
const writeAt = promisify(write);

/** Only the owner may read payloads. */
const PRIVATE = 0o600;

/** An open file, as the journal needs it. Each call rejects with the operating system's error. */
export interface DiskFile {
  /** Writes all of it. */
  write(data: Uint8Array, at: number): Promise<void>;
  /** Reads up to so many bytes; fewer only at the end. */
  read(bytes: number, at: number): Promise<Buffer>;
  /** Resolves when the disk has all that was written. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
  /** Blocking, for the load at the start. */
  readonly size: number;
  readNow(into: Uint8Array, at: number): number;
  /** Writes all of it, and returns when the disk has it. */
  writeNow(data: Uint8Array, at: number): void;
  /** Cuts off the rest, and returns when the disk knows. */
  truncateNow(size: number): void;
  closeNow(): void;
}

/** The seam to the operating system's files; a test puts a faulty one in its place. */
export interface Disk {
  /**
   * Opens a file for reading and writing, and makes it when it is missing. `anew` makes another one: who has the old one open does
   * not write into it. Blocking.
   */
  open(path: string, anew?: boolean): DiskFile;
  rename(from: string, to: string): Promise<void>;
  renameNow(from: string, to: string): void;
  remove(path: string): Promise<void>;
  /** Resolves when the disk knows the names in the folder of a file. */
  syncFolder(path: string): Promise<void>;
  syncFolderNow(path: string): void;
}

class FdFile implements DiskFile {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  get size(): number {
    return fstatSync(this.#fd).size;
  }

  async write(data: Uint8Array, at: number): Promise<void> {
    let done = 0;
    while (done < data.length) {
      const { bytesWritten } = await writeAt(this.#fd, data, done, data.length - done, at + done);
      done += bytesWritten;
    }
  }

  async read(bytes: number, at: number): Promise<Buffer> {
    const into = Buffer.allocUnsafe(bytes);
    let done = 0;
    while (done < bytes) {
      const { bytesRead } = await readAt(this.#fd, into, done, bytes - done, at + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return into.subarray(0, done);
  }

  sync(): Promise<void> {
    return syncData(this.#fd);
  }

  truncate(size: number): Promise<void> {
    return truncateFile(this.#fd, size);
  }

  close(): Promise<void> {
    return closeFile(this.#fd);
  }

  readNow(into: Uint8Array, at: number): number {
    return readSync(this.#fd, into, 0, into.length, at);
  }

  writeNow(data: Uint8Array, at: number): void {
    for (let done = 0; done < data.length;) done += writeSync(this.#fd, data, done, data.length - done, at + done);
    fdatasyncSync(this.#fd);
  }

  truncateNow(size: number): void {
    ftruncateSync(this.#fd, size);
    fdatasyncSync(this.#fd);
  }

  closeNow(): void {
    closeSync(this.#fd);
  }
}

/** The operating system's files. */
export const systemDisk: Disk = {
  open(path, anew = false) {
    const { O_RDWR, O_CREAT, O_EXCL } = constants;
    if (anew) rmSync(path, { force: true });
    const fd = openSync(path, anew ? O_RDWR | O_CREAT | O_EXCL : O_RDWR | O_CREAT, PRIVATE);
    try {
      // It may have been made with more rights by somebody else.
      if (fstatSync(fd).isFile()) fchmodSync(fd, PRIVATE);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return new FdFile(fd);
  },
  rename: renameFile,
  renameNow: renameSync,
  remove: unlinkFile,
  async syncFolder(path) {
    // Windows cannot open a folder, and needs no such thing.
    if (process.platform === 'win32') return;
    const folder = await open(dirname(path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  syncFolderNow(path) {
    if (process.platform === 'win32') return;
    const folder = openSync(dirname(path), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  },
};
