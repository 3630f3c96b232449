import type { Clock } from '../core/base/clock.js';
import type { Report } from '../core/base/events.js';
import { EMBEDDED_NODE } from '../core/options/resolve-embedded.js';
import type { ResolvedOptions } from '../core/options/resolved-options.js';
import type { Backend } from '../core/runtime.js';
import { newJobId } from '../core/wire/job-id.js';
import { ClaimTable } from './claims/claim-table.js';
import { MemoryClaimStore } from './claims/memory-claim-store.js';
import { fileBackend } from './file-backend.js';
import { MemoryConnection } from './node/memory-connection.js';
import { MemoryNode } from './node/memory-node.js';

/**
 * What stands for the servers when there are none: all in this process, and in a file if the options name one. For
 * `RuntimeParts.backend`; nothing is opened before the first job is scheduled or the backend is started.
 */
export function embeddedBackend(options: ResolvedOptions, clock: Clock, report: Report): Backend {
  const file = options.embedded?.file;
  return file === undefined ? memoryBackend(options, clock, report) : fileBackend(file, options, clock, report);
}

/** One node and one claim store that live and end with this process. */
function memoryBackend(options: ResolvedOptions, clock: Clock, report: Report): Backend {
  const { maxBodyBytes: maxJobBytes, retentionMs, doneRetentionMs } = options;
  const node = new MemoryNode({ endpoint: EMBEDDED_NODE.name, clock, maxJobBytes, seed: newJobId() });
  return {
    dialers: [{ endpoint: node.endpoint, dial: (listeners) => new MemoryConnection(node, listeners) }],
    store: new MemoryClaimStore(new ClaimTable(retentionMs, clock, doneRetentionMs)),
    start: () => report({ type: 'embedded-started', file: undefined }),
  };
}
