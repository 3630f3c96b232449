import { basename } from 'node:path';
import { type Disk, type DiskFile, systemDisk } from '../../lib/embedded/file/disk.js';

type Operation = 'write' | 'writeNow' | 'sync' | 'truncate' | 'rename' | 'syncFolder';

/** An error as the operating system gives it. */
export function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: told to fail`), { code });
}

/** The system's disk, which fails or hangs as a test says. A write that fails has written half. */
export class FaultyDisk implements Disk {
  readonly #failing = new Map<Operation, { readonly code: string; readonly ending: string }>();
  readonly #hanging = new Map<Operation, string>();
  readonly #waiting: (() => void)[] = [];
  /** How often each was called. */
  readonly calls: Record<Operation, number> = { write: 0, writeNow: 0, sync: 0, truncate: 0, rename: 0, syncFolder: 0 };
  /** What was opened, written, closed and renamed, in order: `open jobs`. */
  readonly log: string[] = [];
  /** Bytes of the largest write. */
  largest = 0;

  /** On all files, or on those whose names end so. */
  fail(operation: Operation, code: string, ending = ''): void {
    this.#failing.set(operation, { code, ending });
  }

  hang(operation: Operation, ending = ''): void {
    this.#hanging.set(operation, ending);
  }

  /** How many calls hang. */
  get hung(): number {
    return this.#waiting.length;
  }

  /** Lets the oldest of these go on; what comes later hangs as before. */
  goOn(): void {
    this.#waiting.shift()?.();
  }

  heal(): void {
    this.#failing.clear();
    this.#hanging.clear();
    for (const goOn of this.#waiting.splice(0)) goOn();
  }

  open(path: string, anew?: boolean): DiskFile {
    const file = systemDisk.open(path, anew);
    this.#note('open', path);
    return {
      get size() {
        return file.size;
      },
      write: async (data, at) => {
        this.#note('write', path);
        this.largest = Math.max(this.largest, data.length);
        await this.#do('write', path, () => file.write(data.subarray(0, data.length / 2), at));
        await file.write(data, at);
      },
      sync: async () => {
        await this.#do('sync', path);
        await file.sync();
      },
      truncate: async (size) => {
        await this.#do('truncate', path);
        await file.truncate(size);
      },
      read: (bytes, at) => file.read(bytes, at),
      close: () => {
        this.#note('close', path);
        return file.close();
      },
      readNow: (into, at) => file.readNow(into, at),
      writeNow: (data, at) => {
        this.calls.writeNow++;
        const failing = this.#failing.get('writeNow');
        if (failing !== undefined && path.endsWith(failing.ending)) throw diskError(failing.code);
        file.writeNow(data, at);
      },
      truncateNow: (size) => file.truncateNow(size),
      closeNow: () => file.closeNow(),
    };
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#do('rename', from);
    this.#note('rename', from);
    await systemDisk.rename(from, to);
  }

  renameNow(from: string, to: string): void {
    systemDisk.renameNow(from, to);
  }

  remove(path: string): Promise<void> {
    return systemDisk.remove(path);
  }

  async syncFolder(path: string): Promise<void> {
    await this.#do('syncFolder', path);
    await systemDisk.syncFolder(path);
  }

  syncFolderNow(path: string): void {
    systemDisk.syncFolderNow(path);
  }

  #note(what: string, path: string): void {
    this.log.push(`${what} ${basename(path)}`);
  }

  async #do(operation: Operation, path: string, half?: () => Promise<void>): Promise<void> {
    this.calls[operation]++;
    const hanging = this.#hanging.get(operation);
    if (hanging !== undefined && path.endsWith(hanging))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const failing = this.#failing.get(operation);
    if (failing === undefined || !path.endsWith(failing.ending)) return;
    await half?.();
    throw diskError(failing.code);
  }
}
