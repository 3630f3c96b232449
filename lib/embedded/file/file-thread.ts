import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { libraryFolder } from '../../core/base/library-folder.cjs';
import { DqFileError } from '../../core/errors/file.errors.js';
import { openingError, thisHolder } from './opening-error.js';
import type { FileFault, FileRows, FromThread, ThreadSetup } from './file-rows.js';

/** What the thread of a file tells. One batch is under way at a time. */
export interface ThreadListeners {
  committed(): void;
  failed(fault: FileFault): void;
  /** It ended, and nobody had asked it to. What is under way may be in the file or not. */
  ended(fault: FileFault): void;
}

export type OnRows = (message: Extract<FromThread, { kind: 'rows' }>) => void;

/** A file that is open. */
export interface FileThread {
  commit(rows: FileRows): void;
  /** Resolves when the file is let go of. */
  close(): Promise<void>;
}

/** The seam to the files; a test puts faulty ones in its place. Both throw, or reject with, DqFileError and its kin. */
export interface FileThreads {
  /** Opens a file, and makes it when it is missing. Blocks until all its rows are told. Returns the next job's number, too. */
  openNow(
    path: string,
    listeners: ThreadListeners,
    load: { readonly now: number; readonly onRows: OnRows },
  ): { readonly thread: FileThread; readonly next: number };
  /** Opens a file whose rows are known. */
  openAgain(path: string, listeners: ThreadListeners): Promise<FileThread>;
}

/** Beside this file, as it was built or as it was written. */
const SCRIPTS = ['file-worker.js', 'file-worker.ts'].map((name) => join(libraryFolder, 'embedded', 'file', name));
/** Only that thread's warning that node:sqlite is new. No other flag of the process has a meaning there. */
const FLAGS = ['--disable-warning=ExperimentalWarning'];
/** So long may a thread take to give its first sign, and then for each part of a file. */
const STARTS_WITHIN_MS = 30_000;
const PART_WITHIN_MS = 600_000;

/** Starts the script with its setup; a test keeps the thread, to end it. */
export type StartWorker = (setup: ThreadSetup) => Worker;

export const startWorker: StartWorker = (setup) => {
  const script = SCRIPTS.find((file) => existsSync(file));
  if (script === undefined) {
    throw new DqFileError(
      `Expected ${SCRIPTS[0]}, which writes the file of an embedded queue, but it is not there. Leave nestjs-dq out of a bundle: it is to be an ` +
        'external package.',
    );
  }
  return new Worker(script, { workerData: setup, transferList: [setup.port], execArgv: FLAGS });
};

export function threadsOf(start: StartWorker): FileThreads {
  return {
    openNow(path, listeners, { now, onRows }) {
      const thread = new SqliteThread(start, path, now, listeners);
      return { thread, next: thread.openNow(onRows) };
    },
    async openAgain(path, listeners) {
      const thread = new SqliteThread(start, path, undefined, listeners);
      await thread.opened();
      return thread;
    },
  };
}

export const sqliteThreads = threadsOf(startWorker);

class SqliteThread implements FileThread {
  readonly #path: string;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #told = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #listeners: ThreadListeners;
  readonly #exited: Promise<unknown>;
  #cause: FileFault = { message: 'the thread that writes it ended', errcode: undefined };
  #state: 'opening' | 'open' | 'closing' = 'opening';

  constructor(start: StartWorker, path: string, loadAt: number | undefined, listeners: ThreadListeners) {
    this.#path = path;
    this.#listeners = listeners;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = start({ path, loadAt, holder: thisHolder(), port: port2, told: this.#told });
    this.#worker.on('error', ({ message }) => {
      this.#cause = { message, errcode: undefined };
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        port1.close();
        if (this.#state === 'open') listeners.ended(this.#cause);
        resolve(undefined);
      });
    });
  }

  openNow(onRows: OnRows): number {
    let seen = 0;
    for (;;) {
      const message = receiveMessageOnPort(this.#port)?.message as FromThread | undefined;
      if (message === undefined) {
        const patience = seen === 0 ? STARTS_WITHIN_MS : PART_WITHIN_MS;
        if (Atomics.wait(this.#told, 0, seen, patience) === 'timed-out') throw this.#stuck(patience);
        seen = Atomics.load(this.#told, 0);
      } else if (message.kind === 'rows') onRows(message);
      else return this.#opened(message);
    }
  }

  async opened(): Promise<void> {
    const message = once(this.#port, 'message') as Promise<[FromThread]>;
    const first = await Promise.race([message, this.#exited]);
    if (!Array.isArray(first)) throw openingError(this.#path, { kind: 'not-opened', fault: this.#cause });
    this.#opened(first[0] as FromThread);
  }

  commit(rows: FileRows): void {
    this.#port.postMessage(rows, []);
  }

  async close(): Promise<void> {
    this.#state = 'closing';
    this.#port.postMessage('close', []);
    await this.#exited;
  }

  #opened(message: FromThread): number {
    if (message.kind !== 'opened') throw openingError(this.#path, message);
    this.#state = 'open';
    this.#port.on('message', (answer: FromThread) => {
      if (answer.kind === 'committed') this.#listeners.committed();
      else if (answer.kind === 'failed') this.#listeners.failed(answer.fault);
    });
    return message.next;
  }

  #stuck(ms: number): DqFileError {
    void this.#worker.terminate();
    return new DqFileError(
      `Expected the thread that keeps ${this.#path} to open it, but it gave no sign for ${ms / 1_000} s. See to the disk, and start again.`,
    );
  }
}
