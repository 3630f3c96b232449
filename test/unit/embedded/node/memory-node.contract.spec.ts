// A node in memory does what a real one does, as far as this package relies on it.
import { describe } from '@jest/globals';
import { DistantDialer } from '../../../../harness/distant-connection.js';
import { MemoryNode } from '../../../../lib/embedded/node/memory-node.js';
import { systemClock } from '../../../../lib/core/base/clock.js';
import { nodeContract } from '../../../contract/node.contract.js';
import { TurningClock } from './turning-clock.js';

describe('a node in memory', () => {
  nodeContract(() => {
    const clock = new TurningClock();
    const node = new MemoryNode({ endpoint: 'memory:1', clock });
    return Promise.resolve({
      dialer: new DistantDialer(node, { commandDeadline: 3_000 }),
      pass: (ms) => clock.advance(ms),
      close: () => Promise.resolve(),
    });
  });
});

describe('a node in memory, in real time', () => {
  nodeContract(() => {
    const node = new MemoryNode({ endpoint: 'memory:2', clock: systemClock });
    return Promise.resolve({
      dialer: new DistantDialer(node, { commandDeadline: 3_000 }),
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      close: () => Promise.resolve(),
    });
  });
});
