import type { Clock } from '../core/base/clock.js';
import type { NodeDialer } from '../core/cluster/node-connection.js';
import type { Report } from '../core/base/events.js';
import { EMBEDDED_NODE } from '../core/options/resolve-embedded.js';
import type { ResolvedOptions } from '../core/options/resolved-options.js';
import type { Backend } from '../core/runtime.js';
import { newJobId } from '../core/wire/job-id.js';
import { ClaimTable } from './claims/claim-table.js';
import { MemoryClaimStore } from './claims/memory-claim-store.js';
import { DiskDeadline } from './file/disk-deadline.js';
import { type Disk, systemDisk } from './file/disk.js';
import { FileClaimStore } from './file/file-claim-store.js';
import { FileConnection } from './file/file-connection.js';
import { FileContents } from './file/file-contents.js';
import type { LockParts } from './file/file-lock.js';
import { QueueFile } from './file/queue-file.js';
import { changeLine, goneLine, moveLine } from './file/record.js';
import { MemoryDialer } from './node/memory-dialer.js';
import { MemoryNode } from './node/memory-node.js';

/** What a test may put in place. */
export interface FileBackendParts {
  readonly disk?: Disk;
  /** A smaller file is not rewritten. */
  readonly leastBytes?: number;
  readonly lock?: LockParts;
}

/** One node and one claim store in this process, and a file that keeps what they hold. */
export function fileBackend(
  path: string,
  options: ResolvedOptions,
  clock: Clock,
  report: Report,
  { disk = systemDisk, leastBytes, lock }: FileBackendParts = {},
): Backend {
  const { maxBodyBytes, commandDeadlineMs, retentionMs, doneRetentionMs } = options;
  const node: MemoryNode = new MemoryNode({
    endpoint: EMBEDDED_NODE.name,
    clock,
    maxJobBytes: maxBodyBytes,
    seed: newJobId(),
    onLogged: (job, gone) => {
      if (gone) contents.gone();
      file.append(gone ? goneLine(job.id) : moveLine(job));
    },
  });
  const claims = new ClaimTable(retentionMs, clock, doneRetentionMs);
  const contents = new FileContents(node, claims);
  const file = new QueueFile(path, contents, { clock, report, disk, leastBytes, lock });
  claims.watch((change) => file.append(changeLine(change)));

  const deadline = new DiskDeadline(path, commandDeadlineMs, clock);
  const inner = new MemoryDialer(node, { commandDeadline: Infinity });
  const dialer: NodeDialer = {
    endpoint: node.endpoint,
    dial({ onAnswering, onClosed }) {
      const parts = { file, deadline, clock, maxJobBytes: maxBodyBytes, onAnswering, onClosed };
      return new FileConnection(parts, (closed) => inner.dial({ onAnswering, onClosed: closed }));
    },
  };
  return {
    dialers: [dialer],
    store: new FileClaimStore(new MemoryClaimStore(claims), file, deadline),
    start() {
      file.open();
      report({ type: 'embedded-started', file: path });
    },
  };
}
