// What a file keeps does what the contracts of nodes and claim stores say.

import { type Clock, systemClock } from '../../../../lib/core/base/clock.js';
import { resolveOptions } from '../../../../lib/core/options/resolve-options.js';
import { ClaimTable } from '../../../../lib/embedded/claims/claim-table.js';
import { DiskDeadline } from '../../../../lib/embedded/file/disk-deadline.js';
import { FileClaimStore } from '../../../../lib/embedded/file/file-claim-store.js';
import { FileContents } from '../../../../lib/embedded/file/file-contents.js';
import { QueueFile } from '../../../../lib/embedded/file/queue-file.js';
import { fileBackend } from '../../../../lib/embedded/file-backend.js';
import { MemoryNode } from '../../../../lib/embedded/node/memory-node.js';
import { RETENTION_MS } from '../../../contract/claim-lab.js';
import { claimStoreContract } from '../../../contract/claim-store.contract.js';
import { nodeContract } from '../../../contract/node.contract.js';
import { tableTools } from '../../../support/claim-tables.js';
import { describeFile } from '../../../support/describe-file.js';
import { QueueFolder } from '../../../support/embedded-app.js';

describeFile('a node that a file keeps', () => {
  nodeContract(async () => {
    const folder = new QueueFolder();
    const options = resolveOptions({ embedded: { file: folder.file } });
    const { dialers, store } = fileBackend(folder.file, options, systemClock, () => {});
    const [dialer] = dialers;
    if (dialer === undefined) throw new Error('expected a node');
    return {
      dialer,
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      close: async () => {
        await store.close();
        folder.remove();
      },
    };
  });
});

describeFile('claims that a file keeps', () => {
  claimStoreContract(async () => {
    const folder = new QueueFolder();
    let passed = 0;
    const clock: Clock = { ...systemClock, now: () => Date.now() + passed };
    const claims = new ClaimTable(RETENTION_MS, clock);
    const contents = new FileContents(new MemoryNode({ endpoint: 'embedded', clock }), claims);
    const file = new QueueFile(folder.file, contents, { clock, report: () => {} });
    claims.watch(
      (change) => file.changed(change),
      (of, key) => file.forgot(of, key),
    );
    const deadline = new DiskDeadline(folder.file, 3_000, clock);
    const store = new FileClaimStore(claims, file, deadline);
    return {
      store,
      other: new FileClaimStore(claims, file, deadline),
      now: () => clock.now(),
      pass: async (ms) => {
        passed += ms;
      },
      ...tableTools(claims, () => clock.now()),
      close: async () => {
        await store.close();
        folder.remove();
      },
    };
  });
});
