import type { Clock } from '../core/base/clock.js';
import type { Report } from '../core/base/events.js';
import { EMBEDDED_NODE } from '../core/options/resolve-embedded.js';
import type { ResolvedOptions } from '../core/options/resolved-options.js';
import type { Backend } from '../core/runtime.js';
import { newJobId } from '../core/wire/job-id.js';
import { ClaimTable } from './claims/claim-table.js';
import { MemoryClaimStore } from './claims/memory-claim-store.js';
import { MemoryConnection } from './node/memory-connection.js';
import { MemoryNode } from './node/memory-node.js';

/** One node and one claim store that live and end with this process. */
export function memoryBackend(options: ResolvedOptions, clock: Clock, report: Report): Backend {
  const node = new MemoryNode({
    endpoint: EMBEDDED_NODE.name,
    clock,
    maxJobBytes: options.maxBodyBytes,
    seed: newJobId(),
  });
  return {
    dialers: [{ endpoint: node.endpoint, dial: (listeners) => new MemoryConnection(node, listeners) }],
    store: new MemoryClaimStore(new ClaimTable(options.retentionMs, clock, options.doneRetentionMs)),
    start: () => report({ type: 'embedded-started', file: undefined }),
  };
}
