import { type Clock, systemClock } from '../../../lib/core/base/clock.js';
import type { DqEvent } from '../../../lib/core/base/events.js';
import { ClaimTable } from '../../../lib/embedded/claims/claim-table.js';
import { FileContents } from '../../../lib/embedded/file/file-contents.js';
import type { LockParts } from '../../../lib/embedded/file/file-lock.js';
import type { DiskWaiter } from '../../../lib/embedded/file/journal-batch.js';
import { QueueFile } from '../../../lib/embedded/file/queue-file.js';
import { MemoryNode } from '../../../lib/embedded/node/memory-node.js';
import { FaultyDisk } from '../../support/faulty-disk.js';
import { Recorder } from '../../support/wait.js';

export interface QueueFileBedParts {
  readonly clock?: Clock;
  readonly leastBytes?: number;
  readonly lock?: LockParts;
}

/** A file of an embedded queue, without the queue. */
export class QueueFileBed {
  readonly disk = new FaultyDisk();
  readonly events: DqEvent[] = [];
  readonly contents: FileContents;
  readonly file: QueueFile;
  /** What became of the jobs that were put. */
  readonly outcomes = new Recorder<'done' | 'refused' | 'unknown'>();

  constructor(path: string, { clock = systemClock, ...parts }: QueueFileBedParts = {}) {
    this.contents = new FileContents(new MemoryNode({ endpoint: 'embedded', clock }), new ClaimTable(1_000, clock));
    const report = (event: DqEvent): void => void this.events.push(event);
    this.file = new QueueFile(path, this.contents, { clock, report, disk: this.disk, ...parts });
  }

  put(body: string, byteLength = body.length): void {
    const waiter: DiskWaiter = {
      done: () => this.outcomes.add('done'),
      failed: (_, sure) => this.outcomes.add(sure ? 'refused' : 'unknown'),
    };
    const dueAt = systemClock.now() + 3_600_000;
    this.file.put({ tube: 'work', priority: 0, ttrSeconds: 1, body, byteLength, state: 'delayed', dueAt }, waiter);
  }
}
