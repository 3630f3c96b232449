import type { Worker } from 'node:worker_threads';
import type { FileFault, FileRows } from '../../lib/embedded/file/file-rows.js';
import {
  type FileThread,
  type FileThreads,
  startWorker,
  threadsOf,
  type ThreadListeners,
} from '../../lib/embedded/file/file-thread.js';

const CODES = { full: 13, 'write fails': 778, 'sync fails': 1034 } as const;

/** The threads of files, which fail or hang as a test says. */
export class FaultyThreads implements FileThreads {
  /** Rows of each commit that was asked for. */
  readonly commits: FileRows[] = [];
  /** The threads that were started. */
  readonly workers: Worker[] = [];
  #failing: FileFault | undefined;
  /** The disk was told to fail when it was given what is under way. */
  #unsynced: FileFault | undefined;
  #hanging = false;
  readonly #hung: (() => void)[] = [];
  readonly #threads = threadsOf((setup) => {
    const worker = startWorker(setup);
    this.workers.push(worker);
    return worker;
  });

  /** Each commit from now on is as if the disk refused it; one whose fsync fails is in the file all the same. */
  fail(how: keyof typeof CODES): void {
    this.#failing = { message: `told to fail: ${how}`, errcode: CODES[how] };
  }

  /** Commits from now on wait until it heals. */
  hang(): void {
    this.#hanging = true;
  }

  /** How many hang. */
  get hung(): number {
    return this.#hung.length;
  }

  heal(): void {
    this.#failing = undefined;
    this.#hanging = false;
    for (const goOn of this.#hung.splice(0)) goOn();
  }

  /** Ends the newest thread, as a fault in it would. */
  async crash(): Promise<void> {
    await this.workers.at(-1)?.terminate();
  }

  openNow(...[path, listeners, load]: Parameters<FileThreads['openNow']>): ReturnType<FileThreads['openNow']> {
    const { thread, next } = this.#threads.openNow(path, this.#listening(listeners), load);
    return { thread: this.#faulty(thread, listeners), next };
  }

  async openAgain(path: string, listeners: ThreadListeners): Promise<FileThread> {
    return this.#faulty(await this.#threads.openAgain(path, this.#listening(listeners)), listeners);
  }

  #listening(listeners: ThreadListeners): ThreadListeners {
    return {
      ...listeners,
      committed: () => {
        const fault = this.#unsynced;
        this.#unsynced = undefined;
        if (fault === undefined) listeners.committed();
        else listeners.failed(fault);
      },
    };
  }

  #faulty(thread: FileThread, listeners: ThreadListeners): FileThread {
    const commit = (rows: FileRows): void => {
      const fault = this.#failing;
      if (fault?.errcode === CODES['sync fails']) this.#unsynced = fault;
      if (fault === undefined || this.#unsynced !== undefined) thread.commit(rows);
      else setImmediate(() => listeners.failed(fault));
    };
    return {
      commit: (rows) => {
        this.commits.push(rows);
        if (this.#hanging) this.#hung.push(() => commit(rows));
        else commit(rows);
      },
      close: () => thread.close(),
    };
  }
}
