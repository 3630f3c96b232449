import { expect, it } from '@jest/globals';
import { ClaimTable } from '../../../../lib/embedded/claims/claim-table.js';
import { FileContents } from '../../../../lib/embedded/file/file-contents.js';
import type { FileThreads } from '../../../../lib/embedded/file/file-thread.js';
import { QueueFile } from '../../../../lib/embedded/file/queue-file.js';
import { MemoryNode } from '../../../../lib/embedded/node/memory-node.js';
import { ManualClock } from '../../../support/manual-clock.js';

it('closing a file ends after ten seconds where the disk hangs', async () => {
  const clock = new ManualClock();
  const thread = { commit: () => undefined, close: () => Promise.resolve() };
  const threads: FileThreads = {
    openNow: () => ({ thread, next: 1 }),
    openAgain: () => Promise.resolve(thread),
  };
  const node = new MemoryNode({ endpoint: 'embedded:1', clock });
  const contents = new FileContents(node, new ClaimTable(86_400_000, clock));
  const file = new QueueFile('jobs', contents, { clock, report: () => undefined, threads });
  file.open();
  file.gone(1);
  let closed = false;
  void file.close().then(() => (closed = true));
  await clock.advance(9_999);
  expect(closed).toBe(false);
  await clock.advance(1);
  expect(closed).toBe(true);
  expect(clock.timers).toBe(0);
});
