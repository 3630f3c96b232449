import { isBuiltin } from 'node:module';
import type { Clock } from '../core/base/clock.js';
import type { NodeDialer } from '../core/cluster/node-connection.js';
import type { Report } from '../core/base/events.js';
import { DqOptionsError } from '../core/errors/argument.errors.js';
import { EMBEDDED_NODE } from '../core/options/resolve-embedded.js';
import type { ResolvedOptions } from '../core/options/resolved-options.js';
import type { Backend } from '../core/runtime.js';
import { newJobId } from '../core/wire/job-id.js';
import { ClaimTable } from './claims/claim-table.js';
import { DiskDeadline } from './file/disk-deadline.js';
import { FileClaimStore } from './file/file-claim-store.js';
import { FileConnection } from './file/file-connection.js';
import { FileContents } from './file/file-contents.js';
import type { FileThreads } from './file/file-thread.js';
import { QueueFile } from './file/queue-file.js';
import { MemoryNode } from './node/memory-node.js';

/** What a test may put in place. */
export interface FileBackendParts {
  readonly threads?: FileThreads;
}

/**
 * One node and one claim store in this process, and a file that keeps what they hold.
 * @throws DqOptionsError on a Node without SQLite
 */
export function fileBackend(
  path: string,
  options: ResolvedOptions,
  clock: Clock,
  report: Report,
  { threads }: FileBackendParts = {},
): Backend {
  requireSqlite();
  const { maxBodyBytes, commandDeadlineMs, retentionMs, doneRetentionMs } = options;
  const node: MemoryNode = new MemoryNode({
    endpoint: EMBEDDED_NODE.name,
    clock,
    maxJobBytes: maxBodyBytes,
    seed: newJobId(),
    log: { kept: (job) => file.moved(job), gone: (id) => file.gone(id) },
  });
  const claims = new ClaimTable(retentionMs, clock, doneRetentionMs);
  const file = new QueueFile(path, new FileContents(node, claims), { clock, report, threads });
  claims.watch(
    (change) => file.changed(change),
    (of, key) => file.forgot(of, key),
  );

  const deadline = new DiskDeadline(path, commandDeadlineMs, clock);
  const parts = { file, deadline, maxJobBytes: maxBodyBytes };
  const dialer: NodeDialer = {
    endpoint: node.endpoint,
    dial: (listeners) => new FileConnection(node, parts, listeners),
  };
  return {
    dialers: [dialer],
    store: new FileClaimStore(claims, file, deadline),
    start() {
      file.open();
      report({ type: 'embedded-started', file: path });
    },
  };
}

/**
 * The file needs node:sqlite without a flag, all else does not.
 * @throws DqOptionsError
 */
function requireSqlite(): void {
  if (isBuiltin('node:sqlite')) return;
  throw new DqOptionsError(
    `Expected Node 22.13 or later with embedded: { file }, which is kept with node:sqlite, got ${process.versions.node}. Update Node; or leave ` +
      'out file, and jobs end with this process; or use servers.',
  );
}
