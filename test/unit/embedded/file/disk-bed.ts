import { afterEach, beforeEach, expect } from '@jest/globals';
import type { FileRows } from '../../../../lib/embedded/file/file-rows.js';
import { EmbeddedApp, QueueFolder } from '../../../support/embedded-app.js';
import { FaultyThreads } from '../../../support/faulty-threads.js';
import { Gate } from '../../../support/gate.js';
import { type Census, countResources, expectNoLeaks } from '../../../support/leaks.js';
import { until } from '../../../support/wait.js';

/** An application on a file whose disk refuses or hangs as a test says, anew for each test; after it nothing is left. */
export class DiskBed {
  folder!: QueueFolder;
  disk!: FaultyThreads;
  app!: EmbeddedApp;

  constructor() {
    let before: Census;
    beforeEach(() => {
      before = countResources();
      this.folder = new QueueFolder();
      this.disk = new FaultyThreads();
      // Long enough that a busy machine does not spend half of it on a commit.
      const options = { embedded: { file: this.folder.file }, commandDeadline: 2_000 };
      this.app = new EmbeddedApp(options, { threads: this.disk });
    });
    afterEach(async () => {
      this.disk.heal();
      await this.app.close();
      this.folder.remove();
      await expectNoLeaks(before);
    });
  }

  /** Asks for a job of this name until it is taken. */
  scheduled(id: string): Promise<string> {
    return until(() => this.app.producer.delay('x', '1h', { id }).catch(() => undefined));
  }

  /** A job runs until the gate opens. */
  async running(): Promise<Gate> {
    const gate = new Gate();
    this.app.start(() => gate.opened);
    await this.app.producer.delay('x', 0);
    await this.app.runs.next();
    return gate;
  }

  /** Resolves when a transaction was asked for that has such rows, and hangs. */
  hung(has: (rows: FileRows) => boolean): Promise<unknown> {
    const { disk } = this;
    return until(() => disk.hung > 0 && disk.commits.at(-1) !== undefined && has(disk.commits.at(-1) as FileRows));
  }

  /** The names of the jobs that a new process finds. */
  async found(): Promise<string[]> {
    await this.app.close();
    const next = new EmbeddedApp({ embedded: { file: this.folder.file } });
    const names = [];
    for (const id of ['kept', 'refused', 'later']) {
      const outcome = await next.producer.delay('x', '1h', { id }).then(
        () => 'free',
        () => 'taken',
      );
      if (outcome === 'taken') names.push(id);
    }
    const [counts] = await next.runtime.inspector.counts('work');
    await next.close();
    expect(counts?.scheduled).toBe(3);
    return names;
  }

  /** The file is back, the job that ran is settled, and a new process runs the next one alone. */
  async settledOnce(): Promise<void> {
    await until(() => this.app.eventsOf('file-back').length > 0);
    await until(async () => (await this.app.runtime.inspector.counts('work'))[0]?.running === 0);
    await this.app.close();
    const next = new EmbeddedApp({ embedded: { file: this.folder.file } }).start();
    await next.producer.delay('y', 0);
    expect(await next.runs.next()).toMatchObject([{ data: 'y' }]);
    await next.close();
  }
}

/** A transaction has a claim that says so. */
export const says =
  (word: string) =>
  (rows: FileRows): boolean =>
    rows.records.claim.set.some(([, , value]) => value.includes(`"${word}"`));

export async function refusal(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
